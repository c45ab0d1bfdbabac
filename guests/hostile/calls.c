/* SPDX-License-Identifier: GPL-2.0-only */
/* A random call of each kind. */
#include <string.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/mem.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

#include "args.h"

#define MAX_WAIT_US 300u

static void call_memory(struct args *c)
{
	static const uint8_t cmds[] = { XENMEM_increase_reservation, XENMEM_decrease_reservation,
					XENMEM_populate_physmap,     XENMEM_current_reservation,
					XENMEM_maximum_reservation,  XENMEM_memory_map };
	xen_pfn_t gpns[8];
	struct xen_memory_reservation r = {
		.nr_extents = rnd(9),
		.extent_order = rnd(8) ? 0 : rnd_word(),
		.mem_flags = rnd(8) ? 0 : rnd_word(),
		.domid = (domid_t)own_or_other_domid(),
	};

	for (int i = 0; i < 8; i++)
		gpns[i] = rnd_spare_page() >> PAGE_SHIFT;
	set_xen_guest_handle(r.extent_start, put(gpns, sizeof(gpns)));
	c->a[0] = cmds[rnd(6)] | (rnd(16) ? 0 : rnd(10) << 6);
	c->a[1] = (uint32_t)(uintptr_t)put(&r, sizeof(r));
	if ((c->a[0] & 63) == XENMEM_memory_map)
		c->a[1] = (uint32_t)(uintptr_t)put_random(8);
}

static void call_timer(struct args *c)
{
	c->a[0] = rnd_word();
	c->a[1] = rnd_word();
}

static void call_version(struct args *c)
{
	c->a[0] = rnd(14);
	c->a[1] = (uint32_t)(uintptr_t)put_random(64);
}

static void call_console(struct args *c)
{
	/* Its text goes to the log that people read: little of it, and seldom. */
	c->a[0] = rnd(40) ? 1 + rnd(6) : CONSOLEIO_write;
	c->a[1] = rnd(8) ? 8 : rnd_word() | 0x80000000;
	c->a[2] = (uint32_t)(uintptr_t)put("hostile\n", 8);
}

static void call_vcpu(struct args *c)
{
	c->a[0] = 3 + rnd(12); /* not initialise, up, down */
	c->a[1] = rnd(3) ? 0 : rnd_word();
	c->a[2] = (uint32_t)(uintptr_t)put_random(48);
}

static void call_sched(struct args *c)
{
	static const uint8_t cmds[] = {
		SCHEDOP_yield, SCHEDOP_block, SCHEDOP_poll, SCHEDOP_remote_shutdown, 5, 6, 7, 99
	};
	struct sched_remote_shutdown off = { .domain_id = (domid_t)rnd_domid(), .reason = rnd(8) };

	c->a[0] = cmds[rnd(8)];
	c->a[1] = (uint32_t)(uintptr_t)(c->a[0] == SCHEDOP_remote_shutdown ? put(&off, sizeof(off))
									   : put_random(16));
}

static void call_event(struct args *c)
{
	uint32_t w[4] = { rnd_port(), rnd_word(), rnd_word(), rnd_word() };

	c->a[0] = rnd(14);
	switch (c->a[0]) {
	case EVTCHNOP_bind_interdomain:
		w[0] = own_or_other_domid();
		w[1] = rnd_port();
		break;
	case EVTCHNOP_alloc_unbound:
	case EVTCHNOP_status:
		w[0] = own_or_other_domid() | rnd_domid() << 16;
		w[1] = rnd_port();
		break;
	case EVTCHNOP_bind_virq:
	case EVTCHNOP_bind_pirq:
		w[0] = rnd(4) ? rnd(26) : rnd_word();
		break;
	case EVTCHNOP_reset:
		w[0] = rnd_domid();
		break;
	default:
		break;
	}
	c->a[1] = (uint32_t)(uintptr_t)put(w, sizeof(w));
}

static void call_physdev(struct args *c)
{
	c->a[0] = rnd(40);
	c->a[1] = (uint32_t)(uintptr_t)put_random(32);
}

static void call_control(struct args *c)
{
	uint32_t w[40];

	for (int i = 0; i < 40; i++)
		w[i] = rnd_word();
	w[0] = 1 + rnd(80);
	w[1] = c->nr == __HYPERVISOR_domctl ? XEN_DOMCTL_INTERFACE_VERSION
					    : XEN_SYSCTL_INTERFACE_VERSION;
	c->a[0] = (uint32_t)(uintptr_t)put(w, sizeof(w));
}

/* Most wait a short time at most; the few that do not are found by the supervisor. */
static void call_ipc(struct args *c)
{
	struct tagma_msg m = {
		.snd_us = rnd(MAX_WAIT_US),
		.rcv_us = rnd(MAX_WAIT_US),
		.xfer_us = rnd(MAX_WAIT_US),
		.window = rnd(2) ? TAGMA_FPAGE(0xb0000000, 16, 0) : rnd_word(),
		.snd_str = rnd(2) ? rnd_arena_page() : rnd_word(),
		.snd_len = rnd(4) ? rnd(5000) : rnd_word(),
		.rcv_str = rnd_arena_page(),
		.rcv_len = rnd(4096),
	};

	for (int i = 0; i < TAGMA_MSG_ITEMS; i++)
		m.item[i] = (struct tagma_item){ TAGMA_FPAGE(rnd_arena_page(), 12, TAGMA_R) |
							 (rnd(4) ? 0 : rnd_word()),
						 rnd_word() };
	c->a[0] = rnd_word() & ~(TAGMA_T_LONG | TAGMA_T_GRANTED);
	if (rnd(2)) {
		c->a[0] = TAGMA_T_LONG | TAGMA_T_WORDS(rnd(70)) | TAGMA_T_ITEMS(rnd(16)) |
			  (rnd(2) ? TAGMA_T_STRING : 0) | (rnd(32) ? TAGMA_T_TIMED : 0);
		c->a[4] = (uint32_t)(uintptr_t)put(&m, sizeof(m));
	} else {
		if (rnd(2))
			c->a[0] = TAGMA_T_WORDS(rnd(4));
		if (rnd(64))
			c->a[0] |= TAGMA_T_SND_ZERO | TAGMA_T_RCV_ZERO;
		c->a[4] = rnd_word();
	}
	c->a[1] = rnd(3) ? rnd_id(TAGMA_TYPE_THREAD) : TAGMA_NIL;
	c->a[2] = rnd(3) ? rnd_id(TAGMA_TYPE_THREAD) : c->a[1];
	c->a[3] = rnd_word();
	if (rnd(8) == 0) {
		c->a[1] = TAGMA_SIGNAL_ID;
		c->a[3] = rnd(4) ? rnd_arena_page() + rnd(PAGE_SIZE) : c->a[3];
	}
}

static uint32_t rnd_fpage(uint32_t cmd, bool root)
{
	/* From the root space grant and flush take pages away. */
	bool harmless = !root || cmd == TAGMA_MAP_map || cmd == TAGMA_MAP_status ||
			cmd == TAGMA_MAP_message;

	if (rnd(6) == 0)
		return TAGMA_FPORT(rnd(0x10000), rnd(18)) ^ (rnd(4) ? 0 : 1u << rnd(16));
	if (!harmless)
		return TAGMA_FPAGE(rnd_spare_page(), 12, rnd(8));
	if (rnd(3) == 0)
		return TAGMA_FPAGE(rnd_word() & ~(PAGE_SIZE - 1), rnd(36),
				   root ? rnd(8) & ~TAGMA_W : rnd(8)); /* it may come back to us */
	return TAGMA_FPAGE(rnd_arena_page(), 12 + rnd(3), rnd(8));
}

static void call_map(struct args *c)
{
	struct tagma_map ops[4];

	c->a[0] = rnd(20) ? rnd(5) : rnd_word();
	for (int i = 0; i < 4; i++) {
		bool root = rnd(2);

		ops[i] = (struct tagma_map){
			.src_space = root ? TAGMA_SELF : rnd_id(TAGMA_TYPE_SPACE),
			.dst_space = rnd_id(c->a[0] == TAGMA_MAP_message ? TAGMA_TYPE_THREAD
									 : TAGMA_TYPE_SPACE),
			.dst = rnd(2) ? 0xb0000000 + (rnd(64) << PAGE_SHIFT) : rnd_word(),
			.flags = rnd(4) ? rnd(2) : rnd_word(),
			.progress = rnd(4) ? 0 : rnd_word(),
		};
		root |= ops[i].src_space == TAGMA_SELF;
		ops[i].src = rnd_fpage(c->a[0], root);
	}
	c->a[1] = (uint32_t)(uintptr_t)put(ops, sizeof(ops));
	c->a[2] = rnd(5);
}

static void call_space(struct args *c)
{
	struct tagma_space s = { .id = rnd_id(TAGMA_TYPE_SPACE),
				 .flags = rnd(4),
				 .cookie = rnd(0),
				 .size = rnd_word() };

	c->a[0] = rnd(4);
	if (c->a[0] == TAGMA_SPACE_load && rnd(16) == 0)
		s.flags = rnd_word();
	c->a[1] = (uint32_t)(uintptr_t)put(&s, sizeof(s));
}

/* Loaded threads live in spaces that hold nothing of this kernel: they can run wild. */
static void call_thread(struct args *c)
{
	struct tagma_thread t = {
		.id = rnd_id(TAGMA_TYPE_THREAD),
		.space = rnd_id(TAGMA_TYPE_SPACE),
		.set = rnd(4) ? rnd(128) : rnd_word(),
		.flags = rnd(8) ? rnd(4) : rnd_word(),
		.prio = rnd(300),
		.slice_us = rnd(2) ? 0 : rnd_word(),
		.pager = rnd_id(TAGMA_TYPE_THREAD),
		.handler = rnd_id(TAGMA_TYPE_THREAD),
	};
	uint32_t *regs = (uint32_t *)&t.regs;

	for (size_t i = 0; i < TAGMA_REGS_WORDS; i++)
		regs[i] = rnd_word();
	if (t.space == TAGMA_SELF)
		t.space = TAGMA_NIL;
	if (t.id == TAGMA_SELF)
		t.set &= ~(TAGMA_SET_REGS | TAGMA_SET_STOPPED);
	c->a[0] = rnd(8);
	c->a[1] = (uint32_t)(uintptr_t)put(&t, sizeof(t));
	if (c->a[0] == TAGMA_THREAD_copy_fpu || c->a[0] == TAGMA_THREAD_set_tls)
		c->a[1] = (uint32_t)(uintptr_t)put_random(sizeof(struct tagma_tls));
}

static void call_domain(struct args *c)
{
	uint32_t w[8];

	for (int i = 0; i < 8; i++)
		w[i] = rnd_word();
	w[0] = own_or_other_domid();
	c->a[0] = rnd(4); /* not iret: it would jump out of this loop */
	c->a[1] = (uint32_t)(uintptr_t)put(w, sizeof(w));
}

static void call_debug(struct args *c)
{
	c->a[0] = rnd(6);
	c->a[1] = (uint32_t)(uintptr_t)put_random(64);
}

static void call_any(struct args *c)
{
	static const uint8_t unused[] = {
		0, 2, 3, 7, 9, 13, 19, 21, 23, 26, 31, 38, 53, 54, 57, 63
	};

	c->nr = unused[rnd(sizeof(unused))];
	for (int i = 0; i < 5; i++)
		c->a[i] = rnd_word();
}

static const struct {
	uint8_t nr, weight;
	void (*fill)(struct args *c);
} calls[] = {
	{ __HYPERVISOR_memory_op, 8, call_memory },
	{ __HYPERVISOR_set_timer_op, 2, call_timer },
	{ __HYPERVISOR_xen_version, 3, call_version },
	{ __HYPERVISOR_console_io, 2, call_console },
	{ __HYPERVISOR_vcpu_op, 4, call_vcpu },
	{ __HYPERVISOR_sched_op, 5, call_sched },
	{ __HYPERVISOR_event_channel_op, 10, call_event },
	{ __HYPERVISOR_physdev_op, 2, call_physdev },
	{ __HYPERVISOR_sysctl, 2, call_control },
	{ __HYPERVISOR_domctl, 2, call_control },
	{ __HYPERVISOR_tagma_ipc, 16, call_ipc },
	{ __HYPERVISOR_tagma_map, 18, call_map },
	{ __HYPERVISOR_tagma_space, 8, call_space },
	{ __HYPERVISOR_tagma_thread, 14, call_thread },
	{ __HYPERVISOR_tagma_domain, 4, call_domain },
	{ __HYPERVISOR_tagma_debug, 2, call_debug },
	{ 0, 3, call_any },
};

void args_next(struct args *c)
{
	uint32_t total = 0, pick;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		total += calls[i].weight;
	pick = rnd(total);
	for (i = 0; pick >= calls[i].weight; i++)
		pick -= calls[i].weight;
	memset(c, 0, sizeof(*c));
	c->nr = calls[i].nr;
	calls[i].fill(c);
	args_begin(c->nr, c->a[0], (const void *)(uintptr_t)c->a[1]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <ipc_driver.h>
#include <ipc_world.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <hv/prio.h>
#include <string.h>

#define NR 12u
#define PAGE(n) ((uint32_t)(n)*PAGE_SIZE)
#define MSG_PAGE(i) (IW_FIRST_PAGE + (i)) /* thread i's message */
#define STR_PAGE (IW_FIRST_PAGE + 20u)	  /* strings: sent from here, */
#define STR_PAGES 4u
#define BUF_PAGE(i) (IW_FIRST_PAGE + 24u + 2 * (i)) /* received here, by thread i */

static struct thread *th[NR];
struct ipc_driver_stats ipc_driver_stats;

static struct space *home(unsigned i) { return i < 6 ? iw_dom[1]->root : iw_user[i & 1]; }

/* User threads have pagers among the threads of the root space, all have handlers. */
static void load(unsigned i)
{
	th[i] = iw_thread(home(i), (uint8_t)(1 + i % 4));
	if (th[i] == NULL)
		return;
	if (i >= 6 && th[i % 3] != NULL)
		th[i]->pager = th[i % 3]->obj.id;
	if (i >= 3 && th[i % 2] != NULL)
		th[i]->handler = th[i % 2]->obj.id;
	th[i]->arch.regs.sp = PAGE(STR_PAGE + STR_PAGES);
}

void ipc_driver_init(void)
{
	uint8_t *src;

	iw_init();
	iw_dom[1]->vcpu[0].trap_ip = 0x1000;
	iw_dom[1]->vcpu[0].entry_sp = PAGE(STR_PAGE + STR_PAGES);
	for (unsigned i = 0; i < NR; i++)
		load(i);
	for (uint32_t n = 0; n < STR_PAGES * PAGE_SIZE; n++) {
		src = guest_ptr(iw_dom[1]->root, GVA(PAGE(STR_PAGE) + n), TAGMA_W);
		*src = (uint8_t)(n % 251);
	}
}

static uint32_t partner(uint8_t b)
{
	static const uint32_t special[] = { TAGMA_NIL, TAGMA_ANY, TAGMA_ANY, TAGMA_SELF };
	unsigned i = b % (NR + 6u);

	if (i < NR)
		return th[i] != NULL ? th[i]->obj.id : TAGMA_ID(7, TAGMA_TYPE_THREAD, 1);
	return i < NR + 4 ? special[i - NR] : TAGMA_ANY;
}

/* Mostly somebody who waits for thread i: left to chance, few would ever meet. */
static uint32_t pick_dest(unsigned i, uint8_t b, uint8_t c)
{
	for (unsigned n = 0; (c & 0x30) != 0 && n < NR; n++) {
		const struct thread *r = th[(b + n) % NR];

		if (r != NULL && r != th[i] && r->state == THREAD_RECEIVING &&
		    (r->ipc.partner == TAGMA_ANY || r->ipc.partner == th[i]->obj.id))
			return r->obj.id;
	}
	return partner(b);
}

/* The owner fills its message before it sends, through the root space, where the page
 * is always mapped. */
static void fill_msg(unsigned i, uint8_t c)
{
	struct tagma_msg *m = guest_ptr(iw_dom[1]->root, GVA(PAGE(MSG_PAGE(i))), TAGMA_W);

	memset(m, 0, sizeof(*m));
	m->snd_us = c & 1 ? TAGMA_NEVER : c * 10u;
	m->rcv_us = c & 2 ? TAGMA_NEVER : c * 10u;
	m->xfer_us = c & 4 ? TAGMA_NEVER : c;
	m->window = c & 8 ? TAGMA_FPAGE(PAGE(128), 16, 0) : 0;
	m->snd_str = PAGE(STR_PAGE);
	m->snd_len = c * 20u;
	m->rcv_str = PAGE(BUF_PAGE(i));
	m->rcv_len = c & 16 ? 2 * PAGE_SIZE : 100;
	m->item[0] = (struct tagma_item){ TAGMA_FPAGE(PAGE(IW_FIRST_PAGE + c % 64u), 12, c & 7),
					  PAGE(c & 7) };
}

static uint32_t tag_of(uint8_t c)
{
	static const uint32_t tags[] = {
		TAGMA_T_WORDS(3),
		TAGMA_T_SND_ZERO,
		TAGMA_T_LONG | TAGMA_T_WORDS(10),
		TAGMA_T_LONG | TAGMA_T_STRING,
		TAGMA_T_LONG | TAGMA_T_STRING | TAGMA_T_TIMED,
		TAGMA_T_LONG | TAGMA_T_ITEMS(1),
		TAGMA_T_LONG | TAGMA_T_TIMED,
		TAGMA_T_LONG | TAGMA_T_SND_ZERO | TAGMA_T_WORDS(TAGMA_REGS_WORDS),
	};

	return tags[c % ARRAY_SIZE(tags)] | (c & 64 ? TAGMA_T_RCV_ZERO : 0);
}

/* t has a fault or trap message: what a pager does, most of the time. Waits for more. */
static void do_reply(unsigned i, uint8_t b)
{
	struct thread *t = th[i], *f = thread_lookup(t->arch.ipc_sender);
	uint32_t vpn = t->arch.ipc_w[0] / PAGE_SIZE;

	if (f != NULL && f->space != iw_dom[1]->root && (b & 3) != 0 && vpn >= IW_FIRST_PAGE &&
	    vpn < IW_FIRST_PAGE + IW_PAGES)
		iw_map(f->space, vpn, TAGMA_RW);
	arch_vtlb_sync();
	iw_ipc(t, TAGMA_T_LONG | TAGMA_T_SND_ZERO, t->arch.ipc_sender, TAGMA_ANY, 0, 0,
	       PAGE(MSG_PAGE(i)));
}

/* Threads would soon all wait for each other, or for nobody. */
static bool enliven(unsigned i, uint8_t c)
{
	struct thread *t = th[i];

	if (t->ipc.peer == TAGMA_NIL && (c & 12) == 0 && t->state != THREAD_READY)
		ipc_cancel(t, -XEN_EINTR);
	if ((c & 3) == 0)
		thread_set_stopped(t, false);
	if (t->space != home(i) && t->state == THREAD_READY) {
		thread_unload(t); /* forwarded: it would be its kernel's now */
		load(i);
	}
	return th[i] != NULL && thread_runnable(th[i]) && th[i]->ipc.peer == TAGMA_NIL;
}

static void do_ipc(unsigned i, uint8_t b, uint8_t c)
{
	struct thread *t;
	uint32_t dest, from = b & 64 ? TAGMA_ANY : partner((uint8_t)(b / 5 + c));
	uint32_t tag = tag_of(c);

	if (!enliven(i, c))
		return;
	t = th[i];
	dest = b & 32 ? TAGMA_NIL : pick_dest(i, b, c);
	if (iw_result(t) == IW_OK && (t->arch.ipc_tag & TAGMA_T_KERNEL) && (b & 7) != 0) {
		do_reply(i, b);
		return;
	}
	if ((b & 128) && dest != TAGMA_NIL)
		from = dest; /* a call */
	fill_msg(i, c);
	iw_ipc(t, tag, dest, from, i, b, tag & TAGMA_T_LONG ? PAGE(MSG_PAGE(i)) : c);
}

static void do_trap(unsigned i, uint8_t b, uint8_t c)
{
	if (!thread_runnable(th[i]) || th[i]->ipc.peer != TAGMA_NIL)
		return;
	iw_become(th[i]);
	if (b & 1) {
		ipc_driver_stats.traps++;
		ipc_trap(th[i], c, b);
	} else {
		ipc_fault(th[i], PAGE(c), TAGMA_R);
	}
	iw_leave();
}

static void do_map(unsigned i, uint8_t b, uint8_t c)
{
	struct space *s = iw_user[i & 1];
	uint32_t vpn = IW_FIRST_PAGE + b % IW_PAGES;

	if (c & 1)
		iw_unmap(s, vpn);
	else
		iw_map(s, vpn, c & 2 ? TAGMA_R : TAGMA_RW);
	arch_vtlb_sync();
}

/* A message that has just arrived at t, if its string is all here. */
static bool string_right(unsigned i)
{
	const struct thread *t = th[i];
	const struct tagma_msg *m = guest_ptr(iw_dom[1]->root, GVA(PAGE(MSG_PAGE(i))), TAGMA_R);

	if (iw_result(t) != IW_OK || !(t->arch.ipc_tag & TAGMA_T_STRING) || t->space != home(i))
		return true;
	if (m->strlen > m->rcv_len)
		return false;
	for (uint32_t n = 0; n < m->strlen; n += 97) {
		const uint8_t *d = guest_ptr(t->space, GVA(PAGE(BUF_PAGE(i)) + n), TAGMA_R);

		/* Gone again, or another page by now: not the transfer's doing. */
		if (d == NULL ||
		    !mfn_eq(mapdb_lookup(t->space, BUF_PAGE(i) + n / PAGE_SIZE).mfn,
			    mapdb_lookup(iw_dom[1]->root, BUF_PAGE(i) + n / PAGE_SIZE).mfn))
			return true;
		if (*d != (uint8_t)(n % 251))
			return false;
	}
	ipc_driver_stats.strings++;
	return true;
}

static void count_states(void)
{
	for (unsigned i = 0; i < NR; i++) {
		if (th[i] == NULL)
			continue;
		ipc_driver_stats.opened += th[i]->state == THREAD_XFER;
		ipc_driver_stats.faults += th[i]->ipc.kind == IPC_XFER_FAULT;
		ipc_driver_stats.timeouts += th[i]->arch.hc_result == -XEN_ETIMEDOUT;
		ipc_driver_stats.orphans += th[i]->arch.hc_result == -XEN_ESRCH;
		ipc_driver_stats.delivered += iw_result(th[i]) == IW_OK;
	}
}

static void do_op(struct ipc_op op)
{
	unsigned i = op.a % NR;

	if (th[i] == NULL) {
		load(i);
		return;
	}
	switch (op.op % 16u) {
	default:
		do_ipc(i, op.b, op.c);
		break;
	case 8:
	case 9:
		do_trap(i, op.b, op.c);
		break;
	case 10:
		do_map(i, op.b, op.c);
		break;
	case 11:
		ipc_cancel(th[i], -XEN_EINTR);
		break;
	case 12:
		thread_set_prio(th[i], op.b % 8u);
		break;
	case 13:
		thread_set_stopped(th[i], op.b % 4u == 0);
		break;
	case 14:
		host_preempt = op.b & 1;
		iw_time(op.c * 4u);
		break;
	case 15:
		if (op.b % 4u == 0) {
			thread_unload(th[i]);
			th[i] = NULL;
		}
		break;
	}
}

bool ipc_driver_step(struct ipc_op op)
{
	unsigned i = op.a % NR;

	do_op(op);
	iw_leave();
	count_states();
	if (th[i] != NULL && op.op % 16u < 8 && !string_right(i))
		return false;
	/* A crash is a guest's right; the next one starts where it was. */
	if (iw_dom[1]->shutdown != 0) {
		iw_dom[1]->shutdown = 0;
		iw_dom[1]->pause_count = 0;
		for (unsigned n = 0; n < NR; n++)
			if (th[n] != NULL)
				sched_enqueue(th[n]);
	}
	return ipc_check() && sched_check() && prio_check();
}

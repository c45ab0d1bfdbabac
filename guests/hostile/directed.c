/* SPDX-License-Identifier: GPL-2.0-only */
/* Each error of the ABI, one by one: bad numbers, ids, pointers, flexpages, rights. */
#include <errno.h>
#include <string.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include <tagma/time.h>
#include <tagma/upcall.h>
#include <xen/domctl.h>
#include <xen/physdev.h>
#include <xen/sysctl.h>

#include "hostile.h"

static void numbers(void)
{
	static const uint8_t unused[] = { 0, 1, 11, 53, 54, 56, 63 };
	static const uint32_t zero[5];

	for (size_t i = 0; i < sizeof(unused); i++)
		test_equal(arch_hypercall_raw(unused[i], zero), -ENOSYS, "hypercall %d: ENOSYS",
			   unused[i]);
	test_equal(HYPERVISOR_tagma_map(99, 0, 0), -ENOSYS, "map: unknown command");
	test_equal(HYPERVISOR_tagma_space(99, 0), -ENOSYS, "space: unknown command");
	test_equal(HYPERVISOR_tagma_thread(99, 0), -ENOSYS, "thread: unknown command");
	test_equal(HYPERVISOR_tagma_domain(99, 0), -ENOSYS, "domain: unknown command");
	test_equal(HYPERVISOR_tagma_debug(99, 0), -ENOSYS, "debug: unknown command");
	test_equal(HYPERVISOR_memory_op(63, 0), -ENOSYS, "memory_op: unknown command");
	test_equal(HYPERVISOR_sched_op(99, 0), -ENOSYS, "sched_op: unknown command");
	test_equal(HYPERVISOR_event_channel_op(99, 0), -ENOSYS,
		   "event_channel_op: unknown command");
	test_equal(HYPERVISOR_xen_version(99, 0), -ENOSYS, "xen_version: unknown command");
}

static void pointers(void)
{
	static const void *const bad[] = { BAD_LOW, BAD_FAR, BAD_END };

	for (size_t i = 0; i < 3; i++) {
		const void *p = bad[i];

		test_equal(HYPERVISOR_tagma_map(TAGMA_MAP_map, p, 1), -EFAULT, "map: %p", p);
		test_equal(HYPERVISOR_tagma_space(TAGMA_SPACE_load, p), -EFAULT, "space: %p", p);
		test_equal(HYPERVISOR_tagma_thread(TAGMA_THREAD_load, p), -EFAULT, "thread: %p", p);
		test_equal(HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, p), -EFAULT, "domain: %p", p);
		test_equal(HYPERVISOR_tagma_debug(TAGMA_DEBUG_counters, p), -EFAULT, "counters: %p",
			   p);
		test_equal(HYPERVISOR_memory_op(XENMEM_populate_physmap, p), -EFAULT, "memory: %p",
			   p);
		test_equal(HYPERVISOR_sched_op(SCHEDOP_poll, p), -EFAULT, "poll: %p", p);
		test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_send, p), -EFAULT, "evtchn: %p", p);
		test_equal(HYPERVISOR_console_io(CONSOLEIO_write, 8, p), -EFAULT, "console: %p", p);
		test_equal(HYPERVISOR_xen_version(XENVER_extraversion, p), -EFAULT, "version: %p",
			   p);
		test_equal(HYPERVISOR_domctl(p), -EFAULT, "domctl: %p", p);
	}
}

static void privileges(void)
{
	struct xen_domctl dc = { .cmd = XEN_DOMCTL_destroydomain,
				 .interface_version = XEN_DOMCTL_INTERFACE_VERSION };
	struct xen_sysctl sc = { .cmd = XEN_SYSCTL_physinfo,
				 .interface_version = XEN_SYSCTL_INTERFACE_VERSION };
	struct tagma_domain_info info = { .domid = 0 };
	struct tagma_domain_start start = { .domid = DOMID_SELF };
	struct tagma_domain_setup setup = { .domid = DOMID_SELF, .flags = TAGMA_DOMAIN_F_CONTROL };
	struct sched_remote_shutdown off = { .domain_id = 0 };
	struct evtchn_alloc_unbound alloc = { .dom = 0, .remote_dom = DOMID_SELF };
	struct evtchn_bind_virq virq = { .virq = VIRQ_DOM_EXC };
	struct evtchn_bind_pirq pirq = { .pirq = 3 };

	test_equal(HYPERVISOR_domctl(&dc), -EPERM, "domctl: not for guests");
	test_equal(HYPERVISOR_sysctl(&sc), -EPERM, "sysctl: not for guests");
	test_equal(HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, &info), -EPERM, "info of domain 0");
	test_equal(HYPERVISOR_tagma_domain(TAGMA_DOMAIN_start, &start), -EPERM, "start of itself");
	test_equal(HYPERVISOR_tagma_domain(TAGMA_DOMAIN_setup, &setup), -EPERM,
		   "more rights for itself");
	test_equal(HYPERVISOR_sched_op(SCHEDOP_remote_shutdown, &off), -EPERM,
		   "shutdown of domain 0");
	test_equal(HYPERVISOR_tagma_debug(TAGMA_DEBUG_check, 0), -EPERM, "check: not for guests");
	test_equal(HYPERVISOR_tagma_debug(TAGMA_DEBUG_mark, (void *)~0ul), 0,
		   "a mark of any number does nothing");
	test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc), -EPERM,
		   "event channel of domain 0");
	test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &virq), -EPERM, "VIRQ_DOM_EXC");
	test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_bind_pirq, &pirq), -EPERM, "interrupt 3");
}

/* Of another domain: whether there is one is no business of ours. */
static bool refused(long r) { return r == -EPERM || r == -ESRCH; }

static void ids(void)
{
	struct tagma_thread t = { 0 };
	struct tagma_space s = { 0 };
	uint32_t id, foreign = FOREIGN_THREAD;

	test_equal(thread_info(0, &t), -ESRCH, "thread 0");
	test_equal(thread_info(FOREIGN_SPACE, &t), -ESRCH, "a space for a thread");
	test_equal(thread_info(TAGMA_ID(1, TAGMA_TYPE_THREAD, 0xfff), &t), -ESRCH,
		   "thread slot 4095");
	test_check(refused(thread_info(FOREIGN_THREAD, &t)), "info of a foreign thread");
	test_check(refused(thread_unload(FOREIGN_THREAD, &t)), "unload of a foreign thread");
	test_check(refused(thread_stop(FOREIGN_THREAD)), "stop of a foreign thread");
	test_check(refused(thread_cancel(FOREIGN_THREAD)), "cancel of a foreign thread");
	test_check(refused(HYPERVISOR_tagma_thread(TAGMA_THREAD_copy_fpu,
						   (uint32_t[]){ foreign, TAGMA_SELF })),
		   "registers of a foreign thread");
	test_check(refused(space_unload(FOREIGN_SPACE)), "unload of a foreign space");
	test_equal(space_unload(TAGMA_SELF), -EINVAL, "unload of the root space");
	test_equal(space_info(0, &s), -ESRCH, "space 0");

	test_equal(space_load(&id, 7), 0, "a space of our own");
	test_equal(space_info(id, &s), 0, "its info");
	test_equal((long)s.cookie, 7, "its cookie");
	test_equal(space_unload(id), 0, "unloaded");
	test_equal(space_info(id, &s), -ESRCH, "its id is stale");
	test_equal(space_unload(id), -ESRCH, "and stays so");
	test_equal(map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)_start, id, 0, PAGE_SIZE, TAGMA_R),
		   -ESRCH, "map to a stale space");

	t = (struct tagma_thread){ .space = TAGMA_SELF,
				   .prio = 256,
				   .flags = TAGMA_THREAD_F_STOPPED };
	test_equal(thread_load(&t), -EPERM, "priority above all");
	t = (struct tagma_thread){ .space = TAGMA_SELF, .flags = 0x80 };
	test_equal(thread_load(&t), -EINVAL, "unknown flag of a thread");
	t = (struct tagma_thread){ .space = FOREIGN_SPACE, .flags = TAGMA_THREAD_F_STOPPED };
	test_check(refused(thread_load(&t)), "thread in a foreign space");
	t = (struct tagma_thread){ .id = TAGMA_SELF, .set = 0x8000 };
	test_equal(HYPERVISOR_tagma_thread(TAGMA_THREAD_modify, &t), -EINVAL,
		   "unknown bit of modify");
	test_equal(thread_set_tls(TAGMA_SELF, 3, 0, 0, 0), -EINVAL, "TLS slot 3");
	s = (struct tagma_space){ .flags = 0x100 };
	test_equal(HYPERVISOR_tagma_space(TAGMA_SPACE_load, &s), -EINVAL,
		   "unknown flag of a space");
}

static long map_one(uint32_t cmd, uint32_t src, uint32_t dst_space, uint32_t dst)
{
	struct tagma_map op = {
		.src_space = TAGMA_SELF, .dst_space = dst_space, .src = src, .dst = dst
	};

	return HYPERVISOR_tagma_map(cmd, &op, 1);
}

static void flexpages(void)
{
	uint32_t page = (uint32_t)(uintptr_t)page_alloc_zero(), space, fp;
	struct tagma_map op = { .src_space = FOREIGN_SPACE, .dst_space = TAGMA_SELF };

	space_load(&space, 0);
	fp = TAGMA_FPAGE(page, 12, TAGMA_RW);
	test_equal(map_one(TAGMA_MAP_map, TAGMA_FPAGE(page, 11, TAGMA_R), space, 0), -EINVAL,
		   "flexpage of 2 KB");
	test_equal(map_one(TAGMA_MAP_map, TAGMA_FPAGE(0, 33, TAGMA_R), space, 0), -EINVAL,
		   "flexpage of 8 GB");
	test_equal(map_one(TAGMA_MAP_map, TAGMA_FPAGE(0x1000, 13, TAGMA_R), space, 0), -EINVAL,
		   "flexpage that is not aligned");
	test_equal(map_one(TAGMA_MAP_map, fp | 2u << 4, space, 0), -EINVAL, "flexpage of type 2");
	test_equal(map_one(TAGMA_MAP_map, fp & ~7u, space, 0), -EINVAL, "flexpage without rights");
	test_equal(map_one(TAGMA_MAP_map, fp | 8u, space, 0), -EINVAL,
		   "flexpage with a reserved bit");
	test_equal(map_one(TAGMA_MAP_map, fp, space, 0x123), -EINVAL,
		   "destination that is no page");
	test_equal(map_one(TAGMA_MAP_map, fp, space, 0), 1, "a page is mapped");
	test_equal(map_status(space, 0), TAGMA_RW, "with its rights");
	test_equal(map_one(TAGMA_MAP_map, TAGMA_FPAGE(0x80000000, 12, TAGMA_R), space, 0x1000),
		   -EINVAL, "a page that is not there");
	test_equal(map_one(TAGMA_MAP_map, TAGMA_FPORT(0x3f8, 0), space, 0x3f8u << 16), -EINVAL,
		   "a port of the machine");
	op.src = TAGMA_FPAGE(0x00100000, 12, TAGMA_R);
	op.dst = 0xa0000000;
	test_check(refused(HYPERVISOR_tagma_map(TAGMA_MAP_map, &op, 1)), "map of foreign memory");
	test_check(refused(HYPERVISOR_tagma_map(TAGMA_MAP_flush, &op, 1)),
		   "flush of foreign memory");
	test_check(refused(map_one(TAGMA_MAP_map, fp, FOREIGN_SPACE, 0xa0000000)),
		   "map into a foreign space");
	test_equal(flush_pages(TAGMA_SELF, page, PAGE_SIZE, TAGMA_RWX, 0), 0, "flush");
	test_equal(map_status(space, 0), 0, "nothing is left of it");
	space_unload(space);
	page_put((void *)(uintptr_t)page);
}

static void memory(void)
{
	static xen_pfn_t gpns[4] = { 0xfffff, 0x100000, 0xffffffff, 0x80000 };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = 0 };
	domid_t zero = 0;

	set_xen_guest_handle(r.extent_start, gpns);
	test_equal(HYPERVISOR_memory_op(XENMEM_populate_physmap, &r), -EPERM, "memory of domain 0");
	test_equal(HYPERVISOR_memory_op(XENMEM_current_reservation, &zero), -EPERM, "its size");
	r.domid = DOMID_SELF;
	test_equal(HYPERVISOR_memory_op(XENMEM_populate_physmap, &r), 0, "more than its share");
	r.nr_extents = 4;
	test_equal(HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r), 0, "pages it has not");
	r.extent_order = 40;
	test_equal(HYPERVISOR_memory_op(XENMEM_populate_physmap, &r), -EINVAL, "order 40");
	r.extent_order = 0;
	r.nr_extents = ~0u;
	test_equal(HYPERVISOR_memory_op(XENMEM_populate_physmap, &r), -EINVAL, "4 G extents");
	/* shared_info is held by the hypervisor and may not be released. */
	gpns[0] = start_info->shared_info >> PAGE_SHIFT;
	r.nr_extents = 1;
	test_equal(HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r), 0,
		   "release of shared_info");
}

static void events(void)
{
	struct evtchn_bind_interdomain bind = { .remote_dom = 0x7000, .remote_port = 1 };
	struct evtchn_bind_virq virq = { .virq = 999 };
	struct sched_poll poll = { .nr_ports = 1000 };
	uint64_t start = time_ns();
	evtchn_port_t port = 0;

	test_equal(event_send(0), -EINVAL, "event to port 0");
	test_equal(event_send(100000), -EINVAL, "event to port 100000");
	test_equal(event_close(EVENT_PORTS - 1), -EINVAL, "close of a free port");
	test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &bind), -ESRCH,
		   "bind to no domain");
	bind.remote_dom = 0;
	test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &bind), -EINVAL,
		   "bind to a port that is not for us");
	test_equal(HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &virq), -EINVAL, "VIRQ 999");
	test_equal(HYPERVISOR_sched_op(SCHEDOP_poll, &poll), -EINVAL, "poll of 1000 ports");
	poll.nr_ports = 1;
	set_xen_guest_handle(poll.ports, &port);
	test_equal(HYPERVISOR_sched_op(SCHEDOP_poll, &poll), -EINVAL, "poll of port 0");
	poll.nr_ports = 0;
	poll.timeout = start + 2 * NSEC_PER_MSEC;
	test_equal(HYPERVISOR_sched_op(SCHEDOP_poll, &poll), 0, "poll with a time limit");
	test_check(event_pending() || time_ns() >= poll.timeout, "which was waited for");
}

/* --- two threads trap at once, and this kernel has one entry stack */

#define FIRST_IP 0x11000u /* where there is nothing */
#define SECOND_IP 0x22000u

static uint32_t second_id, waiter_id, entered;
static bool intact;

static void on_both(struct tagma_frame *f)
{
	struct tagma_frame before = *f;
	struct ipc m = { 0 };

	if (++entered == 1) {
		thread_resume(second_id); /* is above us, and traps at once */
		intact = f->regs.ip == FIRST_IP && entered == 1 &&
			 !memcmp(f, &before, sizeof(before));
	} else {
		intact = intact && f->regs.ip == SECOND_IP;
		ipc_send(&m, waiter_id);
	}
	thread_unload(TAGMA_SELF, 0);
}

static uint32_t trapper(uint32_t space, uint32_t ip, uint32_t prio)
{
	struct tagma_thread t = { .space = space, .flags = TAGMA_THREAD_F_STOPPED, .prio = prio };

	t.regs.ip = ip;
	test_equal(thread_load(&t), 0, "a thread that will trap");
	return t.id;
}

static void entry_stack(void)
{
	struct ipc m = { .tag = 0 };
	struct tagma_thread self;
	uint32_t space = 0, first;

	waiter_id = thread_self();
	thread_info(waiter_id, &self);
	test_equal(space_load(&space, 0), 0, "a space with nothing in it");
	first = trapper(space, FIRST_IP, self.prio - 2);
	second_id = trapper(space, SECOND_IP, self.prio - 1);
	trap_init(on_both);
	thread_resume(first);
	test_equal(ipc_receive(&m, second_id), 0, "both traps are handled");
	test_check(intact && entered == 2, "one after the other on the entry stack");
	test_equal(space_unload(space), 0, "the space goes");
}

void directed_run(void)
{
	numbers();
	pointers();
	privileges();
	ids();
	flexpages();
	memory();
	events();
	entry_stack();
	directed_ipc();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains through the hypercalls that make, fill, start and destroy them. The whole
 * portable core is linked; domain 0 is one that the test made. Frames are counted
 * before and after everything.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <host.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/thread.h>
#include <xen/domctl.h>
#include <xen/errno.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/version.h>

#define FRAMES 2048u
#define DOM0_PAGES 64u
#define ARG 0x100000u  /* where arguments stand in a domain's root space */
#define LIST 0x101000u /* where arrays stand */

static struct domain *dom0;
static struct thread *srm;

const char *boot_option(const char *name, char *buf, size_t size)
{
	(void)name;
	(void)buf;
	(void)size;
	return NULL;
}

const char *option_cmdline(void) { return "test=1"; }
_Noreturn void machine_stop(void) { abort(); }

/* Runs a hypercall as the entry code does, until it asks for no restart. */
static long call(struct thread *t, uint32_t nr, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t restarts;

	t->arch.hc_number = nr;
	t->arch.hc_arg[0] = a;
	t->arch.hc_arg[1] = b;
	t->arch.hc_arg[2] = c;
	t->arch.hc_result = 12345;
	do {
		restarts = t->arch.hc_restarts;
		hypercall(t);
	} while (t->arch.hc_restarts != restarts);
	return t->arch.hc_result;
}

static bool hypercall_exists(uint32_t number)
{
	switch (number) {
#define HYPERCALL(name, nr, handler, text) case nr:
#include "../../hv/hypercalls.def"
		return true;
	default:
		return false;
	}
}

static void put(struct thread *t, uint32_t addr, const void *p, size_t len)
{
	assert_int_equal(copy_to_guest(t->space, GVA(addr), p, len, NULL), 0);
}

static void get(struct thread *t, uint32_t addr, void *p, size_t len)
{
	assert_int_equal(copy_from_guest(t->space, p, GVA(addr), len, NULL), 0);
}

static long domctl_by(struct thread *t, struct xen_domctl *op, uint32_t cmd, uint32_t domid)
{
	long r;

	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = (domid_t)domid;
	put(t, ARG, op, sizeof(*op));
	r = call(t, __HYPERVISOR_domctl, ARG, 0, 0);
	get(t, ARG, op, sizeof(*op));
	return r;
}

static long domctl(struct xen_domctl *op, uint32_t cmd, uint32_t domid)
{
	return domctl_by(srm, op, cmd, domid);
}

/* memory_op for nr pages from gpn on, in a 32-bit guest's layout. */
static long reservation(struct thread *t, uint32_t cmd, uint32_t domid, uint32_t gpn, uint32_t nr)
{
	struct {
		uint32_t start, nr, order, flags;
		uint16_t domid, pad;
	} r = { LIST, nr, 0, 0, (uint16_t)domid, 0 };

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t g = gpn + i;

		put(t, LIST + 4 * i, &g, sizeof(g));
	}
	put(t, ARG, &r, sizeof(r));
	return call(t, __HYPERVISOR_memory_op, cmd, ARG, 0);
}

static uint32_t create(uint32_t pages)
{
	struct xen_domctl op = { .u.createdomain = { .max_vcpus = 1 } };
	uint32_t domid;

	assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
	domid = op.domain;
	op.u.max_mem.max_memkb = pages * 4;
	assert_int_equal(domctl(&op, XEN_DOMCTL_max_mem, domid), 0);
	return domid;
}

static long destroy(uint32_t domid)
{
	struct xen_domctl op = { 0 };

	return domctl(&op, XEN_DOMCTL_destroydomain, domid);
}

static void everything_holds(void)
{
	assert_true(frame_check());
	assert_true(mapdb_check());
	assert_true(domain_check());
	assert_true(ipc_check());
	assert_true(sched_check());
	assert_true(host_vtlb_check());
}

static int start(void **state)
{
	struct boot_info b;
	int err;

	(void)state;
	host_reset();
	host_boot_info(&b, FRAMES);
	frame_init(&b);
	space_init_pool(16);
	mapdb_init(256);
	signal_init(16);
	sched_init(this_cpu());
	thread_init_pool(16);
	domain_init_pool(4);
	dom0 = domain_create(DOM0_PAGES, &err);
	if (!dom0)
		return -1;
	dom0->top_prio = 255;
	for (uint32_t i = 0; i < DOM0_PAGES; i++)
		if (domain_populate(dom0, 0x100 + i))
			return -1;
	if (domain_start(dom0,
			 &(struct tagma_domain_start){ .shared_info = 0x110000, .prio = 200 }))
		return -1;
	srm = dom0->vcpu[0].thread;
	domain_unpause(dom0);
	return sched_exit() == srm ? 0 : -1;
}

/* A domain that has what can be had: memory, a thread, spaces, mappings in and out. */
static uint32_t full_domain(void)
{
	uint32_t domid = create(200);
	struct domain *d = domain_lookup(domid);
	struct space *s;

	assert_int_equal(reservation(srm, XENMEM_populate_physmap, domid, 0x100, 200), 200);
	d->top_prio = 100;
	assert_int_equal(
		domain_start(d, &(struct tagma_domain_start){ .ip = 0x100000,
							      .sp = 0x180000,
							      .start_info = 0x120000,
							      .prio = 100,
							      .shared_info = 0x110000,
							      .hypercall_page = 0x111000 }),
		0);
	s = space_load(d, 0, 0);
	assert_non_null(s);
	assert_non_null(thread_load(d, s));
	assert_int_equal(host_map(d->root, 0x105, s, 0x400, TAGMA_RW), 0);
	assert_int_equal(host_map(s, 0x400, dom0->root, 0x4000, TAGMA_RW), 0);
	assert_int_equal(host_grant(d->root, 0x106, dom0->root, 0x4001, TAGMA_RW), 0);
	assert_int_equal(host_map(dom0->root, 0x120, s, 0x401, TAGMA_R), 0);
	assert_int_equal(host_access(s, 0x401, TAGMA_R), VTLB_FILLED);
	return domid;
}

static void test_life(void **state)
{
	uint32_t free = frame_count_free(), nodes = mapdb_count(), last = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		uint32_t domid = full_domain();

		assert_true(domid > last);
		last = domid;
		everything_holds();
		assert_int_equal(destroy(domid), 0);
		everything_holds();
		assert_int_equal(frame_count_free(), free);
		assert_int_equal(mapdb_count(), nodes);
		assert_int_equal(destroy(domid), -XEN_ESRCH);
	}
}

/* Everything in the smallest steps: each restart finds where the last one stopped. */
static void test_restarts(void **state)
{
	uint32_t free = frame_count_free(), domid, before;

	(void)state;
	host_preempt = true;
	before = srm->arch.hc_restarts;
	domid = full_domain();
	assert_true(srm->arch.hc_restarts - before >= 3); /* 200 extents by 64 */
	assert_int_equal(srm->arch.hc_arg[0], XENMEM_populate_physmap);
	before = srm->arch.hc_restarts;
	assert_int_equal(destroy(domid), 0);
	assert_true(srm->arch.hc_restarts > before);
	everything_holds();
	assert_int_equal(frame_count_free(), free);
}

static void test_create_refused(void **state)
{
	static const struct xen_domctl_createdomain bad[] = {
		{ .max_vcpus = 0 },
		{ .max_vcpus = 2 },
		{ .max_vcpus = 1, .flags = XEN_DOMCTL_CDF_hvm },
		{ .max_vcpus = 1, .cpupool_id = 1 },
	};
	uint32_t free = frame_count_free();
	struct xen_domctl op;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		op = (struct xen_domctl){ .u.createdomain = bad[i] };
		assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
	}
	op = (struct xen_domctl){ .u.createdomain.max_vcpus = 1 };
	assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 7), 0);
	assert_int_equal(op.domain, 7);
	assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 7), -XEN_EEXIST);
	create(0);
	create(0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_createdomain, 0), -XEN_ENOMEM);
	for (uint32_t id = 1; id < 10; id++)
		(void)destroy(id);
	assert_int_equal(frame_count_free(), free);

	/* The answer can't be written: the domain goes again. */
	op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op.cmd = XEN_DOMCTL_createdomain;
	put(srm, 0x13ff80, &op, 128);
	assert_int_equal(call(srm, __HYPERVISOR_domctl, 0x13ff80, 0, 0), -XEN_EFAULT);
	assert_null(domain_find(3));
	everything_holds();
}

static void test_permission(void **state)
{
	uint32_t domid = full_domain(), other = create(10);
	struct thread *guest = domain_lookup(domid)->vcpu[0].thread;
	struct xen_domctl op = { 0 };

	(void)state;
	for (uint32_t cmd = 1; cmd < 90; cmd++)
		assert_int_equal(domctl_by(guest, &op, cmd, other), -XEN_EPERM);
	assert_int_equal(call(guest, __HYPERVISOR_sysctl, ARG, 0, 0), -XEN_EPERM);
	assert_int_equal(reservation(guest, XENMEM_populate_physmap, other, 0x100, 1), -XEN_EPERM);
	assert_int_equal(reservation(guest, XENMEM_decrease_reservation, 0, 0x100, 1), -XEN_EPERM);
	assert_int_equal(call(guest, __HYPERVISOR_tagma_debug, TAGMA_DEBUG_check, 0, 0),
			 -XEN_EPERM);
	assert_int_equal(call(guest, __HYPERVISOR_tagma_debug, TAGMA_DEBUG_trace, ARG, 0),
			 -XEN_EPERM);

	/* The controller must name the version, and can not harm the machine's own domain. */
	op.cmd = XEN_DOMCTL_pausedomain;
	op.domain = (domid_t)domid;
	op.interface_version = 1;
	put(srm, ARG, &op, sizeof(op));
	assert_int_equal(call(srm, __HYPERVISOR_domctl, ARG, 0, 0), -XEN_EACCES);
	assert_int_equal(domctl(&op, XEN_DOMCTL_pausedomain, 0), -XEN_EINVAL);
	assert_int_equal(destroy(0), -XEN_EINVAL);
	assert_int_equal(domctl(&op, 12345, domid), -XEN_ENOSYS);
	assert_int_equal(call(srm, __HYPERVISOR_domctl, 0xfffff000, 0, 0), -XEN_EFAULT);
	everything_holds();
}

static void test_memory(void **state)
{
	uint32_t domid = create(10), free = frame_count_free();
	struct domain *d = domain_lookup(domid);
	uint16_t id = (uint16_t)domid;

	(void)state;
	/* The limit holds; what is there stays; what is beyond 4 GB is refused. */
	assert_int_equal(reservation(srm, XENMEM_populate_physmap, domid, 0x100, 20), 10);
	assert_int_equal(reservation(srm, XENMEM_populate_physmap, domid, 0x100, 1), 0);
	assert_int_equal(reservation(srm, XENMEM_decrease_reservation, domid, 0x108, 4), 2);
	assert_int_equal(d->nr_pages, 8);
	assert_int_equal(reservation(srm, XENMEM_populate_physmap, domid, 0x100000, 1), 0);
	put(srm, ARG, &id, sizeof(id));
	assert_int_equal(call(srm, __HYPERVISOR_memory_op, XENMEM_current_reservation, ARG, 0), 8);
	assert_int_equal(call(srm, __HYPERVISOR_memory_op, XENMEM_maximum_reservation, ARG, 0), 10);
	assert_int_equal(reservation(srm, XENMEM_decrease_reservation, domid, 0x100, 8), 8);
	everything_holds();
	/* All but the two frames of its physmap, which it keeps. */
	assert_int_equal(frame_count_free(), free - 2);

	/* A frame that the hypervisor points into can not be given back. */
	assert_int_equal(reservation(srm, XENMEM_decrease_reservation, DOMID_SELF, 0x110, 1), 0);
	assert_int_equal(reservation(srm, XENMEM_populate_physmap, 99, 0x100, 1), -XEN_ESRCH);
	assert_int_equal(call(srm, __HYPERVISOR_memory_op, 63, ARG, 0), -XEN_ENOSYS);
	assert_int_equal(call(srm, __HYPERVISOR_memory_op, XENMEM_populate_physmap, 0, 0),
			 -XEN_EFAULT);
	/* A restart's count that no restart made. */
	assert_int_equal(reservation(srm, XENMEM_populate_physmap | 5 << 6, domid, 0x100, 1),
			 -XEN_EINVAL);
	assert_int_equal(destroy(domid), 0);
}

static void test_pause(void **state)
{
	uint32_t domid = full_domain();
	struct domain *d = domain_lookup(domid);
	struct thread *t = d->vcpu[0].thread;
	struct xen_domctl op = { 0 };

	(void)state;
	assert_false(thread_runnable(t));
	assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, domid), 0);
	assert_true(thread_runnable(t) && !list_empty(&t->run_link));
	assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, domid), -XEN_EINVAL);
	for (int i = 0; i < 255; i++)
		assert_int_equal(domctl(&op, XEN_DOMCTL_pausedomain, domid), 0);
	assert_int_equal(domctl(&op, XEN_DOMCTL_pausedomain, domid), -XEN_E2BIG);
	assert_true(list_empty(&t->run_link));
	assert_int_equal(domctl(&op, XEN_DOMCTL_getdomaininfo, domid), 0);
	assert_true(op.u.getdomaininfo.flags & XEN_DOMINF_paused);
	assert_false(op.u.getdomaininfo.flags & XEN_DOMINF_running);
	for (int i = 0; i < 255; i++)
		assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, domid), 0);

	domain_shutdown(d, SHUTDOWN_crash);
	domain_shutdown(d, SHUTDOWN_poweroff); /* the first one counts */
	assert_int_equal(domctl(&op, XEN_DOMCTL_getdomaininfo, domid), 0);
	assert_int_equal(op.u.getdomaininfo.flags & ~(uint32_t)XEN_DOMINF_blocked,
			 XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift);
	/* Nobody wakes the dead. */
	assert_int_equal(domctl(&op, XEN_DOMCTL_unpausedomain, domid), -XEN_EINVAL);
	assert_int_equal(destroy(domid), 0);
}

static void test_ports(void **state)
{
	uint32_t domid = create(1);
	struct domain *d = domain_lookup(domid);
	struct xen_domctl op = { 0 };
	static const struct {
		uint32_t first, nr;
		long r;
	} calls[] = {
		{ 0x10000, 1, -XEN_EINVAL },
		{ 0xffff, 2, -XEN_EINVAL },
		{ 0, 0x10001, -XEN_EINVAL },
		{ 0, 0xffffffff, -XEN_EINVAL },
		{ 0x2f8, 8, 0 },
		{ 0x2f0, 16, 0 },
	};

	(void)state;
	host_preempt = true;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		op.u.ioport_permission =
			(struct xen_domctl_ioport_permission){ calls[i].first, calls[i].nr, 1 };
		assert_int_equal(domctl(&op, XEN_DOMCTL_ioport_permission, domid), calls[i].r);
	}
	assert_true(mapdb_lookup(d->root, MAPDB_PORT | 0x2f0).rights);
	assert_true(mapdb_lookup(d->root, MAPDB_PORT | 0x2ff).rights);
	assert_false(mapdb_lookup(d->root, MAPDB_PORT | 0x300).rights);
	op.u.ioport_permission = (struct xen_domctl_ioport_permission){ 0x2f0, 8, 0 };
	assert_int_equal(domctl(&op, XEN_DOMCTL_ioport_permission, domid), 0);
	assert_false(mapdb_lookup(d->root, MAPDB_PORT | 0x2f0).rights);
	assert_true(mapdb_lookup(d->root, MAPDB_PORT | 0x2f8).rights);

	op.u.irq_permission = (struct xen_domctl_irq_permission){ .pirq = 256, .allow_access = 1 };
	assert_int_equal(domctl(&op, XEN_DOMCTL_irq_permission, domid), -XEN_EINVAL);
	op.u.irq_permission = (struct xen_domctl_irq_permission){ .pirq = 9, .allow_access = 1 };
	assert_int_equal(domctl(&op, XEN_DOMCTL_irq_permission, domid), 0);
	assert_int_equal(d->irq_allowed[1], 2);
	op.u.irq_permission.allow_access = 0;
	assert_int_equal(domctl(&op, XEN_DOMCTL_irq_permission, domid), 0);
	assert_int_equal(d->irq_allowed[1], 0);
	everything_holds();
	assert_int_equal(destroy(domid), 0);
	everything_holds();
}

static void test_start_refused(void **state)
{
	uint32_t domid = create(4), free;
	struct tagma_domain_start s, good = { .domid = domid, .shared_info = 0x100000 };
	static const struct {
		uint32_t shared, page, prio;
	} bad[] = {
		{ 0, 0, 0 },
		{ 0x100001, 0, 0 },
		{ 0x200000, 0, 0 },
		{ 0x100000, 0x101004, 0 },
		{ 0x100000, 0x200000, 0 },
		{ 0x100000, 0, 1 },
	};

	(void)state;
	assert_int_equal(reservation(srm, XENMEM_populate_physmap, domid, 0x100, 4), 4);
	free = frame_count_free();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		s = good;
		s.shared_info = bad[i].shared;
		s.hypercall_page = bad[i].page;
		s.prio = bad[i].prio;
		put(srm, ARG, &s, sizeof(s));
		assert_int_equal(call(srm, __HYPERVISOR_tagma_domain, TAGMA_DOMAIN_start, ARG, 0),
				 -XEN_EINVAL);
	}
	assert_int_equal(domain_lookup(domid)->nr_threads, 0);
	put(srm, ARG, &good, sizeof(good));
	assert_int_equal(call(srm, __HYPERVISOR_tagma_domain, TAGMA_DOMAIN_start, ARG, 0), 0);
	assert_int_equal(call(srm, __HYPERVISOR_tagma_domain, TAGMA_DOMAIN_start, ARG, 0),
			 -XEN_EBUSY);
	good.domid = 0;
	put(srm, ARG, &good, sizeof(good));
	assert_int_equal(call(srm, __HYPERVISOR_tagma_domain, TAGMA_DOMAIN_start, ARG, 0),
			 -XEN_EPERM);
	assert_int_equal(frame_count_free(), free);
	everything_holds();
}

/* The log's text from pos on. */
static const char *log_from(uint64_t pos)
{
	static char text[32769];

	text[console_read(&pos, text, sizeof(text) - 1)] = '\0';
	return text;
}

static void test_console(void **state)
{
	uint32_t domid = full_domain();
	struct thread *guest = domain_lookup(domid)->vcpu[0].thread;
	uint64_t pos = console_written();
	uint32_t lines = 0;

	(void)state;
	put(guest, ARG, "one\ntwo", 7);
	assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_write, 7, ARG), 0);
	assert_string_equal(log_from(pos), "(d1) one\n");
	put(guest, ARG, "\033[2J!\n", 6);
	assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_write, 6, ARG), 0);
	assert_string_equal(log_from(pos), "(d1) one\n(d1) two?[2J!\n");

	pos = console_written();
	put(guest, ARG, "x\n", 2);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_write, 2, ARG), 0);
	for (const char *p = log_from(pos); (p = strstr(p, "(d1) x\n")); p++)
		lines++;
	assert_int_equal(lines, 256 - 2);
	pos = console_written();
	host_set_time(1000000000);
	assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_write, 2, ARG), 0);
	assert_string_equal(log_from(pos), "(d1) ... 746 lines dropped\n(d1) x\n");

	assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_write, 1025, ARG),
			 -XEN_E2BIG);
	assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_write, 1, 0), -XEN_EFAULT);
	assert_int_equal(call(guest, __HYPERVISOR_console_io, CONSOLEIO_read, 1, ARG), -XEN_ENOSYS);
}

static long sysctl(struct xen_sysctl *op, uint32_t cmd)
{
	long r;

	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	put(srm, ARG, op, sizeof(*op));
	r = call(srm, __HYPERVISOR_sysctl, ARG, 0, 0);
	get(srm, ARG, op, sizeof(*op));
	return r;
}

static void test_sysctl(void **state)
{
	struct xen_sysctl op = { 0 };
	xen_domctl_getdomaininfo_t info[2];
	uint32_t domid = create(3);
	char text[16];
	uint32_t index;

	(void)state;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_physinfo), 0);
	assert_int_equal(op.u.physinfo.total_pages, frame_total());
	assert_int_equal(op.u.physinfo.free_pages, frame_count_free());

	memset(&op, 0, sizeof(op));
	op.u.getdomaininfolist.max_domains = 100;
	op.u.getdomaininfolist.buffer.p = (void *)(uintptr_t)LIST;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_getdomaininfolist), 0);
	assert_int_equal(op.u.getdomaininfolist.num_domains, 2);
	get(srm, LIST, info, sizeof(info));
	assert_int_equal(info[0].domain, 0);
	assert_int_equal(info[0].tot_pages, DOM0_PAGES);
	assert_int_equal(info[1].domain, domid);
	assert_int_equal(info[1].max_pages, 3);

	/* Reading goes on where the last call stopped, over the wrap of the ring. */
	for (int i = 0; i < 3000; i++)
		kprintf("line %09d\n", i);
	memset(&op, 0, sizeof(op));
	op.u.readconsole.count = 15;
	op.u.readconsole.incremental = 1;
	op.u.readconsole.index = index = (uint32_t)console_written() - 30;
	op.u.readconsole.buffer.p = (void *)(uintptr_t)LIST;
	assert_int_equal(sysctl(&op, XEN_SYSCTL_readconsole), 0);
	assert_int_equal(op.u.readconsole.index, index + 15);
	get(srm, LIST, text, 15);
	assert_memory_equal(text, "line 000002998\n", 15);
	assert_int_equal(sysctl(&op, XEN_SYSCTL_readconsole), 0);
	assert_int_equal(sysctl(&op, XEN_SYSCTL_readconsole), 0);
	assert_int_equal(op.u.readconsole.count, 0);
	assert_int_equal(sysctl(&op, 999), -XEN_ENOSYS);
}

static void test_others(void **state)
{
	struct tagma_counters counters;
	char text[16];

	(void)state;
	assert_int_equal(call(srm, __HYPERVISOR_xen_version, XENVER_version, 0, 0), 4 << 16 | 17);
	assert_int_equal(call(srm, __HYPERVISOR_xen_version, XENVER_extraversion, ARG, 0), 0);
	get(srm, ARG, text, sizeof(text));
	assert_string_equal(text, "-tagma");
	assert_int_equal(call(srm, __HYPERVISOR_xen_version, XENVER_commandline, ARG, 0), 0);
	get(srm, ARG, text, sizeof(text));
	assert_string_equal(text, "test=1");
	assert_int_equal(call(srm, __HYPERVISOR_tagma_debug, TAGMA_DEBUG_check, 0, 0), 0);
	assert_int_equal(call(srm, __HYPERVISOR_tagma_debug, TAGMA_DEBUG_counters, ARG, 0), 0);
	get(srm, ARG, &counters, sizeof(counters));
	assert_int_equal(counters.nr, NR_COUNTERS);
	assert_string_equal(counters.c[0].name, counter_names[0]);
	put(srm, ARG, &(struct tagma_trace_read){ 0 }, sizeof(struct tagma_trace_read));
	assert_int_equal(call(srm, __HYPERVISOR_tagma_debug, TAGMA_DEBUG_trace, ARG, 0),
			 -XEN_ENODEV);
	/* Numbers that the table lacks, and far beyond it. */
	for (uint32_t nr = 0; nr < 100; nr++)
		if (!hypercall_exists(nr))
			assert_int_equal(call(srm, nr, 0, 0, 0), -XEN_ENOSYS);
	assert_int_equal(call(srm, 0xffffffff, 0, 0, 0), -XEN_ENOSYS);
	assert_true(hypercall_exists(__HYPERVISOR_tagma_ipc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_life, start),
		cmocka_unit_test_setup(test_restarts, start),
		cmocka_unit_test_setup(test_create_refused, start),
		cmocka_unit_test_setup(test_permission, start),
		cmocka_unit_test_setup(test_memory, start),
		cmocka_unit_test_setup(test_pause, start),
		cmocka_unit_test_setup(test_ports, start),
		cmocka_unit_test_setup(test_start_refused, start),
		cmocka_unit_test_setup(test_console, start),
		cmocka_unit_test_setup(test_sysctl, start),
		cmocka_unit_test_setup(test_others, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

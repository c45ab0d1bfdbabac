/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains as records: written back in order, reloaded as they were, hostile records refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <host.h>
#include <hv/cache.h>
#include <hv/cpu.h>
#include <hv/domain_info.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/shared_info.h>
#include <hv/thread.h>
#include <stdlib.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/event_channel.h>

#define FRAMES 4096
#define PAGES 64u
#define POOL 4u
#define ARG 0x120000u
#define RING 0x121000u
#define RING_NR 32u

static struct domain *dom0;
static struct thread *srm;
static struct tagma_saved_domain saved;

/* What the boot image and the boot order would bring. */
const char *boot_option(const char *name, char *buf, size_t size)
{
	(void)name;
	(void)buf;
	(void)size;
	return NULL;
}

const char *option_cmdline(void) { return ""; }
_Noreturn void machine_stop(void) { abort(); }

static struct domain *make(void)
{
	struct tagma_domain_start st = { .shared_info = 0x110000, .prio = 100, .ip = 0x1234 };
	struct tagma_channel c = { RING, RING_NR };
	struct domain *d;
	int err;

	do {
		d = domain_create(PAGES, &err);
	} while (!d && err == HC_RESTART);
	assert_non_null(d);
	d->top_prio = 255;
	for (uint32_t i = 0; i < PAGES; i++)
		assert_int_equal(domain_populate(d, 0x100 + i), 0);
	assert_int_equal(channel_open(d, &c), 0);
	assert_int_equal(domain_start(d, &st), 0);
	domain_unpause(d);
	return d;
}

static int setup(void **state)
{
	struct boot_info b;

	(void)state;
	host_reset();
	host_boot_info(&b, FRAMES);
	frame_init(&b);
	space_init_pool(16);
	mapdb_init(64);
	sched_init(this_cpu());
	thread_init_pool(20);
	domain_init_pool(POOL);
	dom0 = make();
	srm = dom0->vcpu[0].thread;
	return sched_exit() == srm ? 0 : -1;
}

static bool all_holds(void)
{
	return frame_check() && mapdb_check() && domain_check() && ipc_check() && sched_check() &&
	       cache_check() && host_vtlb_check();
}

static int teardown(void **state)
{
	(void)state;
	return all_holds() ? 0 : -1;
}

/* The records in d's ring, taken out; those of a domain are put together in `saved`. */
static uint32_t drain(const struct domain *d, uint32_t *types)
{
	struct tagma_ring *ring = guest_ptr(d->root, GVA(RING), TAGMA_W);
	uint32_t n = 0;

	for (; ring->cons != ring->prod; ring->cons++, n++) {
		uint32_t at = (uint32_t)sizeof(*ring) +
			      ring->cons % RING_NR * (uint32_t)sizeof(struct tagma_record);
		struct tagma_record r;

		assert_int_equal(copy_from_guest(d->root, &r, GVA(RING + at), sizeof(r), NULL), 0);
		types[n] = r.type;
		if (r.type != TAGMA_TYPE_DOMAIN)
			continue;
		at = r.w[0] * (uint32_t)TAGMA_PART_SIZE;
		assert_true(r.w[0] < TAGMA_DOMAIN_PARTS);
		memcpy((uint8_t *)&saved + at, r.part, MIN(sizeof(r.part), sizeof(saved) - at));
	}
	return n;
}

static void away(struct domain *d)
{
	uint32_t types[RING_NR];

	while (!domain_writeback(d))
		assert_true(all_holds());
	assert_int_equal(drain(dom0, types), TAGMA_DOMAIN_PARTS);
}

static long reload(void)
{
	long r;

	do {
		r = domain_reload(&saved);
		assert_true(all_holds());
	} while (r == HC_RESTART);
	return r;
}

static void test_as_it_was(void **state)
{
	struct domain *d = make();
	struct thread *v = d->vcpu[0].thread, *t;
	uint32_t domid = d->domid, id = v->obj.id, types[RING_NR],
		 pages = frame_count((uint16_t)domid);
	mfn_t page = domain_physmap_get(d, 0x107);
	struct space *s = space_load(d, 0, 0);
	struct tagma_regs regs;

	(void)state;
	host_preempt = true;
	t = thread_load(d, s);
	t->pager = id;
	thread_set_stopped(t, false);
	timer_set(&d->vcpu[0].timer, 777777);
	d->vcpu[0].trap_ip = 0x4242;
	d->cpu_percent = 30;
	assert_int_equal(
		mapdb_map(d->root, 0x108, dom0->root, 0x4000, TAGMA_RW, &(struct mapping){ 0 }), 0);
	while (!domain_writeback(d))
		assert_null(domain_lookup(domid));
	assert_null(domain_find(domid));
	assert_null(thread_lookup(id));
	assert_int_equal(frame_count((uint16_t)domid), pages);
	assert_int_equal(drain(dom0, types), TAGMA_DOMAIN_PARTS);
	assert_int_equal(saved.domid, domid);
	assert_int_equal(saved.wake_ns, 777777);
	assert_true(saved.flags & TAGMA_SAVED_RUNNABLE);
	/* what others have of its memory stays, and a new domain does not get its name */
	assert_int_equal(mapdb_lookup(dom0->root, 0x4000).rights, TAGMA_RW);
	{
		int err;

		assert_null(domain_create_as(domid, 0, &err));
		assert_int_equal(err, -XEN_EEXIST);
	}
	assert_int_equal(reload(), 0);
	assert_int_equal(reload(), -XEN_EEXIST);
	d = domain_lookup(domid);
	assert_non_null(d);
	assert_int_equal(d->nr_pages, pages);
	assert_int_equal(domain_physmap_get(d, 0x107).n, page.n);
	assert_int_equal(d->vcpu[0].timer.deadline, 777777);
	assert_int_equal(d->vcpu[0].trap_ip, 0x4242);
	assert_int_equal(d->cpu_percent, 30);
	assert_int_equal(d->pause_count, 1);
	arch_thread_get_regs(d->vcpu[0].thread, &regs);
	assert_int_equal(regs.ip, 0x1234);
	/* its own ring, in its own memory, has its thread and then its space */
	assert_int_equal(drain(d, types), 2);
	assert_int_equal(types[0], TAGMA_TYPE_THREAD);
	assert_int_equal(types[1], TAGMA_TYPE_SPACE);
	host_preempt = false;
	domain_unpause(d);
	assert_true(domain_is_running(d));
}

static void test_more_than_the_pool(void **state)
{
	uint32_t types[RING_NR], gone = 0;

	(void)state;
	for (uint32_t i = 0; i < 3 * POOL; i++) {
		struct domain *d = make();

		thread_set_state(d->vcpu[0].thread, THREAD_BLOCKED);
		gone += drain(dom0, types) / TAGMA_DOMAIN_PARTS;
		assert_true(all_holds());
	}
	assert_int_equal(gone, 2 * POOL + 1);
	assert_int_equal(domain_count(), POOL);
}

static void test_locked_stay(void **state)
{
	struct domain *a = make(), *b = make(), *c = make();
	uint32_t ida = a->domid, idb = b->domid, idc = c->domid;

	(void)state;
	assert_int_equal(cache_lock_domain(a, true), 0);
	assert_int_equal(cache_lock_domain(b, true), 0);
	assert_int_equal(cache_lock_domain(c, true), -XEN_ENOSPC);
	make();
	assert_non_null(domain_lookup(ida));
	assert_non_null(domain_lookup(idb));
	assert_null(domain_lookup(idc));
}

static void connect(struct domain *a, struct domain *b)
{
	a->ports[3] = (struct tagma_port){ PORT_INTERDOMAIN, 0, b->domid, 5, 0 };
	b->ports[5] = (struct tagma_port){ PORT_INTERDOMAIN, 0, a->domid, 3, 0 };
}

static void test_events_wait(void **state)
{
	struct domain *a = make(), *b = make();
	uint32_t idb = b->domid, domid;

	(void)state;
	connect(a, b);
	away(b);
	evtchn_notify(&a->ports[3]);
	evtchn_notify(&a->ports[3]);
	assert_true(evtchn_wanted(&domid));
	assert_int_equal(domid, idb);
	assert_false(evtchn_wanted(&domid));
	assert_int_equal(reload(), 0);
	b = domain_lookup(idb);
	assert_true(evtchn_is_pending(b, 5));
	assert_int_equal(a->ports[3].unsent, UNSENT_NONE);
}

/* The sender goes, too, before the receiver comes back; and one end is closed meanwhile. */
static void test_ends_agree_again(void **state)
{
	static struct tagma_saved_domain first;
	struct domain *a = make(), *b = make();
	uint32_t ida = a->domid, idb = b->domid, domid;

	(void)state;
	connect(a, b);
	away(b);
	first = saved;
	evtchn_notify(&a->ports[3]);
	away(a);
	assert_int_equal(reload(), 0);
	assert_true(evtchn_wanted(&domid));
	saved = first;
	assert_int_equal(reload(), 0);
	b = domain_lookup(idb);
	a = domain_lookup(ida);
	assert_true(evtchn_is_pending(b, 5));
	away(b);
	assert_int_equal(evtchn_close(a, 3), 0);
	assert_int_equal(reload(), 0);
	assert_int_equal(domain_lookup(idb)->ports[5].state, PORT_UNBOUND);
}

static void test_destroyed_on_its_way(void **state)
{
	uint32_t free = frame_count_free(), types[RING_NR];
	struct domain *d = make();

	(void)state;
	thread_load(d, space_load(d, 0, 0));
	assert_false(domain_writeback(d));
	while (!domain_destroy(d))
		assert_true(all_holds());
	assert_int_equal(frame_count_free(), free);
	assert_int_equal(drain(dom0, types), 0);
}

static void test_hostile_records(void **state)
{
	static struct tagma_saved_domain good;
	struct domain *d = make();
	uint32_t domid = d->domid, refused = 0;

	(void)state;
	srand(7);
	connect(d, make());
	away(d);
	good = saved;
	for (int i = 0; i < 3000; i++) {
		saved = good;
		for (int n = rand() % 4; n >= 0; n--)
			((uint8_t *)&saved)[(size_t)rand() % (rand() % 2 ? 200 : sizeof(saved))] =
				(uint8_t)rand();
		if (reload()) {
			refused++;
			continue;
		}
		d = domain_lookup(saved.domid);
		assert_non_null(d);
		(void)sched_exit();
		if (d->domid == domid) {
			away(d); /* its memory stays for the next try */
		} else {
			while (!domain_destroy(d))
				;
		}
		assert_int_equal(frame_count((uint16_t)domid), PAGES);
	}
	assert_true(refused > 300);
	saved = good;
	assert_int_equal(reload(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(test_more_than_the_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_locked_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends_agree_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_destroyed_on_its_way, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_records, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The object cache: who is replaced, in which order, and what its owner is told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <host.h>
#include <hv/cache.h>
#include <hv/cpu.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/panic.h>
#include <hv/mapdb.h>
#include <hv/thread.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 2048
#define DOMAINS 3
#define PAGES 64u
#define SPACES 12u
#define THREADS 18u
#define NODES 48u
#define ARG 0x120000u
#define RING 0x130000u
#define RING_NR 32u
#define KNOWN 256

static struct domain *dom[DOMAINS]; /* 0 is the controller */
static struct thread *vcpu[DOMAINS];

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

static struct domain *make_domain(uint32_t n)
{
	struct tagma_domain_start st = { .shared_info = 0x110000, .prio = 100 };
	int err;
	struct domain *d = domain_create(PAGES, &err);

	assert_non_null(d);
	d->top_prio = 255;
	for (uint32_t i = 0; i < PAGES; i++)
		assert_int_equal(domain_populate(d, 0x100 + i), 0);
	assert_int_equal(domain_start(d, &st), 0);
	vcpu[n] = d->vcpu[0].thread;
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
	space_init_pool(SPACES);
	mapdb_init(NODES);
	sched_init(this_cpu());
	thread_init_pool(THREADS);
	domain_init_pool(4);
	for (uint32_t i = 0; i < DOMAINS; i++)
		dom[i] = make_domain(i);
	host_cpu.current = vcpu[0];
	sched_dequeue(vcpu[0]);
	return 0;
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

/* --- what a guest does */

static struct tagma_ring *ring(unsigned n) { return guest_ptr(dom[n]->root, GVA(RING), TAGMA_W); }

/* By copies: a record may cross pages. NULL: there is none. */
static const struct tagma_record *take(unsigned n)
{
	static struct tagma_record r;
	uint32_t i = ring(n)->cons % RING_NR;

	if (ring(n)->cons == ring(n)->prod)
		return NULL;
	assert_int_equal(copy_from_guest(dom[n]->root, &r,
					 GVA(RING + sizeof(struct tagma_ring) + i * sizeof(r)),
					 sizeof(r), NULL),
			 0);
	ring(n)->cons++;
	return &r;
}

static uint32_t records(unsigned n) { return ring(n)->prod - ring(n)->cons; }

static long open_ring(unsigned n, uint32_t nr)
{
	struct tagma_channel c = { RING, nr };

	return channel_open(dom[n], &c);
}

static long load_space(unsigned n, uint32_t flags, uint32_t *id)
{
	struct tagma_space *s = guest_ptr(dom[n]->root, GVA(ARG), TAGMA_W);
	long r;

	*s = (struct tagma_space){ .cookie = 7, .flags = flags };
	do {
		r = hc_space(vcpu[n], TAGMA_SPACE_load, GVA(ARG));
	} while (r == HC_RESTART);
	*id = s->id;
	return r;
}

static long load_thread(unsigned n, uint32_t space, uint32_t flags, uint32_t *id)
{
	struct tagma_thread *t = guest_ptr(dom[n]->root, GVA(ARG), TAGMA_W);
	long r;

	*t = (struct tagma_thread){
		.space = space,
		.flags = flags,
		.prio = 1,
		.cookie = 9,
		.regs = { .ip = 0x1234 },
	};
	r = hc_thread(vcpu[n], TAGMA_THREAD_load, GVA(ARG));
	*id = t->id;
	return r;
}

#define STOPPED TAGMA_THREAD_F_STOPPED
#define LOCKED TAGMA_THREAD_F_LOCKED

/* --- single rules */

static void oldest_unused_goes_first(void **state)
{
	uint32_t id[SPACES], i, more;

	(void)state;
	assert_int_equal(open_ring(1, RING_NR), 0);
	for (i = 0; space_pool.nr_free; i++)
		assert_int_equal(load_space(1, 0, &id[i]), 0);
	assert_int_equal(load_space(1, 0, &more), 0); /* all were fresh: the oldest */
	assert_int_equal(take(1)->id, id[0]);
	assert_null(space_lookup(id[0]));
	assert_non_null(space_lookup(id[1])); /* used since: its second chance */
	assert_int_equal(load_space(1, 0, &more), 0);
	assert_int_equal(take(1)->id, id[2]);
	assert_null(take(1));
}

static void idle_threads_before_ready_ones(void **state)
{
	uint32_t ready, idle[THREADS], i, more;

	(void)state;
	assert_int_equal(open_ring(1, RING_NR), 0);
	assert_int_equal(load_thread(1, TAGMA_SELF, 0, &ready), 0);
	for (i = 0; thread_pool.nr_free; i++)
		assert_int_equal(load_thread(1, TAGMA_SELF, STOPPED, &idle[i]), 0);
	for (uint32_t k = 0; k < i; k++) {
		assert_int_equal(load_thread(1, TAGMA_SELF, STOPPED, &more), 0);
		assert_int_equal(take(1)->id, idle[k]);
	}
	assert_non_null(thread_lookup(ready));
	assert_int_equal(this_cpu()->counter[COUNTER_writeback_thread], i);
}

static void threads_before_their_space(void **state)
{
	uint32_t s, t[3], more;
	const struct tagma_record *r;

	(void)state;
	assert_int_equal(open_ring(1, RING_NR), 0);
	assert_int_equal(load_space(1, 0, &s), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(load_thread(1, s, STOPPED, &t[i]), 0);
	assert_int_equal(host_map(dom[1]->root, 0x120, space_lookup(s), 5, TAGMA_RW), 0);
	assert_int_equal(host_access(space_lookup(s), 5, TAGMA_W), VTLB_FILLED);
	while (space_pool.nr_free)
		assert_int_equal(load_space(1, 0, &more), 0);
	host_preempt = true; /* stops wherever it can */
	while (space_lookup(s)) {
		assert_int_equal(load_space(1, 0, &more), 0);
		if (space_lookup(s))
			assert_int_equal(take(1)->type, TAGMA_TYPE_SPACE);
	}
	for (int i = 0; i < 3; i++) {
		r = take(1);
		assert_int_equal(r->type, TAGMA_TYPE_THREAD);
		assert_int_equal(r->id, t[i]);
		assert_int_equal(r->cookie, 9);
		assert_int_equal(r->thread.t.space, s);
		assert_int_equal(r->thread.t.regs.ip, 0x1234);
		assert_int_equal(r->thread.t.state, TAGMA_TS_STOPPED);
	}
	r = take(1);
	assert_int_equal(r->type, TAGMA_TYPE_SPACE);
	assert_int_equal(r->id, s);
	assert_int_equal(r->cookie, 7);
	/* the mapping went without a record, its bits are where it came from */
	assert_int_equal(host_status(dom[1]->root, 0x120) & TAGMA_MAP_DIRTY, TAGMA_MAP_DIRTY);
	assert_int_equal(load_thread(1, s, STOPPED, &more), -XEN_ESRCH);
}

static void locked_ones_stay(void **state)
{
	uint32_t s, t, root, more;

	(void)state;
	assert_int_equal(open_ring(1, RING_NR), 0);
	assert_int_equal(load_space(1, 0, &s), 0);
	assert_int_equal(load_thread(1, s, LOCKED, &t), -XEN_ENOSPC);
	assert_int_equal(cache_set_quota(dom[1], (uint32_t[]){ 99, 0, 0 }), -XEN_ENOSPC);
	assert_int_equal(cache_set_quota(dom[1], (uint32_t[]){ 1, 2, 8 }), 0);
	assert_int_equal(load_thread(1, s, LOCKED, &t), 0); /* locks its space */
	assert_int_equal(load_thread(1, TAGMA_SELF, LOCKED, &root), 0);
	assert_int_equal(load_thread(1, s, LOCKED, &more), -XEN_ENOSPC);
	assert_int_equal(load_space(1, TAGMA_SPACE_F_LOCKED, &more), -XEN_ENOSPC);
	assert_int_equal(host_map(dom[1]->root, 0x120, space_lookup(s), 5, TAGMA_RW), 0);
	assert_int_equal(cache_set_quota(dom[1], (uint32_t[]){ 0, 2, 8 }), -XEN_EBUSY);
	for (uint32_t i = 0; i < 3 * SPACES; i++) {
		assert_int_equal(load_space(1, 0, &more), 0);
		assert_int_equal(load_thread(1, more, 0, &more), 0);
		while (take(1))
			;
	}
	for (uint32_t i = 0; i < 3 * NODES; i++)
		assert_int_equal(host_map(dom[1]->root, 0x121, dom[1]->root, 0x1000 + i, TAGMA_R),
				 0);
	assert_non_null(space_lookup(s));
	assert_non_null(thread_lookup(t));
	assert_non_null(thread_lookup(root));
	assert_int_equal(mapdb_lookup(space_lookup(s), 5).rights, TAGMA_RW);
	while (!space_unload(space_lookup(s)))
		;
	assert_int_equal(dom[1]->locked[LOCK_SPACE], 0);
	assert_int_equal(dom[1]->locked[LOCK_THREAD], 1);
}

static void a_share_is_safe(void **state)
{
	uint32_t mine[SPACES], n, more, share = cache_share(SPACES);

	(void)state;
	assert_int_equal(share, SPACES / DOMAINS);
	assert_int_equal(open_ring(1, RING_NR), 0);
	assert_int_equal(open_ring(2, RING_NR), 0);
	for (n = 0; dom[1]->nr_spaces < share; n++)
		assert_int_equal(load_space(1, 0, &mine[n]), 0);
	for (int i = 0; i < 50; i++) { /* a neighbour may use what is free, and then its own */
		assert_int_equal(load_space(2, 0, &more), 0);
		while (take(2))
			;
	}
	for (uint32_t i = 0; i < n; i++)
		assert_non_null(space_lookup(mine[i]));
	assert_int_equal(records(1), 0);
	assert_true(dom[2]->nr_spaces > share);
	/* a newcomer below its share takes from the one above */
	assert_int_equal(load_space(0, 0, &more), 0);
	assert_int_equal(take(2)->type, TAGMA_TYPE_SPACE);
	assert_int_equal(records(1), 0);
}

static void a_full_ring_stops_its_owner_alone(void **state)
{
	uint32_t id, n = 0;
	long r;

	(void)state;
	assert_int_equal(open_ring(1, 3), -XEN_EINVAL);
	assert_int_equal(open_ring(1, 16), 0);
	while ((r = load_space(1, 0, &id)) == 0)
		n++;
	assert_int_equal(r, -XEN_EAGAIN);
	assert_true(n >= 16);
	assert_true(records(1) + dom[1]->nr_spaces - 1 == 16); /* each has its place */
	while (dom[1]->nr_spaces > cache_share(SPACES))	       /* others still make it give */
		assert_int_equal(load_space(2, 0, &id), 0);
	assert_true(records(1) + dom[1]->nr_spaces - 1 == 16);
	assert_non_null(take(1));
	assert_int_equal(load_space(1, 0, &id), 0);
}

static void without_a_channel(void **state)
{
	uint32_t id, mine;

	(void)state;
	assert_int_equal(load_space(1, 0, &mine), 0);
	while (space_pool.nr_free)
		assert_int_equal(load_space(1, 0, &id), 0);
	assert_int_equal(load_space(1, 0, &id), -XEN_ENOMEM);
	assert_non_null(space_lookup(mine));
	assert_int_equal(load_space(2, 0, &id), 0); /* its right */
	assert_int_equal(load_space(1, 0, &id), -XEN_ENOMEM);
}

static void a_spoilt_ring_harms_its_owner_alone(void **state)
{
	uint32_t id;

	(void)state;
	assert_int_equal(open_ring(1, RING_NR), 0);
	while (space_pool.nr_free)
		assert_int_equal(load_space(1, 0, &id), 0);
	domain_physmap_clear(dom[1], RING >> PAGE_SHIFT);
	assert_int_equal(load_space(1, 0, &id), -XEN_EAGAIN);
	assert_int_equal(load_space(2, 0, &id), 0);
	assert_int_equal(dom[1]->channel.nr, 0);
	assert_int_equal(domain_populate(dom[1], RING >> PAGE_SHIFT), -XEN_ENOMEM);
	dom[1]->max_pages++;
	assert_int_equal(domain_populate(dom[1], RING >> PAGE_SHIFT), 0);
	assert_int_equal(open_ring(2, RING_NR), 0);
	ring(2)->cons = 77; /* it lies */
	assert_int_equal(load_space(2, 0, &id), -XEN_EAGAIN);
}

/* A thread waits in each of the ways there are; then it is written back. */
static void waits_are_recorded(void **state)
{
	uint32_t h, id[4];
	struct thread *t[4], *handler;
	const struct tagma_record *r;

	(void)state;
	assert_int_equal(open_ring(1, RING_NR), 0);
	assert_int_equal(load_thread(1, TAGMA_SELF, STOPPED, &h), 0);
	handler = thread_lookup(h);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(load_thread(1, TAGMA_SELF, 0, &id[i]), 0);
		t[i] = thread_lookup(id[i]);
		t[i]->handler = t[i]->pager = h;
		sched_dequeue(t[i]);
	}
	ipc_fault(t[0], 0x5000, TAGMA_W | TAGMA_FAULT_PRESENT);
	ipc_trap(t[1], 0x80, 3);
	t[2]->arch.ipc_dest = h; /* a send that nobody takes */
	hc_ipc(t[2]);
	t[3]->arch.ipc_dest = TAGMA_NIL; /* an open receive */
	t[3]->arch.ipc_from = TAGMA_ANY;
	hc_ipc(t[3]);
	for (int i = 0; i < 4; i++)
		writeback_thread(t[i]);
	r = take(1);
	assert_int_equal(r->pending, TAGMA_PENDING_FAULT);
	assert_int_equal(r->w[0], 0x5000);
	assert_int_equal(r->w[1], TAGMA_W | TAGMA_FAULT_PRESENT);
	assert_int_equal(r->thread.t.state, TAGMA_TS_HANDLED);
	r = take(1);
	assert_int_equal(r->pending, TAGMA_PENDING_TRAP);
	assert_int_equal(r->w[0], 0x80);
	assert_int_equal(r->w[1], 3);
	for (int i = 2; i < 4; i++) {
		r = take(1);
		assert_int_equal(r->id, id[i]);
		assert_int_equal(r->pending, 0);
		assert_int_equal(r->thread.t.state, TAGMA_TS_READY);
		assert_int_equal(t[i]->arch.hc_restarts, 1);
	}
	assert_true(list_empty(&handler->ipc.senders));
}

static void nodes_give_way(void **state)
{
	uint32_t a, b;
	struct space *s, *below;

	(void)state;
	assert_int_equal(load_space(1, 0, &a), 0);
	assert_int_equal(load_space(1, 0, &b), 0);
	s = space_lookup(a);
	below = space_lookup(b);
	assert_int_equal(host_map(dom[1]->root, 0x120, s, 1, TAGMA_RW), 0);
	for (uint32_t i = 0; i < 5 * NODES; i++) {
		/* the source's own chain is never what goes */
		assert_int_equal(host_map(s, 1, below, 0x100 + i, TAGMA_RW), 0);
		assert_int_equal(mapdb_lookup(below, 0x100 + i).rights, TAGMA_RW);
		assert_true(mapdb_check());
	}
	assert_int_equal(mapdb_count(), NODES);
	assert_int_equal(this_cpu()->counter[COUNTER_writeback_mapping], 5 * NODES + 1 - NODES);
}

static void a_used_mapping_stays(void **state)
{
	uint32_t a;
	struct space *s;

	(void)state;
	assert_int_equal(load_space(1, 0, &a), 0);
	s = space_lookup(a);
	assert_int_equal(host_map(dom[1]->root, 0x120, s, 1, TAGMA_RW), 0);
	for (uint32_t i = 0; i < 4 * NODES; i++) {
		assert_int_equal(host_access(s, 1, TAGMA_W), VTLB_FILLED);
		assert_int_equal(host_map(dom[1]->root, 0x121, s, 0x100 + i, TAGMA_R), 0);
	}
	assert_int_equal(mapdb_lookup(s, 1).rights, TAGMA_RW);
	assert_int_equal(host_status(dom[1]->root, 0x120) & TAGMA_MAP_DIRTY, TAGMA_MAP_DIRTY);
}

/* --- against a model: what each domain has loaded, less what it was told is gone */

struct known {
	uint32_t id, space; /* space: of a thread */
	bool locked;
};
static struct known known[DOMAINS][KNOWN];

static struct known *find(unsigned n, uint32_t id)
{
	for (unsigned i = 0; i < KNOWN; i++)
		if (known[n][i].id == id)
			return &known[n][i];
	return NULL;
}

static void model_add(unsigned n, uint32_t id, uint32_t space, bool locked)
{
	struct known *k = find(n, 0);

	assert_non_null(k);
	*k = (struct known){ id, space, locked };
}

static bool is_live(uint32_t id)
{
	return TAGMA_ID_TYPE(id) == TAGMA_TYPE_SPACE ? space_lookup(id) != NULL
						     : thread_lookup(id) != NULL;
}

static void model_drain(unsigned n)
{
	const struct tagma_record *r;

	while ((r = take(n))) {
		struct known *k = find(n, r->id);

		assert_non_null(k); /* it was told once, and it was its own */
		assert_false(k->locked);
		assert_false(is_live(r->id));
		for (unsigned i = 0; i < KNOWN; i++)
			assert_false(known[n][i].space == r->id && known[n][i].id); /* order */
		*k = (struct known){ 0 };
	}
}

/* Nothing is lost: what is not there any more is in the ring. */
static void model_check(unsigned n)
{
	unsigned gone = 0;

	for (unsigned i = 0; i < KNOWN; i++)
		gone += known[n][i].id && !is_live(known[n][i].id);
	assert_int_equal(gone, records(n));
}

static void model_unload(unsigned n, struct known *k)
{
	uint32_t *arg = guest_ptr(dom[n]->root, GVA(ARG), TAGMA_W), id = k->id;

	if (!is_live(id))
		return;
	for (unsigned i = 0; i < KNOWN; i++) /* threads that a record tells of come first */
		if (known[n][i].space == id && known[n][i].id && !is_live(known[n][i].id))
			return;
	*arg = id;
	if (TAGMA_ID_TYPE(id) == TAGMA_TYPE_THREAD) {
		assert_int_equal(hc_thread(vcpu[n], TAGMA_THREAD_unload, GVA(ARG)), 0);
	} else {
		assert_int_equal(hc_space(vcpu[n], TAGMA_SPACE_unload, GVA(ARG)), 0);
		for (unsigned i = 0; i < KNOWN; i++)
			if (known[n][i].space == id)
				known[n][i] = (struct known){ 0 };
	}
	*k = (struct known){ 0 };
}

static void model_step(unsigned n)
{
	struct known *k = &known[n][rand() % KNOWN];
	bool lock = rand() % 8 == 0, stopped = rand() % 2;
	uint32_t id, space = TAGMA_SELF;
	long r;

	switch (rand() % 8) {
	case 0:
	case 1:
		r = load_space(n, lock ? TAGMA_SPACE_F_LOCKED : 0, &id);
		if (r == 0)
			model_add(n, id, 0, lock);
		else
			assert_true(r == -XEN_EAGAIN || (lock && r == -XEN_ENOSPC));
		break;
	case 2:
	case 3:
	case 4:
		if (k->id && TAGMA_ID_TYPE(k->id) == TAGMA_TYPE_SPACE)
			space = k->id;
		r = load_thread(n, space, (lock ? LOCKED : 0) | (stopped ? STOPPED : 0), &id);
		if (r == 0)
			model_add(n, id, space == TAGMA_SELF ? 0 : space, lock);
		else
			assert_true(r == -XEN_EAGAIN || (lock && r == -XEN_ENOSPC) ||
				    (r == -XEN_ESRCH && !is_live(space)));
		if (r == 0 && lock && space != TAGMA_SELF)
			k->locked = true;
		break;
	case 5:
		if (k->id)
			model_unload(n, k);
		break;
	case 6:
		model_drain(n);
		break;
	default:
		host_map(dom[n]->root, 0x120 + (uint32_t)rand() % 8,
			 k->id && space_lookup(k->id) ? space_lookup(k->id) : dom[n]->root,
			 0x1000 + (uint32_t)rand() % 64, TAGMA_RW);
		break;
	}
}

static void random_against_the_model(void **state)
{
	(void)state;
	srand(4711);
	memset(known, 0, sizeof(known));
	for (unsigned n = 0; n < DOMAINS; n++) {
		assert_int_equal(open_ring(n, RING_NR), 0);
		assert_int_equal(cache_set_quota(dom[n], (uint32_t[]){ n == 1, 2, 4 }), 0);
	}
	for (int i = 0; i < 60000; i++) {
		unsigned n = (unsigned)rand() % DOMAINS;

		host_preempt = rand() % 2;
		model_step(n);
		for (n = 0; n < DOMAINS; n++)
			model_check(n);
		if (i % 64 == 0)
			assert_true(all_holds());
	}
	assert_true(this_cpu()->counter[COUNTER_writeback_space] > 1000);
	assert_true(this_cpu()->counter[COUNTER_writeback_thread] > 1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(oldest_unused_goes_first),
		TEST(idle_threads_before_ready_ones),
		TEST(threads_before_their_space),
		TEST(locked_ones_stay),
		TEST(a_share_is_safe),
		TEST(a_full_ring_stops_its_owner_alone),
		TEST(without_a_channel),
		TEST(a_spoilt_ring_harms_its_owner_alone),
		TEST(waits_are_recorded),
		TEST(nodes_give_way),
		TEST(a_used_mapping_stays),
		TEST(random_against_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

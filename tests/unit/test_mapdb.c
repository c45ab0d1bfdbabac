/* SPDX-License-Identifier: GPL-2.0-only */
/* The mapping database: one property a test. test_mapdb_model.c has the random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <host.h>
#include <hv/domain.h>
#include <hv/mapdb.h>
#include <xen/errno.h>

#define NODES 4096u
#define P 0x100u /* the page of the roots that has a frame */
#define PORT (MAPDB_PORT | 0x2f8)

static struct domain *control, *dom;
static struct space *root, *a, *b, *c;

static int start(void **state)
{
	(void)state;
	world_init(1024, NODES);
	control = world_domain(0, 16);
	dom = world_domain(1, 16);
	root = dom->root;
	a = space_load(dom, 0, 0);
	b = space_load(dom, 0, 0);
	c = space_load(dom, 0, 0);
	return domain_populate(dom, P) || domain_populate(control, P);
}

static int stop(void **state)
{
	(void)state;
	return !mapdb_check() || !host_vtlb_check() || !frame_check();
}

static uint32_t rights(struct space *s, vpn_t v) { return mapdb_lookup(s, v).rights; }

static uint32_t flush(struct space *s, vpn_t v, uint32_t r, bool self)
{
	uint32_t calls = 1;

	while (!host_flush(s, v, r, self))
		calls++;
	return calls;
}

static void a_map_shares_the_frame(void **state)
{
	(void)state;
	assert_int_equal(host_map(root, P, a, 5, TAGMA_RW), 0);
	assert_true(mfn_eq(mapdb_lookup(a, 5).mfn, domain_physmap_get(dom, P)));
	assert_int_equal(rights(a, 5), TAGMA_RW);
	assert_int_equal(rights(root, P), TAGMA_RWX);
	assert_int_equal(rights(a, 6), 0);
	assert_int_equal(a->nr_nodes, 1);
	assert_int_equal(dom->nr_nodes, 1);
	assert_int_equal(host_map(a, 6, b, 5, TAGMA_R), MAPDB_NOTHING);
	assert_int_equal(mapdb_count(), 1);
}

static void rights_never_widen(void **state)
{
	(void)state;
	assert_int_equal(host_map(root, P, a, 5, TAGMA_R), 0);
	assert_int_equal(host_map(a, 5, b, 5, TAGMA_RWX), 0);
	assert_int_equal(rights(b, 5), TAGMA_R);
	assert_int_equal(host_grant(b, 5, c, 5, TAGMA_RWX), 0);
	assert_int_equal(rights(c, 5), TAGMA_R);
	assert_int_equal(host_map(c, 5, b, 6, TAGMA_W), -XEN_EINVAL);
	/* what a flush took does not come back by mapping again */
	assert_int_equal(host_map(root, P, a, 6, TAGMA_RW), 0);
	assert_int_equal(host_map(a, 6, b, 7, TAGMA_RW), 0);
	flush(root, P, TAGMA_W, false);
	assert_int_equal(rights(a, 6), TAGMA_R);
	assert_int_equal(host_map(a, 6, b, 7, TAGMA_RW), 0);
	assert_int_equal(rights(b, 7), TAGMA_R);
}

/* Figure 1 of the paper: f1 maps to F, F grants to A; F is out of it. */
static void a_granter_drops_out(void **state)
{
	(void)state;
	assert_int_equal(host_map(root, P, a, 1, TAGMA_RW), 0); /* f1 */
	assert_int_equal(host_map(a, 1, b, 2, TAGMA_RW), 0);	/* F */
	assert_int_equal(host_grant(b, 2, c, 3, TAGMA_RW), 0);	/* A */
	assert_int_equal(rights(b, 2), 0);
	assert_int_equal(rights(c, 3), TAGMA_RW);
	flush(b, 2, TAGMA_RWX, true); /* F cannot flush */
	assert_int_equal(rights(c, 3), TAGMA_RW);
	flush(a, 1, TAGMA_RWX, false); /* f1 can */
	assert_int_equal(rights(c, 3), 0);
	assert_int_equal(rights(a, 1), TAGMA_RW);
}

static void a_grant_takes_what_the_granter_gave(void **state)
{
	(void)state;
	assert_int_equal(host_map(root, P, a, 1, TAGMA_RW), 0);
	assert_int_equal(host_map(a, 1, b, 1, TAGMA_RW), 0);
	assert_int_equal(host_grant(a, 1, c, 1, TAGMA_RW), 0); /* σ(v) := nil flushes it */
	assert_int_equal(rights(b, 1), 0);
	assert_int_equal(mapdb_count(), 1);
	/* to a page that derives from it */
	assert_int_equal(host_map(c, 1, b, 1, TAGMA_R), 0);
	assert_int_equal(host_grant(c, 1, b, 1, TAGMA_RW), 0);
	assert_int_equal(rights(b, 1), TAGMA_RW);
	assert_int_equal(rights(c, 1), 0);
}

static void a_granted_physmap_page_is_gone(void **state)
{
	mfn_t m = domain_physmap_get(dom, P);

	(void)state;
	assert_int_equal(host_access(root, P, TAGMA_W), VTLB_FILLED);
	assert_int_equal(host_grant(root, P, a, 1, TAGMA_RW), 0);
	assert_int_equal(rights(root, P), 0);
	assert_false(mfn_ok(domain_physmap_get(dom, P)));
	assert_int_equal(host_access(root, P, TAGMA_R), VTLB_FAULT);
	assert_int_equal(frame_of(m)->gpn, GPN_NONE);
	assert_int_equal(frame_of(m)->owner, dom->domid);
	assert_int_equal(frame_of(m)->flags, FRAME_ACCESSED | FRAME_DIRTY);
	assert_int_equal(rights(a, 1), TAGMA_RW);
	/* it may even come back to the same page, as a mapping */
	assert_int_equal(domain_physmap_set(dom, P, m), -XEN_EINVAL);
	assert_int_equal(host_map(a, 1, root, P, TAGMA_R), 0);
	assert_int_equal(rights(root, P), TAGMA_R);
	assert_int_equal(domain_populate(dom, P), -XEN_EEXIST);
	while (!mapdb_flush_frame(m))
		;
	assert_int_equal(mapdb_count(), 0);
	assert_int_equal(domain_physmap_set(dom, P, m), 0);
}

static void cycles_are_refused(void **state)
{
	(void)state;
	assert_int_equal(host_map(root, P, a, 1, TAGMA_RW), 0);
	assert_int_equal(host_map(a, 1, b, 1, TAGMA_RW), 0);
	assert_int_equal(host_map(b, 1, c, 1, TAGMA_RW), 0);
	assert_int_equal(host_map(a, 1, a, 1, TAGMA_RW), -XEN_EEXIST);
	assert_int_equal(host_grant(a, 1, a, 1, TAGMA_RW), -XEN_EEXIST);
	assert_int_equal(host_map(c, 1, a, 1, TAGMA_RW), -XEN_EEXIST);
	assert_int_equal(host_grant(c, 1, b, 1, TAGMA_RW), -XEN_EEXIST);
	assert_int_equal(host_map(c, 1, root, P, TAGMA_RW), -XEN_EEXIST);
	assert_int_equal(host_map(root, P, control->root, P, TAGMA_RW), -XEN_EEXIST);
	assert_int_equal(mapdb_count(), 3);
}

static void an_old_mapping_goes_with_all_derived(void **state)
{
	(void)state;
	assert_int_equal(host_map(control->root, P, a, 1, TAGMA_RW), 0);
	assert_int_equal(host_map(a, 1, b, 1, TAGMA_RW), 0);
	assert_int_equal(host_access(b, 1, TAGMA_W), VTLB_FILLED);
	assert_int_equal(host_map(root, P, a, 1, TAGMA_R), 0);
	assert_int_equal(rights(b, 1), 0);
	assert_true(mfn_eq(mapdb_lookup(a, 1).mfn, domain_physmap_get(dom, P)));
	assert_int_equal(mapdb_count(), 1);
	assert_int_equal(host_status(control->root, P), TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
}

static void rights_without_read_are_none(void **state)
{
	(void)state;
	assert_int_equal(host_map(root, P, a, 1, TAGMA_W | TAGMA_X), -XEN_EINVAL);
	assert_int_equal(host_map(root, P, a, 1, TAGMA_RWX), 0);
	flush(a, 1, TAGMA_R, true);
	assert_int_equal(rights(a, 1), 0);
	assert_int_equal(host_map(control->root, PORT, a, PORT, TAGMA_R), -XEN_EINVAL);
	assert_int_equal(host_map(control->root, PORT, a, PORT, TAGMA_RW), 0);
	flush(control->root, PORT, TAGMA_W, false);
	assert_int_equal(rights(a, PORT), 0);
}

static void ports_are_pages_too(void **state)
{
	struct space *sigma = control->root;

	(void)state;
	assert_int_equal(rights(sigma, PORT), TAGMA_RW);
	assert_int_equal(rights(root, PORT), 0);
	assert_int_equal(host_map(sigma, PORT, a, PORT + 1, TAGMA_RW), -XEN_EINVAL);
	assert_int_equal(host_map(sigma, PORT, a, 1, TAGMA_RW), -XEN_EINVAL);
	assert_int_equal(host_map(sigma, P, a, PORT, TAGMA_RW), -XEN_EINVAL);
	assert_int_equal(host_map(sigma, PORT, a, PORT, TAGMA_RW), 0);
	assert_int_equal(host_map(a, PORT, b, PORT, TAGMA_RW), 0);
	assert_int_equal(host_access(b, PORT, TAGMA_R), VTLB_FILLED);
	assert_true(host_io_allowed(b, 0x2f8));
	flush(a, PORT, TAGMA_RWX, true);
	assert_false(host_io_allowed(b, 0x2f8));
	assert_int_equal(rights(b, PORT), 0);
	assert_int_equal(host_status(sigma, PORT), 0);
}

static void a_granted_port_comes_back(void **state)
{
	struct space *sigma = control->root;

	(void)state;
	assert_int_equal(host_access(sigma, PORT, TAGMA_R), VTLB_FILLED);
	assert_int_equal(host_grant(sigma, PORT, a, PORT, TAGMA_RW), 0);
	assert_int_equal(rights(sigma, PORT), 0);
	assert_false(host_io_allowed(sigma, 0x2f8));
	assert_int_equal(host_grant(a, PORT, b, PORT, TAGMA_RW), 0);
	assert_int_equal(host_map(b, PORT, sigma, PORT, TAGMA_RW), 0); /* lent back */
	assert_int_equal(mapdb_lookup(sigma, PORT).node != 0, 1);
	assert_int_equal(mapdb_lookup(sigma, PORT + 1).node, 0);
	while (!mapdb_flush_space(b))
		;
	assert_int_equal(rights(sigma, PORT), TAGMA_RW);
	assert_int_equal(mapdb_lookup(sigma, PORT).node, 0);
	assert_int_equal(mapdb_count(), 0);
}

/* 3000 siblings: each call does a batch, none visits what another has done. */
static void flush_of_some_rights_makes_progress(void **state)
{
	uint32_t calls;

	(void)state;
	for (vpn_t v = 0; v < 3000; v++)
		assert_int_equal(host_map(root, P, v % 2 ? a : b, v, v % 3 ? TAGMA_RWX : TAGMA_R),
				 0);
	assert_true(host_access(a, 1, TAGMA_W) == VTLB_FILLED);
	calls = flush(root, P, TAGMA_X, false);
	assert_in_range(calls, 2000 / MAPDB_BATCH, 2000 / MAPDB_BATCH + 2);
	calls = flush(root, P, TAGMA_W, false);
	assert_in_range(calls, 2000 / MAPDB_BATCH, 2000 / MAPDB_BATCH + 2);
	assert_int_equal(flush(root, P, TAGMA_W, false), 1);
	assert_int_equal(mapdb_count(), 3000);
	assert_int_equal(rights(a, 1), TAGMA_R);
	assert_int_equal(host_status(root, P), TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
	assert_true(mapdb_check());
	calls = flush(root, P, TAGMA_RWX, false);
	assert_in_range(calls, 3000 / MAPDB_BATCH, 3000 / MAPDB_BATCH + 2);
	assert_int_equal(mapdb_count(), 0);
}

static void a_large_old_mapping_goes_in_steps(void **state)
{
	uint32_t calls = 1;

	(void)state;
	assert_int_equal(host_map(root, P, a, 0, TAGMA_RW), 0);
	for (vpn_t v = 0; v < 1000; v++)
		assert_int_equal(host_map(a, 0, b, v, TAGMA_RW), 0);
	for (int r; (r = host_map(control->root, P, a, 0, TAGMA_RW)); calls++)
		assert_int_equal(r, MAPDB_RESTART);
	assert_in_range(calls, 1000 / MAPDB_BATCH, 1000 / MAPDB_BATCH + 2);
	assert_int_equal(mapdb_count(), 1);
}

/* A walk that was stopped goes on where it was, or starts again if that is gone; another's
 * comes between. Nothing is lost in either case. */
static void status_goes_on(void **state)
{
	uint32_t calls = 0, bits;

	(void)state;
	assert_int_equal(host_map(root, P, a, 0, TAGMA_RW), 0);
	for (vpn_t v = 1; v <= 10 * MAPDB_BATCH; v++) {
		assert_int_equal(host_map(a, 0, b, v, TAGMA_RW), 0);
		if (v % 100 == 1)
			host_access(b, v, TAGMA_W);
	}
	for (; (bits = mapdb_status(root, P)) == MAPDB_MORE; calls++) {
		if (calls == 3) /* all of those where it may stand */
			for (vpn_t v = 1; v <= 5 * MAPDB_BATCH; v++)
				while (!host_flush(b, v, TAGMA_RWX, true))
					;
		if (calls == 5)
			assert_int_equal(mapdb_status(a, 0), MAPDB_MORE);
	}
	assert_in_range(calls, 9, 20);
	assert_int_equal(bits, TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
	assert_int_equal(host_status(root, P), 0);
	assert_int_equal(host_status(a, 0), TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
	assert_int_equal(host_status(b, 5 * MAPDB_BATCH + 81),
			 TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
}

static void chains_have_an_end(void **state)
{
	vpn_t v;

	(void)state;
	assert_int_equal(host_map(root, P, a, 0, TAGMA_RW), 0);
	for (v = 1; v < MAPDB_MAX_DEPTH; v++)
		assert_int_equal(host_map(a, v - 1, a, v, TAGMA_RW), 0);
	assert_int_equal(host_map(a, v - 1, a, v, TAGMA_RW), -XEN_EMLINK);
	assert_int_equal(host_grant(a, v - 1, a, v, TAGMA_RW), 0); /* no deeper */
	host_access(a, v, TAGMA_R);
	assert_int_equal(host_status(root, P), TAGMA_MAP_ACCESSED);
	assert_int_equal(host_status(a, 100), TAGMA_MAP_ACCESSED);
	assert_true(mapdb_check());
	flush(a, 0, TAGMA_RWX, true);
	assert_int_equal(mapdb_count(), 0);
}

static void a_full_pool_is_an_error_without_trace(void **state)
{
	vpn_t v = 0;
	int r;

	(void)state;
	while (!(r = host_map(root, P, a, v, TAGMA_RW)))
		v++;
	assert_int_equal(r, -XEN_ENOMEM);
	assert_int_equal(v, NODES);
	assert_int_equal(host_grant(control->root, P, b, 0, TAGMA_RW), -XEN_ENOMEM);
	assert_true(mfn_ok(domain_physmap_get(control, P)));
	/* what needs no more nodes than it frees still works */
	assert_int_equal(host_map(control->root, P, a, 7, TAGMA_RW), 0);
	assert_int_equal(host_grant(a, 7, b, 7, TAGMA_RW), 0);
	assert_int_equal(host_map(root, P, b, 8, TAGMA_RW), -XEN_ENOMEM);
	assert_int_equal(mapdb_count(), NODES);
}

static void each_holder_has_its_own_bits(void **state)
{
	const uint32_t ad = TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY;

	(void)state;
	host_map(root, P, a, 1, TAGMA_RW);
	host_map(a, 1, b, 1, TAGMA_RW);
	host_map(a, 1, c, 1, TAGMA_RW);
	host_access(b, 1, TAGMA_W);
	assert_int_equal(host_status(c, 1), 0);
	assert_int_equal(host_status(root, P), ad);
	assert_int_equal(host_status(root, P), 0);
	assert_int_equal(host_status(a, 1), ad);
	assert_int_equal(host_status(b, 1), ad);
	assert_int_equal(host_status(b, 1), 0);
	/* lost neither by eviction nor by removal */
	host_access(c, 1, TAGMA_R);
	host_evict(c, 1);
	host_access(b, 1, TAGMA_W);
	flush(a, 1, TAGMA_RWX, false);
	assert_int_equal(host_status(a, 1), ad);
	assert_int_equal(host_status(root, P), ad);
}

static void walks_find_what_is_there(void **state)
{
	static const vpn_t at[] = { 0, 63, 64, 0x3ff, 0x400, 0x80000, 0xfffff };
	vpn_t v = 0;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(at); i++)
		assert_int_equal(host_map(root, P, a, at[i], TAGMA_R), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(at); i++, v++) {
		while (!rights(a, v = mapdb_next(a, v, 0x100000)))
			assert_true(v < at[i]);
		assert_int_equal(v, at[i]);
	}
	assert_int_equal(v, 0x100000);
	assert_int_equal(mapdb_next(a, 0x80001, 0xfffff), 0xfffff);
	/* emptied groups are forgotten, and found again when used again */
	while (!mapdb_flush_space(a))
		;
	for (v = 0; v < 0x100000; v = mapdb_next(a, v, 0x100000))
		assert_int_equal(rights(a, v), 0);
	assert_int_equal(mapdb_next(a, 0, 0x100000), 0x100000);
	assert_int_equal(host_map(root, P, a, 64, TAGMA_R), 0);
	assert_int_equal(mapdb_next(a, 0, 0x100000), 64);
	/* a root space: its physmap too */
	assert_int_equal(mapdb_next(root, 0, 0x100000), P);
}

static void teardown_in_steps(void **state)
{
	uint32_t id = a->obj.id, free = space_pool.nr_free, calls = 1;

	(void)state;
	for (vpn_t v = 0; v < 500; v++) {
		assert_int_equal(host_map(root, P, a, v, TAGMA_RW), 0);
		assert_int_equal(host_map(a, v, b, v, TAGMA_RW), 0);
	}
	assert_false(space_unload(a));
	assert_null(space_lookup(id));
	while (!space_unload(a))
		calls++;
	assert_in_range(calls, 1000 / MAPDB_BATCH - 1, 1000 / MAPDB_BATCH + 2);
	assert_int_equal(space_pool.nr_free, free + 1);
	assert_int_equal(b->nr_nodes, 0);
	assert_int_equal(dom->nr_nodes, 0);
	assert_int_equal(dom->nr_spaces, 3);
}

static void frames_go_back_whole(void **state)
{
	uint32_t free = frame_count_free(), own = dom->nr_pages;

	(void)state;
	for (uint32_t g = 0x5000; g < 0x5008; g++)
		assert_int_equal(domain_populate(dom, g), 0);
	assert_int_equal(dom->nr_pages, own + 8);
	assert_int_equal(domain_populate(dom, 0x5000), -XEN_EEXIST);
	assert_int_equal(domain_populate(dom, 0x100000), -XEN_EINVAL);
	assert_int_equal(frame_count(dom->domid), own + 8);
	for (uint32_t g = 0x5008; dom->nr_pages < dom->max_pages; g++)
		assert_int_equal(domain_populate(dom, g), 0);
	assert_int_equal(domain_populate(dom, 0x6000), -XEN_ENOMEM);
	for (uint32_t g = 0; (g = mapdb_next(root, g, 0x100000)) < 0x100000; g++) {
		mfn_t m = domain_physmap_get(dom, g);

		if (!mfn_ok(m) || g == P)
			continue;
		domain_physmap_clear(dom, g);
		frame_free(m);
	}
	assert_int_equal(frame_count_free(), free - 1); /* one more leaf of the physmap */
	domain_physmap_clear(dom, P);
	domain_physmap_free(dom);
	assert_int_equal(frame_count_free(), free + 2); /* the table and its first leaf */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_map_shares_the_frame),
		TEST(rights_never_widen),
		TEST(a_granter_drops_out),
		TEST(a_grant_takes_what_the_granter_gave),
		TEST(a_granted_physmap_page_is_gone),
		TEST(cycles_are_refused),
		TEST(an_old_mapping_goes_with_all_derived),
		TEST(rights_without_read_are_none),
		TEST(ports_are_pages_too),
		TEST(a_granted_port_comes_back),
		TEST(flush_of_some_rights_makes_progress),
		TEST(a_large_old_mapping_goes_in_steps),
		TEST(status_goes_on),
		TEST(chains_have_an_end),
		TEST(a_full_pool_is_an_error_without_trace),
		TEST(each_holder_has_its_own_bits),
		TEST(walks_find_what_is_there),
		TEST(teardown_in_steps),
		TEST(frames_go_back_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

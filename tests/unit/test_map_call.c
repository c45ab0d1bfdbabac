/* SPDX-License-Identifier: GPL-2.0-only */
/* The map and space hypercalls, and map items of messages, as a guest meets them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <host.h>
#include <hv/domain.h>
#include <hv/flexpage.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/mapdb.h>
#include <hv/mapitem.h>
#include <hv/thread.h>
#include <xen/errno.h>

#define OPS 0x100000u /* where the guest keeps its arguments: page 0x100 */
#define PAGES 40u     /* root pages 0x100.. */

static struct domain *control, *dom, *other;
static struct space *root, *a, *b;
static struct thread caller;

static int start(void **state)
{
	(void)state;
	world_init(1024, 4096);
	control = world_domain(0, 256);
	dom = world_domain(1, 256);
	other = world_domain(2, 256);
	root = dom->root;
	a = space_load(dom, 0, 1);
	b = space_load(other, 0, 2);
	memset(&caller, 0, sizeof(caller));
	caller.domain = dom;
	caller.space = root;
	for (uint32_t i = 0; i < PAGES; i++)
		if (domain_populate(dom, 0x100 + i))
			return -1;
	return domain_populate(control, 0x100) || domain_populate(other, 0x100);
}

static int stop(void **state)
{
	(void)state;
	return !mapdb_check() || !host_vtlb_check() || !frame_check();
}

static struct tagma_map *ops(void) { return guest_ptr(caller.space, GVA(OPS), TAGMA_W); }

static long call(uint32_t cmd, uint32_t count) { return hc_map(&caller, cmd, GVA(OPS), count); }

static long one(uint32_t cmd, uint32_t src_space, uint32_t src, uint32_t dst_space, uint32_t dst,
		uint32_t flags)
{
	*ops() = (struct tagma_map){ src_space, dst_space, src, dst, flags, 0 };
	return call(cmd, 1);
}

static void flexpages_are_checked(void **state)
{
	struct flexpage f;

	(void)state;
	assert_true(flexpage_decode(TAGMA_FP_ALL, &f));
	assert_int_equal(f.nr, 1u << 20);
	assert_true(flexpage_decode(TAGMA_FPAGE(0x3000, 12, TAGMA_R), &f));
	assert_int_equal(f.first, 3);
	assert_int_equal(f.nr, 1);
	assert_true(flexpage_decode(TAGMA_FPORT(0x2f8, 3), &f));
	assert_int_equal(f.first, MAPDB_PORT | 0x2f8);
	assert_int_equal(f.nr, 8);
	assert_true(flexpage_decode(TAGMA_FPORT(0, 16), &f));
	assert_int_equal(f.nr, 0x10000);
	assert_false(flexpage_decode(TAGMA_FPAGE(0x3000, 13, TAGMA_R), &f)); /* unaligned */
	assert_false(flexpage_decode(TAGMA_FPAGE(0x3000, 11, TAGMA_R), &f));
	assert_false(flexpage_decode(TAGMA_FPAGE(0, 33, TAGMA_R), &f));
	assert_false(flexpage_decode(TAGMA_FPAGE(0, 63, TAGMA_R), &f));
	assert_false(flexpage_decode(TAGMA_FPORT(0x2f8, 4), &f));
	assert_false(flexpage_decode(TAGMA_FPORT(0, 17), &f));
	assert_false(flexpage_decode(TAGMA_FPAGE(0, 12, TAGMA_R) | 2u << 4, &f)); /* type */
	assert_false(flexpage_decode(TAGMA_FPAGE(0, 12, TAGMA_R) | 8, &f));
}

static void a_region_is_mapped_where_there_is_something(void **state)
{
	(void)state;
	/* 64 pages of which 40 exist */
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPAGE(0x100000, 18, TAGMA_RW),
			     a->obj.id, 0x700000, 0),
			 1);
	assert_int_equal(ops()->progress, 64);
	assert_int_equal(a->nr_nodes, PAGES);
	assert_int_equal(mapdb_lookup(a, 0x700 + 39).rights, TAGMA_RW);
	assert_int_equal(mapdb_lookup(a, 0x700 + 40).rights, 0);
}

static void whole_spaces_are_walked(void **state)
{
	(void)state;
	assert_int_equal(
		one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPAGE(0, 32, TAGMA_R), a->obj.id, 0, 0), 1);
	assert_int_equal(a->nr_nodes, PAGES);
	assert_int_equal(one(TAGMA_MAP_status, a->obj.id, TAGMA_FP_ALL, 0, 0, 0), 1);
	assert_int_equal(ops()->flags, TAGMA_R);
	host_access(a, 0x110, TAGMA_R);
	assert_int_equal(one(TAGMA_MAP_status, a->obj.id, TAGMA_FP_ALL, 0, 0, 0), 1);
	assert_int_equal(ops()->flags, TAGMA_R | TAGMA_MAP_ACCESSED);
	assert_int_equal(one(TAGMA_MAP_flush, a->obj.id, TAGMA_FP_ALL, 0, 0, TAGMA_MAP_F_SELF), 1);
	assert_int_equal(a->nr_nodes, 0);
	/* onto itself: every page is its own ancestor */
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FP_ALL, TAGMA_SELF, 0, 0),
			 -XEN_EEXIST);
}

static void long_work_stops_and_goes_on(void **state)
{
	uint32_t restarts = 0;
	long r;

	(void)state;
	for (vpn_t v = 0; v < 1500; v++)
		assert_int_equal(host_map(root, 0x100 + v % PAGES, a, v * 3, TAGMA_RW), 0);
	host_preempt = true;
	*ops() = (struct tagma_map){ a->obj.id,	       0, TAGMA_FPAGE(0, 32, TAGMA_W), 0,
				     TAGMA_MAP_F_SELF, 0 };
	while ((r = call(TAGMA_MAP_flush, 1)) == HC_RESTART)
		restarts++;
	assert_int_equal(r, 1);
	assert_in_range(restarts, 1500 / MAPDB_BATCH, 4500 / MAPDB_BATCH + 2);
	for (vpn_t v = 0; v < 1500; v++)
		assert_int_equal(mapdb_lookup(a, v * 3).rights, TAGMA_R);
	/* several operations: what is done is counted, the rest is for the next call */
	for (unsigned i = 0; i < 3; i++)
		ops()[i] = (struct tagma_map){ a->obj.id, 0, TAGMA_FP_ALL, 0, 0, 0 };
	for (restarts = 0; (r = call(TAGMA_MAP_status, 3)) == HC_RESTART; restarts++)
		;
	assert_true(restarts > 0);
	assert_in_range(r, 1, 2);
	assert_int_equal(ops()[0].flags, TAGMA_R);
}

static void one_page_with_a_large_tree_restarts(void **state)
{
	uint32_t restarts = 0;
	long r;

	(void)state;
	for (vpn_t v = 0; v < 640; v++)
		assert_int_equal(host_map(root, 0x110, a, v, TAGMA_RW), 0);
	host_preempt = true;
	*ops() = (struct tagma_map){ TAGMA_SELF, 0, TAGMA_FPAGE(0x110000, 12, TAGMA_RWX), 0, 0, 0 };
	while ((r = call(TAGMA_MAP_flush, 1)) == HC_RESTART)
		restarts++;
	assert_int_equal(r, 1);
	assert_int_equal(restarts, 640 / MAPDB_BATCH - 1);
	assert_int_equal(a->nr_nodes, 0);
}

static void permission_is_by_domain(void **state)
{
	const uint32_t page = TAGMA_FPAGE(0x100000, 12, TAGMA_RW);

	(void)state;
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, page, b->obj.id, 0x5000, 0), -XEN_EPERM);
	assert_int_equal(one(TAGMA_MAP_map, b->obj.id, page, a->obj.id, 0x5000, 0), -XEN_EPERM);
	assert_int_equal(one(TAGMA_MAP_flush, other->root->obj.id, page, 0, 0, 0), -XEN_EPERM);
	assert_int_equal(one(TAGMA_MAP_status, control->root->obj.id, page, 0, 0, 0), -XEN_EPERM);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, page, 0x12345678, 0, 0), -XEN_ESRCH);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, page, TAGMA_NIL, 0, 0), -XEN_ESRCH);
	caller.domain = control;
	caller.space = control->root;
	assert_int_equal(one(TAGMA_MAP_map, root->obj.id, page, TAGMA_SELF, 0x700000, 0), 1);
	assert_int_equal(mapdb_lookup(control->root, 0x700).rights, TAGMA_RW);
}

static void bad_arguments_are_errors(void **state)
{
	const uint32_t page = TAGMA_FPAGE(0x100000, 12, TAGMA_RW), id = a->obj.id;

	(void)state;
	assert_int_equal(call(9, 1), -XEN_ENOSYS);
	assert_int_equal(hc_map(&caller, TAGMA_MAP_map, GVA(0xfffffff0), 1), -XEN_EFAULT);
	assert_int_equal(hc_map(&caller, TAGMA_MAP_map, GVA(0), UINT32_MAX), -XEN_EFAULT);
	assert_int_equal(call(TAGMA_MAP_map, 0), 0);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, page, id, 0x5001, 0), -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, page, id, 0x5000, 1), -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, page & ~7u, id, 0x5000, 0), -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_flush, TAGMA_SELF, page, 0, 0, 2), -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPAGE(0, 12, TAGMA_R), id, 0, 0),
			 -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPAGE(0, 32, TAGMA_R), id, 0x1000, 0),
			 -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPAGE(0x100000, 20, TAGMA_R), id,
			     0xfff01000, 0),
			 -XEN_EINVAL);
	*ops() = (struct tagma_map){ TAGMA_SELF, id, page, 0x5000, 0, 2 };
	assert_int_equal(call(TAGMA_MAP_map, 1), -XEN_EINVAL); /* progress beyond the end */
	assert_int_equal(a->nr_nodes, 0);
	/* the second one fails: one was done, then the error */
	ops()[0] = (struct tagma_map){ TAGMA_SELF, id, page, 0x5000, 0, 0 };
	ops()[1] = (struct tagma_map){ TAGMA_SELF, id, page, 0x5001, 0, 0 };
	assert_int_equal(call(TAGMA_MAP_map, 2), 1);
	assert_int_equal(hc_map(&caller, TAGMA_MAP_map, GVA(OPS + sizeof(struct tagma_map)), 1),
			 -XEN_EINVAL);
	assert_int_equal(a->nr_nodes, 1);
}

static void ports_go_by_their_number(void **state)
{
	(void)state;
	caller.domain = control;
	caller.space = control->root;
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPORT(0x2f8, 3), root->obj.id,
			     0x2f8u << 16, 0),
			 1);
	assert_int_equal(mapdb_lookup(root, MAPDB_PORT | 0x2ff).rights, TAGMA_RW);
	assert_int_equal(mapdb_lookup(root, MAPDB_PORT | 0x300).rights, 0);
	assert_int_equal(one(TAGMA_MAP_map, TAGMA_SELF, TAGMA_FPORT(0x2f8, 3), root->obj.id,
			     0x3f8u << 16, 0),
			 -XEN_EINVAL);
	assert_int_equal(one(TAGMA_MAP_flush, TAGMA_SELF, TAGMA_FPORT(0, 16), 0, 0, 0), 1);
	assert_int_equal(mapdb_count(), 0);
}

static void a_reader_of_status_must_be_able_to_hear_it(void **state)
{
	struct tagma_map op = { TAGMA_SELF, 0, TAGMA_FPAGE(0x101000, 12, 0), 0, 0, 0 };

	(void)state;
	host_access(root, 0x101, TAGMA_W);
	memcpy(ops(), &op, sizeof(op));
	assert_int_equal(host_map(root, 0x100, a, 1, TAGMA_R), 0);
	caller.space = a; /* sees the arguments, cannot write them */
	assert_int_equal(hc_map(&caller, TAGMA_MAP_status, GVA(0x1000), 1), -XEN_EFAULT);
	caller.space = root;
	assert_int_equal(call(TAGMA_MAP_status, 1), 1);
	assert_int_equal(ops()->flags, TAGMA_RWX | TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
}

static int item(uint32_t fp, uint32_t hint, uint32_t window, bool grant)
{
	return map_item(root, b, (struct tagma_item){ fp, hint }, window, grant);
}

static void items_go_where_the_window_says(void **state)
{
	const uint32_t four = TAGMA_FPAGE(0x104000, 14, TAGMA_RW);

	(void)state;
	/* window of 8 pages at 0x40000; hint 6: pages 6, 7, 0, 1 of it */
	assert_int_equal(item(four, 0x6000, TAGMA_FPAGE(0x40000, 15, 0), false), 0);
	assert_true(mfn_eq(mapdb_lookup(b, 0x46).mfn, domain_physmap_get(dom, 0x104)));
	assert_true(mfn_eq(mapdb_lookup(b, 0x47).mfn, domain_physmap_get(dom, 0x105)));
	assert_true(mfn_eq(mapdb_lookup(b, 0x40).mfn, domain_physmap_get(dom, 0x106)));
	assert_true(mfn_eq(mapdb_lookup(b, 0x41).mfn, domain_physmap_get(dom, 0x107)));
	assert_int_equal(b->nr_nodes, 4);
	/* everything: the hint is the address */
	assert_int_equal(item(four, 0xffffe000, TAGMA_FP_ALL, true), 0);
	assert_int_equal(mapdb_lookup(b, 0xffffe).rights, TAGMA_RW);
	assert_int_equal(mapdb_lookup(b, 0x1).rights, TAGMA_RW);
	assert_int_equal(mapdb_lookup(root, 0x104).rights, 0);
	assert_int_equal(b->nr_nodes, 4); /* the maps went when their source was granted */
}

static void both_must_agree(void **state)
{
	const uint32_t page = TAGMA_FPAGE(0x104000, 12, TAGMA_RW), port = TAGMA_FPORT(0x60, 0);

	(void)state;
	assert_int_equal(item(page, 0, 0, false), -XEN_EMSGSIZE);
	assert_int_equal(item(TAGMA_FPAGE(0x104000, 14, TAGMA_R), 0, TAGMA_FPAGE(0, 13, 0), false),
			 -XEN_EMSGSIZE);
	assert_int_equal(item(TAGMA_FPAGE(0, 23, TAGMA_R), 0, TAGMA_FP_ALL, false), -XEN_EMSGSIZE);
	assert_int_equal(item(page, 0, TAGMA_FPORT(0, 16), false), -XEN_EMSGSIZE);
	assert_int_equal(item(page, 0, TAGMA_FPAGE(0x1000, 13, 0), false), -XEN_EINVAL);
	assert_int_equal(item(page | 8, 0, TAGMA_FP_ALL, false), -XEN_EINVAL);
	assert_int_equal(item(page, 0x10, TAGMA_FP_ALL, false), -XEN_EINVAL);
	assert_int_equal(item(TAGMA_FPAGE(0, 12, TAGMA_R), 0, TAGMA_FP_ALL, false), -XEN_EINVAL);
	assert_int_equal(item(port, 0, TAGMA_FP_ALL, false), -XEN_EINVAL); /* has none */
	assert_int_equal(
		host_map(control->root, MAPDB_PORT | 0x60, root, MAPDB_PORT | 0x60, TAGMA_RW), 0);
	assert_int_equal(item(port, 0, TAGMA_FPORT(0x40, 5), false), -XEN_EMSGSIZE);
	assert_int_equal(item(port, 0, TAGMA_FPAGE(0, 32, 0), false), -XEN_EMSGSIZE);
	assert_int_equal(b->nr_nodes, 0);
	assert_int_equal(item(port, 0, TAGMA_FPORT(0x60, 5), false), 0);
	assert_int_equal(item(port, 0, TAGMA_FP_ALL, false), 0);
	assert_int_equal(b->nr_nodes, 1);
}

static void spaces_come_and_go(void **state)
{
	struct tagma_space *s = guest_ptr(root, GVA(OPS), TAGMA_W);
	uint32_t free = space_pool.nr_free, id;

	(void)state;
	*s = (struct tagma_space){ .flags = TAGMA_SPACE_F_LOCKED, .cookie = 77 };
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_load, GVA(OPS)), -XEN_ENOSPC); /* no quota */
	assert_int_equal(space_pool.nr_free, free);
	caller.domain->lock_quota[LOCK_SPACE] = 1;
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_load, GVA(OPS)), 0);
	id = s->id;
	assert_non_null(space_lookup(id));
	assert_int_equal(host_map(root, 0x101, space_lookup(id), 0, TAGMA_R), 0);
	*s = (struct tagma_space){ .id = id };
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_info, GVA(OPS)), 0);
	assert_int_equal(s->cookie, 77);
	assert_int_equal(s->flags, TAGMA_SPACE_F_LOCKED);
	assert_int_equal(s->nr_mappings, 1);
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_unload, GVA(OPS)), 0);
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_unload, GVA(OPS)), -XEN_ESRCH);
	assert_int_equal(space_pool.nr_free, free);
	s->id = root->obj.id;
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_unload, GVA(OPS)), -XEN_EINVAL);
	s->id = b->obj.id;
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_unload, GVA(OPS)), -XEN_EPERM);
	s->flags = 8;
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_load, GVA(OPS)), -XEN_EINVAL);
	assert_int_equal(hc_space(&caller, 7, GVA(OPS)), -XEN_ENOSYS);
	/* an answer that cannot be given leaves no space behind */
	s->flags = 0;
	assert_int_equal(host_map(root, 0x100, a, 1, TAGMA_R), 0);
	caller.space = a;
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_load, GVA(0x1000)), -XEN_EFAULT);
	assert_int_equal(space_pool.nr_free, free);
	*s = (struct tagma_space){ .id = a->obj.id };
	assert_int_equal(hc_space(&caller, TAGMA_SPACE_unload, GVA(0x1000)), -XEN_EBUSY);
	caller.space = root;
	for (long r = 0; !r;) {
		*s = (struct tagma_space){ 0 };
		r = hc_space(&caller, TAGMA_SPACE_load, GVA(OPS));
		assert_true(!r || r == -XEN_ENOMEM);
	}
	assert_int_equal(space_pool.nr_free, 0);
}

static void an_unload_can_be_stopped(void **state)
{
	uint32_t *id = guest_ptr(root, GVA(OPS), TAGMA_W), restarts = 0;
	long r;

	(void)state;
	for (vpn_t v = 0; v < 700; v++)
		assert_int_equal(host_map(root, 0x101, a, v, TAGMA_RW), 0);
	*id = a->obj.id;
	host_preempt = true;
	while ((r = hc_space(&caller, TAGMA_SPACE_unload, GVA(OPS))) == HC_RESTART) {
		restarts++;
		assert_null(space_lookup(*id));
	}
	assert_int_equal(r, 0);
	assert_in_range(restarts, 9, 11);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flexpages_are_checked),
		TEST(a_region_is_mapped_where_there_is_something),
		TEST(whole_spaces_are_walked),
		TEST(long_work_stops_and_goes_on),
		TEST(one_page_with_a_large_tree_restarts),
		TEST(permission_is_by_domain),
		TEST(bad_arguments_are_errors),
		TEST(ports_go_by_their_number),
		TEST(a_reader_of_status_must_be_able_to_hear_it),
		TEST(items_go_where_the_window_says),
		TEST(both_must_agree),
		TEST(spaces_come_and_go),
		TEST(an_unload_can_be_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

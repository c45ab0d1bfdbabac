/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <host.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <xen/errno.h>

static struct domain *dom;
static struct space *root, *user;

/* Root pages 0x100..0x103; user has 0x10 (rw) and 0x11 (r), which are 0x101 and 0x100. */
static int start(void **state)
{
	(void)state;
	world_init(512, 64);
	dom = world_domain(1, 16);
	root = dom->root;
	user = space_load(dom, 0, 0);
	for (uint32_t i = 0; i < 4; i++)
		if (domain_populate(dom, 0x100 + i))
			return -1;
	return host_map(root, 0x101, user, 0x10, TAGMA_RW) ||
	       host_map(root, 0x100, user, 0x11, TAGMA_R);
}

static void copies_cross_pages(void **state)
{
	char out[PAGE_SIZE * 2], in[PAGE_SIZE * 2];

	(void)state;
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7);
	assert_int_equal(copy_to_guest(root, GVA(0x100801), out, sizeof(out), NULL), 0);
	assert_int_equal(copy_from_guest(root, in, GVA(0x100801), sizeof(in), NULL), 0);
	assert_memory_equal(in, out, sizeof(in));
	/* user sees the same frames, the other way round */
	assert_int_equal(copy_from_guest(user, in, GVA(0x11801), 0x7ff, NULL), 0);
	assert_memory_equal(in, out, 0x7ff);
}

static void faults_name_the_address(void **state)
{
	char buf[PAGE_SIZE * 2];
	gva_t bad = GVA(0);

	(void)state;
	assert_int_equal(copy_from_guest(user, buf, GVA(0x11ff0), 0x20, &bad), -XEN_EFAULT);
	assert_int_equal(bad.a, 0x12000);
	assert_int_equal(copy_to_guest(user, GVA(0x10ff0), buf, 0x20, &bad), -XEN_EFAULT);
	assert_int_equal(bad.a, 0x11000); /* read-only */
	assert_int_equal(copy_from_guest(user, buf, GVA(0xfffffff0), 0x20, NULL), -XEN_EFAULT);
	assert_int_equal(copy_from_guest(user, buf, GVA(0xfffffffffffffff0), 0x20, &bad),
			 -XEN_EFAULT);
	assert_int_equal(bad.a, 0xfffffffffffffff0);
	assert_int_equal(copy_from_guest(root, buf, GVA(0x100100000), 1, NULL), -XEN_EFAULT);
	assert_int_equal(copy_from_guest(user, buf, GVA(0), 0, NULL), 0);
}

static void pointers_need_the_right(void **state)
{
	(void)state;
	assert_non_null(guest_ptr(user, GVA(0x11fff), TAGMA_R));
	assert_null(guest_ptr(user, GVA(0x11fff), TAGMA_W));
	assert_null(guest_ptr(user, GVA(0x10000), TAGMA_X));
	assert_ptr_equal(guest_ptr(user, GVA(0x10123), TAGMA_W),
			 guest_ptr(root, GVA(0x101123), TAGMA_R));
}

static void the_hypervisors_access_is_seen(void **state)
{
	char c = 1;

	(void)state;
	host_status(root, 0x101);
	assert_int_equal(copy_from_guest(user, &c, GVA(0x10000), 1, NULL), 0);
	assert_int_equal(host_status(user, 0x10), TAGMA_MAP_ACCESSED);
	assert_int_equal(copy_to_guest(user, GVA(0x10000), &c, 1, NULL), 0);
	assert_int_equal(host_status(user, 0x10), TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
	assert_int_equal(host_status(root, 0x101), TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY);
	assert_int_equal(host_status(root, 0x101), 0);
	assert_int_equal(host_status(root, 0x102), 0);
}

static void space_to_space(void **state)
{
	bool dst = true;
	char *p = guest_ptr(root, GVA(0x102000), TAGMA_W);

	(void)state;
	memcpy(p, "hello", 6);
	assert_int_equal(copy_guest_to_guest(user, GVA(0x10ffd), root, GVA(0x102000), 6, &dst), 3);
	assert_false(dst);
	assert_memory_equal((char *)guest_ptr(root, GVA(0x101ffd), TAGMA_R), "hel", 3);
	assert_int_equal(copy_guest_to_guest(user, GVA(0x11000), root, GVA(0x102003), 3, &dst), 0);
	assert_true(dst);
	assert_int_equal(copy_guest_to_guest(user, GVA(0x10000), root, GVA(0x104000), 3, &dst), 0);
	assert_false(dst);
	/* never more than a page, and overlapping views of one frame are fine */
	assert_int_equal(copy_guest_to_guest(user, GVA(0x10001), root, GVA(0x101000), 99999, &dst),
			 PAGE_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(copies_cross_pages, start),
		cmocka_unit_test_setup(faults_name_the_address, start),
		cmocka_unit_test_setup(pointers_need_the_right, start),
		cmocka_unit_test_setup(the_hypervisors_access_is_seen, start),
		cmocka_unit_test_setup(space_to_space, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

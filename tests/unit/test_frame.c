/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <asm/mm.h>
#include <hv/frame.h>
#include <host.h>

#define FRAMES 512u
#define DOM 7

static int start(void **state)
{
	struct boot_info b;

	(void)state;
	host_reset();
	host_boot_info(&b, FRAMES);
	frame_init(&b);
	return !frame_check();
}

static uint32_t count_colour(uint16_t owner, uint32_t colour)
{
	uint32_t count = 0;

	for (mfn_t m = { 1 }; m.n < frame_limit(); m.n++)
		count += frame_of(m) && frame_of(m)->owner == owner && frame_colour(m) == colour;
	return count;
}

static void boot_map_is_obeyed(void **state)
{
	(void)state;
	assert_null(frame_of(MFN_NONE));
	assert_null(frame_of((mfn_t){ HOST_RAM_FIRST - 1 }));
	assert_null(frame_of((mfn_t){ HOST_RAM_FIRST + 2 }));
	assert_null(frame_of((mfn_t){ HOST_RAM_FIRST + 3 })); /* reserved in part */
	assert_null(frame_of((mfn_t){ FRAMES / 2 }));	      /* the hole */
	assert_null(frame_of((mfn_t){ FRAMES }));
	assert_null(frame_of((mfn_t){ UINT32_MAX }));
	assert_non_null(frame_of((mfn_t){ HOST_RAM_FIRST }));
	assert_non_null(frame_of((mfn_t){ FRAMES - 1 }));
	assert_int_equal(frame_total(), FRAMES - HOST_RAM_FIRST - 4 - 2);
	assert_int_equal(frame_limit(), FRAMES);
	assert_int_equal(frame_count(FRAME_OWNER_HV) + frame_count_free(), frame_total());
	assert_true(frame_count(FRAME_OWNER_HV) > 0); /* the table itself */
}

static void alloc_zeroes_and_counts(void **state)
{
	uint32_t before = frame_count_free();
	mfn_t m = frame_alloc(DOM, 0);

	(void)state;
	assert_true(mfn_ok(m));
	assert_int_equal(frame_of(m)->owner, DOM);
	assert_int_equal(frame_of(m)->gpn, GPN_NONE);
	assert_int_equal(frame_count(DOM), 1);
	assert_int_equal(frame_count_free(), before - 1);
	assert_true(mfn_eq(frame_mfn((char *)frame_ptr(m) + 100), m));
	memset(frame_ptr(m), 0xff, PAGE_SIZE);
	frame_free(m);
	assert_int_equal(frame_count_free(), before);
	for (uint32_t i = 0; i < before; i++) { /* it comes again, and clean */
		const unsigned char *p = frame_ptr(frame_alloc(DOM, 0));

		for (unsigned j = 0; j < PAGE_SIZE; j++)
			assert_int_equal(p[j], 0);
	}
	assert_false(mfn_ok(frame_alloc(DOM, 0)));
	assert_true(frame_check());
}

static void colours_are_kept_apart(void **state)
{
	uint32_t n = frame_nr_colours(), got = 0;
	mfn_t m;

	(void)state;
	assert_int_equal(n, 8); /* 256 KB, 8 ways, 4 KB */
	while (mfn_ok(m = frame_alloc(DOM, 0x0a))) {
		assert_true(frame_colour(m) == 1 || frame_colour(m) == 3);
		got++;
	}
	assert_int_equal(got, count_colour(DOM, 1) + count_colour(DOM, 3));
	assert_int_equal(count_colour(FRAME_OWNER_FREE, 1), 0);
	assert_true(count_colour(FRAME_OWNER_FREE, 2) > 0);
	assert_false(mfn_ok(frame_alloc(DOM, 1ull << 40))); /* a colour that there is not */
	assert_true(mfn_ok(frame_alloc(DOM, 0)));
	assert_true(frame_check());
}

static void any_colour_means_all_in_turn(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		seen |= 1u << frame_colour(frame_alloc(DOM, 0));
	assert_int_equal(seen, 0xff);
}

static void options_set_the_geometry(void **state)
{
	struct boot_info b;

	(void)state;
	host_reset();
	host_set_option("llc-size", 1u << 20);
	host_set_option("llc-ways", 1);
	host_boot_info(&b, FRAMES);
	frame_init(&b);
	assert_int_equal(frame_nr_colours(), 64); /* 256 cut to 64 */
	host_set_option("llc-ways", 100);	  /* 2.56 pages a way */
	frame_init(&b);
	assert_int_equal(frame_nr_colours(), 2);
	host_set_option("llc-ways", 0);
	frame_init(&b);
	assert_int_equal(frame_nr_colours(), 1);
	assert_true(frame_check());
}

static void contiguous_runs(void **state)
{
	mfn_t hole = frame_alloc(DOM, 0);
	unsigned char *p = frame_alloc_hv(20);
	uint32_t first = frame_mfn(p).n;

	(void)state;
	assert_true(first + 20 <= hole.n || first > hole.n);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(frame_of((mfn_t){ first + i })->owner, FRAME_OWNER_HV);
	for (uint32_t i = 0; i < 20 * PAGE_SIZE; i++)
		assert_int_equal(p[i], 0);
	for (uint32_t i = 0; i < 20; i++)
		frame_free((mfn_t){ first + i });
	assert_true(frame_check());
}

static void random_use_keeps_the_books(void **state)
{
	mfn_t held[200] = { { 0 } };
	uint32_t before = frame_count_free();

	(void)state;
	srand(1);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned k = (unsigned)rand() % 200;

		if (mfn_ok(held[k])) {
			frame_free(held[k]);
			held[k] = MFN_NONE;
		} else {
			held[k] = frame_alloc((uint16_t)(k % 3), (uint64_t)rand() & 0xff);
		}
		if (i % 500 == 0)
			assert_true(frame_check());
	}
	for (unsigned k = 0; k < 200; k++)
		if (mfn_ok(held[k]))
			frame_free(held[k]);
	assert_int_equal(frame_count_free(), before);
	assert_true(frame_check());
}

static void check_sees_damage(void **state)
{
	mfn_t m = frame_alloc(DOM, 0);

	(void)state;
	frame_of(m)->owner = FRAME_OWNER_HV;
	assert_false(frame_check());
	frame_of(m)->owner = DOM;
	assert_true(frame_check());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(boot_map_is_obeyed, start),
		cmocka_unit_test_setup(alloc_zeroes_and_counts, start),
		cmocka_unit_test_setup(colours_are_kept_apart, start),
		cmocka_unit_test_setup(any_colour_means_all_in_turn, start),
		cmocka_unit_test_setup(options_set_the_geometry, start),
		cmocka_unit_test_setup(contiguous_runs, start),
		cmocka_unit_test_setup(random_use_keeps_the_books, start),
		cmocka_unit_test_setup(check_sees_damage, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

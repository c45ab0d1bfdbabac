/* SPDX-License-Identifier: GPL-2.0-only */
/* A million random operations on the database and on the model of L4's appendix A.
 * Arguments: [seed [operations]]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <hv/cpu.h>
#include <mapdb_driver.h>

static uint64_t seed = 20241120, operations = 1000000;

/* splitmix64: the same everywhere for a given seed */
static uint64_t random_word(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static void run(unsigned nr_nodes, uint64_t nr)
{
	uint64_t state = seed + nr_nodes;

	printf("seed %llu, %llu operations, %u nodes\n", (unsigned long long)seed,
	       (unsigned long long)nr, nr_nodes);
	driver_init(nr_nodes);
	for (uint64_t i = 1; i <= nr; i++) {
		uint64_t r = random_word(&state);
		struct driver_op op = {
			(uint8_t)r,	    (uint8_t)(r >> 8),	(uint8_t)(r >> 16),
			(uint8_t)(r >> 24), (uint8_t)(r >> 32), (uint8_t)(r >> 40)
		};

		assert_true(driver_step(&op, i));
	}
	printf("%llu maps, %llu grants, %llu nodes removed, %llu misses\n",
	       (unsigned long long)this_cpu()->counter[COUNTER_map],
	       (unsigned long long)this_cpu()->counter[COUNTER_grant],
	       (unsigned long long)this_cpu()->counter[COUNTER_unmap],
	       (unsigned long long)this_cpu()->counter[COUNTER_vtlb_miss]);
}

static void model_equals_database(void **state)
{
	(void)state;
	run(64, operations);
}

/* So few nodes that most maps find none. */
static void model_equals_full_database(void **state)
{
	(void)state;
	run(16, operations / 4);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model_equals_database),
		cmocka_unit_test(model_equals_full_database),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		operations = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

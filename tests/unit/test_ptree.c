/* SPDX-License-Identifier: GPL-2.0-only */
/* guests/lib's sparse arrays against a plain one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <tagma/ptree.h>

#define NR 5000u /* indices that are used: some dense, some far apart */

static uint64_t seed = 88172645463325252ull;
static void *model[NR];
static unsigned dropped, taken;

static uint32_t rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % n;
}

/* Monotonic, up to the last index that there is. */
static uint32_t index_of(uint32_t i)
{
	if (i == NR - 1)
		return ~0u;
	return i < 2000 ? i : i < 4000 ? 100000 + 7 * (i - 2000) : 1u << 20 | (i - 4000) * 4194001u;
}

static void drop(void *arg, void *entry)
{
	assert_ptr_equal(arg, model);
	assert_non_null(entry);
	dropped++;
}

static void take(void *entry)
{
	assert_non_null(entry);
	taken++;
}

static void check(const struct ptree *t)
{
	uint32_t n = 0, i = 0;

	for (void *e = ptree_next(t, &n, ~0u); e; e = ptree_next(t, &n, ~0u)) {
		while (!model[i] || index_of(i) != n) {
			assert_null(model[i]);
			assert_true(++i < NR);
		}
		assert_ptr_equal(e, model[i]);
		i++;
		if (n++ == ~0u)
			break;
	}
	for (; i < NR; i++)
		assert_null(model[i]);
}

static void set(struct ptree *t, uint32_t i)
{
	void **slot = ptree_slot(t, index_of(i));

	assert_non_null(slot);
	assert_ptr_equal(*slot, model[i]);
	*slot = model[i] = (void *)(uintptr_t)(1 + rnd(1000000));
}

static void clear(struct ptree *t, uint32_t a, uint32_t b)
{
	unsigned there = 0;

	for (uint32_t i = a; i <= b; i++) {
		there += model[i] != NULL;
		model[i] = NULL;
	}
	dropped = 0;
	ptree_clear(t, index_of(a), index_of(b), drop, model);
	assert_int_equal(dropped, there);
}

static void clone(const struct ptree *t)
{
	struct ptree c;
	unsigned n = 0;

	for (uint32_t i = 0; i < NR; i++)
		n += model[i] != NULL;
	taken = dropped = 0;
	assert_true(ptree_clone(&c, t, take));
	check(&c);
	ptree_clear(&c, 0, ~0u, drop, model);
	assert_int_equal(taken, n);
	assert_int_equal(dropped, n);
	assert_null(c.root);
}

static void test_random(void **state)
{
	struct ptree t = { 0 };

	(void)state;
	for (unsigned step = 0; step < 60000; step++) {
		uint32_t i = rnd(NR), j = i + rnd(NR - i);

		assert_ptr_equal(ptree_get(&t, index_of(i)), model[i]);
		if (rnd(200))
			set(&t, i);
		else
			clear(&t, i, j);
		if (step % 500 == 0) {
			check(&t);
			clone(&t);
		}
	}
	clear(&t, 0, NR - 1);
	assert_null(t.root);
	assert_null(ptree_get(&t, 0));
}

/* What ptree_next() is asked for ends where it is told. */
static void test_next(void **state)
{
	struct ptree t = { 0 };
	uint32_t n = 0;
	int x;

	(void)state;
	assert_null(ptree_next(&t, &n, ~0u));
	*ptree_slot(&t, 70000) = &x;
	assert_null(ptree_next(&t, &n, 69999));
	assert_int_equal(n, 0);
	assert_ptr_equal(ptree_next(&t, &n, 70000), &x);
	assert_int_equal(n, 70000);
	n++;
	assert_null(ptree_next(&t, &n, ~0u));
	model[0] = 0;
	ptree_clear(&t, 70001, ~0u, drop, model);
	ptree_clear(&t, 0, 69999, drop, model);
	assert_ptr_equal(ptree_get(&t, 70000), &x);
	ptree_clear(&t, 70000, 70000, drop, model);
	assert_null(t.root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

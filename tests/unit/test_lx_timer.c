/* SPDX-License-Identifier: GPL-2.0-only */
/* linuxlike's timers against a table that is searched. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "timer.h"

#define N 200
#define NEVER (~0ull)

static struct timer timer[N];
static uint64_t expected[N]; /* NEVER: not armed */
static uint64_t now, last;
static unsigned fired;

static void fire(struct timer *t)
{
	size_t i = (size_t)(t - timer);

	assert_true(expected[i] <= now);
	assert_true(expected[i] >= last); /* in order */
	last = expected[i];
	expected[i] = NEVER;
	fired++;
	if (i % 7 == 0) { /* arms itself again, as interval timers do */
		expected[i] = now + 1 + i;
		timer_add(t, expected[i]);
	}
}

static uint64_t earliest(void)
{
	uint64_t e = NEVER;

	for (size_t i = 0; i < N; i++)
		e = expected[i] < e ? expected[i] : e;
	return e;
}

static void test_random(void **state)
{
	(void)state;
	srandom(1);
	for (size_t i = 0; i < N; i++) {
		timer_init(&timer[i], fire);
		expected[i] = NEVER;
	}
	for (int step = 0; step < 200000; step++) {
		size_t i = (size_t)random() % N;

		switch (random() % 4) {
		case 0:
		case 1:
			expected[i] = now + (uint64_t)random() % 1000;
			timer_add(&timer[i], expected[i]);
			break;
		case 2:
			expected[i] = NEVER;
			timer_del(&timer[i]);
			break;
		default:
			now += (uint64_t)random() % 50;
			last = 0;
			timer_run(now);
		}
		assert_int_equal(timer_next(), earliest());
	}
	assert_true(fired > 1000);
	for (size_t i = 0; i < N; i++)
		timer_del(&timer[i]);
	assert_int_equal(timer_next(), NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

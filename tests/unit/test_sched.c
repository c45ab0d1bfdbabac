/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduler and timers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/share.h>

static int setup(void **state)
{
	(void)state;
	iw_init();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(iw_check());
	return 0;
}

static struct thread *ready(uint8_t prio) { return iw_thread(iw_dom[1]->root, prio); }

static void highest_priority_runs(void **state)
{
	struct thread *lo = ready(1), *hi = ready(255), *mid = ready(64);

	(void)state;
	assert_ptr_equal(iw_leave(), hi);
	thread_set_state(hi, THREAD_BLOCKED);
	assert_ptr_equal(iw_leave(), mid);
	thread_set_stopped(mid, true);
	assert_ptr_equal(iw_leave(), lo);
	thread_set_state(hi, THREAD_READY);
	assert_true(host_cpu.resched);
	assert_ptr_equal(iw_leave(), hi);
	thread_set_prio(hi, 0);
	assert_ptr_equal(iw_leave(), lo);
	iw_dom[1]->pause_count = 1; /* as domain_pause(), for a thread that runs */
	sched_dequeue(hi);
	assert_ptr_equal(iw_leave(), iw_idle);
}

static void round_robin_by_slices(void **state)
{
	struct thread *t[3] = { ready(5), ready(5), ready(5) };

	(void)state;
	t[1]->slice_us = 3000;
	assert_ptr_equal(iw_leave(), t[0]);
	for (unsigned i = 0; i < 9; i++) {
		iw_time(t[i % 3]->slice_us - 1);
		assert_ptr_equal(host_cpu.current, t[i % 3]);
		iw_time(1);
		assert_ptr_equal(host_cpu.current, t[(i + 1) % 3]);
	}
	assert_int_equal(sched_run_ns(t[0]), 30 * 1000 * 1000);
	assert_int_equal(sched_run_ns(t[1]), 9 * 1000 * 1000);
}

/* It goes on at the head of its priority, with what is left of its slice. */
static void preempted_thread_keeps_its_turn(void **state)
{
	struct thread *a = ready(5), *b = ready(5), *hi;

	(void)state;
	assert_ptr_equal(iw_leave(), a);
	iw_time(4000);
	hi = ready(9);
	assert_ptr_equal(iw_leave(), hi);
	iw_time(1000);
	thread_set_state(hi, THREAD_BLOCKED);
	assert_ptr_equal(iw_leave(), a);
	iw_time(5999);
	assert_ptr_equal(host_cpu.current, a);
	iw_time(1);
	assert_ptr_equal(host_cpu.current, b);
}

static void yield_goes_to_the_tail(void **state)
{
	struct thread *a = ready(5), *b = ready(5);

	(void)state;
	assert_ptr_equal(iw_leave(), a);
	sched_rotate(a);
	assert_ptr_equal(iw_leave(), b);
	sched_rotate(b);
	assert_ptr_equal(iw_leave(), a);
	thread_set_state(b, THREAD_BLOCKED);
	sched_rotate(a); /* alone: it goes on, with a new slice */
	assert_ptr_equal(iw_leave(), a);
}

static void receiver_runs_in_the_callers_slice(void **state)
{
	struct thread *a = ready(5), *b = ready(5), *c = ready(5);

	(void)state;
	iw_ipc(b, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	thread_set_stopped(c, true);
	iw_leave();
	assert_ptr_equal(host_cpu.current, a);
	thread_set_stopped(c, false);
	iw_time(SCHED_SLICE_US - 100);
	iw_ipc(a, 0, b->obj.id, b->obj.id, 0, 0, 0);
	assert_ptr_equal(host_cpu.current, b);
	iw_time(99);
	assert_ptr_equal(host_cpu.current, b);
	iw_time(1);
	assert_ptr_equal(host_cpu.current, c);
}

static void woken_twice_is_queued_once(void **state)
{
	struct thread *a = ready(5), *b = ready(5), *c = ready(4);

	(void)state;
	assert_ptr_equal(iw_leave(), a);
	assert_false(list_empty(&b->run_link));
	sched_switch_to(b);
	sched_enqueue(b);
	thread_set_state(c, THREAD_READY);
	assert_true(sched_check());
	thread_unload(a);
	assert_ptr_equal(iw_leave(), b);
}

static unsigned fired[3];
static void fire(struct timer *t);
static struct timer timers[3];

static void fire(struct timer *t)
{
	fired[t - timers]++;
	if (t == &timers[2])
		timer_set(t, t->deadline + 1000);
}

static void timers_fire_in_time_and_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		timer_init(&timers[i], fire);
		fired[i] = 0;
	}
	timer_set(&timers[0], time_ns() + 2000);
	timer_set(&timers[1], time_ns() + 1000);
	assert_true(host_cpu.arch.timer_deadline <= time_ns() + 1000);
	iw_time(1);
	assert_int_equal(fired[0], 0);
	assert_int_equal(fired[1], 1);
	timer_set(&timers[0], time_ns() + 5000); /* moved */
	iw_time(1);
	assert_int_equal(fired[0], 0);
	timer_stop(&timers[0]);
	timer_stop(&timers[0]);
	assert_false(timer_is_set(&timers[0]));
	timer_set(&timers[2], time_ns() + 1000);
	for (unsigned i = 1; i <= 5; i++) {
		assert_true(host_cpu.timer_armed <= timers[2].deadline);
		iw_time(1);
		assert_int_equal(fired[2], i);
	}
	assert_int_equal(fired[0], 0);
	timer_stop(&timers[2]);
}

/* A switch costs the same whoever waits for time to pass: slices are not in the sorted list. */
static void a_slice_is_not_queued_with_the_timers(void **state)
{
	struct thread *a = ready(5), *b = ready(5);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		timer_init(&timers[i], fire);
		fired[i] = 0;
		timer_set(&timers[i], time_ns() + (i + 1) * a->slice_us * NSEC_PER_USEC / 2);
	}
	assert_ptr_equal(iw_leave(), a);
	for (struct list *l = host_cpu.timers.next; l != &host_cpu.timers; l = l->next)
		assert_in_range((uintptr_t)l, (uintptr_t)timers, (uintptr_t)(timers + 3) - 1);
	assert_true(host_cpu.timer_armed <= timers[0].deadline);
	iw_time(a->slice_us / 2);
	assert_int_equal(fired[0], 1);
	assert_ptr_equal(host_cpu.current, a);
	assert_true(host_cpu.timer_armed <= timers[1].deadline);
	iw_time(a->slice_us / 2);
	assert_int_equal(fired[1], 1);
	assert_ptr_equal(host_cpu.current, b);
	timer_stop(&timers[2]);
}

static uint64_t run_for(struct thread *t, unsigned ms)
{
	uint64_t before = sched_run_ns(t);

	for (unsigned i = 0; i < ms; i++)
		iw_time(1000);
	return (sched_run_ns(t) - before) * 100 / (ms * 1000000ull);
}

/* 25 percent at priority 100, whatever the other does; more, if nobody else would run; less
 * at a higher priority, which is dearer. What is lent to it counts even then. */
static void share_of_a_domain(void **state)
{
	struct thread *a = iw_thread(iw_dom[1]->root, 100), *b = iw_thread(iw_dom[2]->root, 100);
	uint64_t got;

	(void)state;
	share_init(iw_dom[1]);
	share_set(iw_dom[1], 25);
	(void)iw_leave();
	got = run_for(a, 10000);
	assert_true(got >= 23 && got <= 27);
	thread_set_prio(a, 200);
	got = run_for(a, 10000);
	assert_true(got >= 16 && got <= 20); /* 25 * 256 / 356 */
	thread_set_stopped(b, true);
	thread_set_prio(iw_idle, 0);
	thread_set_stopped(iw_idle, true);
	assert_true(run_for(a, 1000) >= 99);
	thread_set_stopped(b, false);
	while (!iw_dom[1]->over_share)
		iw_time(1000);
	assert_int_equal(a->prio, 0);
	assert_int_equal(a->base_prio, 200);
	assert_ptr_equal(iw_leave(), b);
	share_set(iw_dom[1], 0);
	assert_int_equal(a->prio, 200);
	thread_set_stopped(iw_idle, false);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(highest_priority_runs),
		T(round_robin_by_slices),
		T(preempted_thread_keeps_its_turn),
		T(yield_goes_to_the_tail),
		T(receiver_runs_in_the_callers_slice),
		T(woken_twice_is_queued_once),
		T(timers_fire_in_time_and_once),
		T(a_slice_is_not_queued_with_the_timers),
		T(share_of_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The real-time kernel's primitives, tested where they run: preemption, priority
 * inheritance, deadlock, timeouts, queues, periodic release. */
#include "../rtos/rtos.h"
#include <errno.h>
#include <string.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/upcall.h>

#define MS 1000000ull

static char trail[64]; /* who ran, in order */
static size_t trail_len;
static struct mutex a, b;
static struct sem go, done;
static struct queue q;

static void mark(char c)
{
	if (trail_len < sizeof(trail) - 1)
		trail[trail_len++] = c;
	trail[trail_len] = '\0';
}

static void restart(void)
{
	trail_len = 0;
	trail[0] = '\0';
}

static void expect(const char *want, const char *what)
{
	if (!test_check(!strcmp(trail, want), "%s", what))
		test_note("got %s, want %s", trail, want);
}

/* --- inversion: low holds a, high wants it, mid would run for ever in between */
static void low(void *arg)
{
	(void)arg;
	mutex_lock(&a, RT_FOREVER);
	mark('l');
	sem_give(&go); /* high and mid start here */
	mark('L');
	mutex_unlock(&a);
	mark('x');
	sem_give(&done);
}

static void high(void *arg)
{
	(void)arg;
	sem_take(&go, RT_FOREVER);
	mark('h');
	sem_give(&go); /* lets mid in as well: it is below low's inherited priority */
	mutex_lock(&a, RT_FOREVER);
	mark('H');
	mutex_unlock(&a);
	sem_give(&done);
}

static void mid(void *arg)
{
	(void)arg;
	sem_take(&go, RT_FOREVER);
	mark('m');
	sem_give(&done);
}

static void test_inheritance(void)
{
	restart();
	sem_init(&go, 0);
	task_create("high", 20, high, NULL);
	task_create("mid", 15, mid, NULL);
	task_create("low", 10, low, NULL);
	for (int i = 0; i < 3; i++)
		sem_take(&done, RT_FOREVER);
	expect("lhLHmx", "a low owner inherits and is not held up by the middle");
}

/* --- a chain: t1 holds b and waits for a, t2 holds a */
static void chain_owner(void *arg)
{
	(void)arg;
	mutex_lock(&a, RT_FOREVER);
	sem_take(&go, RT_FOREVER);
	test_equal(rt_current->prio, 25, "inheritance goes along a chain of owners");
	mutex_unlock(&a);
	test_equal(rt_current->prio, 5, "and ends with the unlock");
	sem_give(&done);
}

static void chain_middle(void *arg)
{
	(void)arg;
	mutex_lock(&b, RT_FOREVER);
	mutex_lock(&a, RT_FOREVER);
	mutex_unlock(&a);
	mutex_unlock(&b);
	sem_give(&done);
}

static void chain_top(void *arg)
{
	(void)arg;
	mutex_lock(&b, RT_FOREVER);
	mutex_unlock(&b);
	sem_give(&done);
}

static void test_chain(void)
{
	sem_init(&go, 0);
	task_create("owner", 5, chain_owner, NULL);
	task_sleep_until(rt_now() + MS);
	task_create("middle", 12, chain_middle, NULL);
	task_create("top", 25, chain_top, NULL);
	sem_give(&go);
	for (int i = 0; i < 3; i++)
		sem_take(&done, RT_FOREVER);
}

static void holds_b_wants_a(void *arg)
{
	(void)arg;
	mutex_lock(&b, RT_FOREVER);
	mutex_lock(&a, RT_FOREVER);
	mutex_unlock(&a);
	mutex_unlock(&b);
	sem_give(&done);
}

static void test_deadlock(void)
{
	mutex_lock(&a, RT_FOREVER);
	task_create("other", 12, holds_b_wants_a, NULL);
	test_equal(mutex_lock(&b, RT_FOREVER), -EDEADLK, "a cycle of two is -EDEADLK");
	test_equal(mutex_lock(&a, RT_FOREVER), -EDEADLK, "so is locking twice");
	mutex_unlock(&a);
	sem_take(&done, RT_FOREVER);
	test_equal(mutex_unlock(&a), -EPERM, "unlock by one who does not own it");
}

static void test_timeouts(void)
{
	struct sem s;
	sem_init(&s, 0);
	uint64_t start = rt_now();
	test_equal(sem_take(&s, start + 5 * MS), -ETIMEDOUT, "a semaphore times out");
	test_check(rt_now() - start >= 5 * MS, "not before its time");
	sem_give(&s);
	test_equal(sem_take(&s, rt_now()), 0, "a unit that is there needs no wait");
	uint32_t v;
	test_equal(queue_receive(&q, &v, rt_now() + MS), -ETIMEDOUT, "an empty queue times out");
	v = 7;
	test_equal(queue_send(&q, &v, rt_now()), 0, "a queue takes a message");
	queue_send(&q, &v, rt_now());
	test_equal(queue_send(&q, &v, rt_now() + MS), -ETIMEDOUT, "a full queue times out");
	queue_receive(&q, &v, rt_now());
	queue_receive(&q, &v, rt_now());
}

static void receiver(void *arg)
{
	uint32_t v;
	while (!queue_receive(&q, &v, RT_FOREVER) && v)
		mark((char)('0' + v));
	mark(*(char *)arg);
	sem_give(&done);
}

static void test_queue(void)
{
	static char first = 'A', second = 'B';
	restart();
	task_create("r1", 12, receiver, &first);
	task_create("r2", 14, receiver, &second);
	for (uint32_t i = 1; i <= 4; i++)
		queue_send(&q, &i, RT_FOREVER);
	uint32_t end = 0;
	queue_send(&q, &end, RT_FOREVER);
	queue_send(&q, &end, RT_FOREVER);
	sem_take(&done, RT_FOREVER);
	sem_take(&done, RT_FOREVER);
	expect("1234BA", "messages in order, the highest receiver first");
}

static volatile uint32_t spins;
static volatile bool stop;
static void spinner(void *arg)
{
	(void)arg;
	while (!stop)
		spins++;
	sem_give(&done);
}

static void test_preemption(void)
{
	stop = false;
	task_create("spinner", 3, spinner, NULL);
	task_set_period(2 * MS, rt_now() + 2 * MS);
	uint32_t before = spins;
	for (int i = 0; i < 20; i++)
		task_wait_period();
	test_check(spins > before, "a lower task runs in between");
	test_equal((long)rt_current->releases, 21, "twenty periods are twenty releases");
	test_equal((long)rt_current->jitter.count, 21, "each with its jitter");
	test_check(rt_current->response.min <= rt_current->response.max, "and its response time");
	stop = true;
	sem_take(&done, RT_FOREVER);
}

static void test_stat(void)
{
	static struct stat s;
	for (uint64_t i = 1; i <= 1000; i++)
		stat_add(&s, i * 1000);
	test_check(s.min == 1000 && s.max == 1000000 && s.sum / s.count == 500500,
		   "exact min, max, mean");
	uint64_t p = stat_permille(&s, 500);
	test_check(p >= 500000 && p <= 532000, "the median is known to 6 %%");
	test_check(stat_permille(&s, 1000) == 1000000, "the last per mille is the maximum");
}

static void runner(void *arg)
{
	(void)arg;
	mutex_init(&a);
	mutex_init(&b);
	sem_init(&done, 0);
	test_equal(queue_init(&q, sizeof(uint32_t), 2), 0, "queue");
	test_stat();
	test_inheritance();
	test_chain();
	test_deadlock();
	test_timeouts();
	test_queue();
	test_preemption();
	test_done();
}

static void upcall(struct tagma_frame *f)
{
	(void)f;
	event_dispatch();
	task_reschedule();
}

void guest_main(struct start_info *si)
{
	(void)si;
	task_setup();
	test_equal(upcall_init(upcall, NULL), 0, "upcall entry");
	test_equal(rt_timer_setup(), 0, "timer");
	task_create("runner", 8, runner, NULL);
	event_enable();
	for (;;)
		event_wait();
}

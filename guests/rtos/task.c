/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks: ready lists by priority, preemption, waiting with deadlines, periodic release. */
#include "rtos.h"
#include <errno.h>
#include <stdlib.h>
#include <tagma/event.h>

#define STACK_SIZE 16384

static struct list ready[RT_PRIOS];
static uint32_t ready_bits;
static struct task idle;
struct task *rt_current = &idle;
struct list rt_tasks = LIST_INIT(rt_tasks);

bool rt_mask(void) { return !event_disable(); }
void rt_unmask(bool was_masked) { event_restore(!was_masked); }

static void enqueue(struct task *t)
{
	list_add_tail(&ready[t->prio], &t->link);
	ready_bits |= 1u << t->prio;
}

static void dequeue(struct task *t)
{
	list_del(&t->link);
	if (list_empty(&ready[t->prio]))
		ready_bits &= ~(1u << t->prio);
}

static struct task *highest(void)
{
	return list_first(&ready[31 - __builtin_clz(ready_bits)], struct task, link);
}

/* Every ready task, the running one included, is on its list; the idle task always is. */
static void switch_to(struct task *next)
{
	struct task *prev = rt_current;
	if (next == prev)
		return;
	uint64_t now = rt_now();
	prev->run_ns += now - prev->started;
	next->started = now;
	rt_current = next;
	rt_switch(&prev->sp, next->sp);
}

void task_reschedule(void)
{
	struct task *t = highest();
	if (rt_current->state != RT_READY || t->prio > rt_current->prio)
		switch_to(t);
}

void task_ready(struct task *t)
{
	t->state = RT_READY;
	enqueue(t);
}

void task_yield(void)
{
	bool was = rt_mask();
	dequeue(rt_current);
	enqueue(rt_current);
	switch_to(highest());
	rt_unmask(was);
}

/* Wait queues are ordered by priority, first come first served within one. */
static void queue_insert(struct list *queue, struct task *t)
{
	struct list *at = queue->next;
	while (at != queue && list_entry(at, struct task, link)->prio >= t->prio)
		at = at->next;
	list_add_tail(at, &t->link);
	t->queue = queue;
}

void task_set_prio(struct task *t, uint8_t prio)
{
	if (t->prio == prio)
		return;
	if (t->state == RT_READY) {
		dequeue(t);
		t->prio = prio;
		enqueue(t);
	} else {
		t->prio = prio;
		if (t->queue) {
			list_del(&t->link);
			queue_insert(t->queue, t);
		}
	}
}

static void wake(struct task *t, int result)
{
	rt_timer_stop(&t->timer);
	if (t->queue)
		list_del(&t->link);
	t->queue = NULL;
	t->result = result;
	task_ready(t);
}

static void wait_timed_out(struct rt_timer *timer)
{
	struct task *t = (struct task *)((char *)timer - offsetof(struct task, timer));
	wake(t, -ETIMEDOUT);
}

int task_wait(struct list *queue, uint64_t deadline)
{
	struct task *t = rt_current;
	dequeue(t);
	t->state = RT_WAITING;
	t->result = 0;
	if (queue)
		queue_insert(queue, t);
	if (deadline != RT_FOREVER)
		rt_timer_set(&t->timer, deadline);
	switch_to(highest());
	return t->result;
}

struct task *task_wake_first(struct list *queue, int result)
{
	if (list_empty(queue))
		return NULL;
	struct task *t = list_first(queue, struct task, link);
	wake(t, result);
	return t;
}

void task_sleep_until(uint64_t deadline)
{
	bool was = rt_mask();
	task_wait(NULL, deadline);
	rt_unmask(was);
}

void task_set_period(uint64_t period, uint64_t first)
{
	rt_current->period = period;
	rt_current->release = first;
	task_sleep_until(first);
	stat_add(&rt_current->jitter, rt_now() - first);
	rt_current->releases++;
}

void task_wait_period(void)
{
	struct task *t = rt_current;
	uint64_t now = rt_now();
	stat_add(&t->response, now - t->release);
	t->release += t->period;
	/* A job that ran past the next release: those releases are lost, and counted. */
	while (t->release + t->period <= now) {
		t->release += t->period;
		t->overruns++;
	}
	if (t->release > now)
		task_sleep_until(t->release);
	else
		t->overruns++;
	stat_add(&t->jitter, rt_now() - t->release);
	t->releases++;
}

void task_exit(void)
{
	rt_mask();
	/* The stack is in use until the switch, so it stays with the descriptor. */
	dequeue(rt_current);
	rt_current->state = RT_EXITED;
	switch_to(highest());
	__builtin_unreachable();
}

static void task_start(void)
{
	rt_unmask(false);
	rt_current->entry(rt_current->arg);
	task_exit();
}

static void task_init(struct task *t, const char *name, uint8_t prio)
{
	t->name = name;
	t->base_prio = t->prio = prio;
	list_init(&t->held);
	rt_timer_init(&t->timer, wait_timed_out);
	list_add_tail(&rt_tasks, &t->all_link);
}

struct task *task_create(const char *name, uint8_t prio, void (*entry)(void *), void *arg)
{
	struct task *t = calloc(1, sizeof(*t));
	void *stack = malloc(STACK_SIZE);
	if (!t || !stack) {
		free(t);
		free(stack);
		return NULL;
	}
	t->entry = entry;
	t->arg = arg;
	t->stack = stack;
	t->sp = rt_stack_init((char *)stack + STACK_SIZE, task_start);
	bool was = rt_mask();
	task_init(t, name, prio < RT_PRIOS ? prio : RT_PRIOS - 1);
	task_ready(t);
	task_reschedule();
	rt_unmask(was);
	return t;
}

void task_setup(void)
{
	for (int i = 0; i < RT_PRIOS; i++)
		list_init(&ready[i]);
	task_init(&idle, "idle", 0);
	idle.started = rt_now();
	task_ready(&idle);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Semaphores, and mutexes with priority inheritance (seed RV-7). */
#include "rtos.h"
#include <errno.h>

void sem_init(struct sem *s, int32_t value)
{
	s->value = value;
	list_init(&s->waiters);
}

int sem_take(struct sem *s, uint64_t deadline)
{
	bool was = rt_mask();
	int err = 0;
	if (s->value > 0)
		s->value--;
	else
		err = task_wait(&s->waiters, deadline); /* the giver hands its unit to us */
	rt_unmask(was);
	return err;
}

void sem_give(struct sem *s)
{
	bool was = rt_mask();
	if (!task_wake_first(&s->waiters, 0))
		s->value++;
	if (!was) /* in an upcall the switch comes at its end */
		task_reschedule();
	rt_unmask(was);
}

void mutex_init(struct mutex *m)
{
	m->owner = NULL;
	list_init(&m->waiters);
	list_init(&m->held_link);
}

/* The priority a task should have: its own, or that of the first waiter of what it holds. */
static uint8_t due_prio(const struct task *t)
{
	uint8_t prio = t->base_prio;
	list_for_each (l, &t->held) {
		const struct mutex *m = list_entry(l, struct mutex, held_link);
		if (list_empty(&m->waiters))
			continue;
		uint8_t w = list_first(&m->waiters, struct task, link)->prio;
		if (w > prio)
			prio = w;
	}
	return prio;
}

/* Along the chain of owners, as far as priorities change. */
static void propagate(struct task *t)
{
	while (t) {
		uint8_t prio = due_prio(t);
		if (prio == t->prio)
			return;
		task_set_prio(t, prio);
		t = t->blocked_on ? t->blocked_on->owner : NULL;
	}
}

static bool would_deadlock(const struct mutex *m)
{
	for (const struct task *t = m->owner; t; t = t->blocked_on ? t->blocked_on->owner : NULL)
		if (t == rt_current)
			return true;
	return false;
}

static void take(struct mutex *m, struct task *t)
{
	m->owner = t;
	list_add_tail(&t->held, &m->held_link);
}

/* task_wait() puts us on the queue; the owner must inherit before we stop running, so
 * raise it first by what we are about to add. */
static int wait_for_owner(struct mutex *m, uint64_t deadline)
{
	struct task *self = rt_current;
	self->blocked_on = m;
	for (struct task *t = m->owner; t && t->prio < self->prio;
	     t = t->blocked_on ? t->blocked_on->owner : NULL)
		task_set_prio(t, self->prio);
	int err = task_wait(&m->waiters, deadline);
	self->blocked_on = NULL;
	if (err) /* timed out: the owner no longer runs on our behalf */
		propagate(m->owner);
	return err;
}

int mutex_lock(struct mutex *m, uint64_t deadline)
{
	bool was = rt_mask();
	int err = 0;
	if (!m->owner)
		take(m, rt_current);
	else if (would_deadlock(m))
		err = -EDEADLK;
	else
		err = wait_for_owner(m, deadline);
	rt_unmask(was);
	return err;
}

int mutex_unlock(struct mutex *m)
{
	bool was = rt_mask();
	int err = -EPERM;
	if (m->owner == rt_current) {
		err = 0;
		list_del(&m->held_link);
		m->owner = NULL;
		struct task *next = task_wake_first(&m->waiters, 0);
		if (next) {
			take(m, next);
			next->blocked_on = NULL;
			propagate(next);
		}
		propagate(rt_current);
		task_reschedule();
	}
	rt_unmask(was);
	return err;
}

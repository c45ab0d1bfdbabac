/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeping and waking. One server thread: nothing happens between a check and a sleep. */
#include "lx_errno.h"
#include "loop.h"
#include "task_struct.h"

void waitq_init(struct waitq *q) { list_init(&q->head); }

void waitq_add(struct waitq *q, struct waiter *w)
{
	w->task = current;
	w->q = q;
	list_add_tail(&q->head, &w->link);
}

void waitq_remove(struct waiter *w) { list_del(&w->link); }

void waitq_wake(struct waitq *q)
{
	list_for_each (l, &q->head) {
		task_wake(list_entry(l, struct waiter, link)->task);
	}
}

static bool interrupted(int kind)
{
	return kind == SLEEP_KILLABLE ? current->process->exiting || current->exec_killed
				      : signal_pending();
}

/* 0: woken; -EINTR; -ETIMEDOUT. */
int task_sleep(uint64_t deadline, int kind)
{
	struct task *t = current;

	if (interrupted(kind))
		return -EINTR;
	if (deadline != NO_DEADLINE) {
		if (deadline <= time_ns())
			return -ETIMEDOUT;
		timer_add(&t->sleep_timer, deadline);
	}
	t->woken = t->timed_out = false;
	t->sleep_kind = (enum sleep_kind)kind;
	t->state = TASK_SLEEPING;
	t->usage.nvcsw++;
	loop_yield();
	timer_del(&t->sleep_timer);
	if (t->timed_out)
		return -ETIMEDOUT;
	return t->woken ? 0 : -EINTR;
}

int wait_any(uint64_t deadline) { return task_sleep(deadline, SLEEP_INTERRUPTIBLE); }

int waitq_sleep(struct waitq *q, uint64_t deadline)
{
	struct waiter w;
	int err;

	waitq_add(q, &w);
	err = task_sleep(deadline, SLEEP_INTERRUPTIBLE);
	waitq_remove(&w);
	return err;
}

void task_wake(struct task *t)
{
	if (t->state != TASK_SLEEPING)
		return;
	t->woken = true;
	t->state = TASK_RUNNING;
	loop_ready(t);
}

void task_interrupt(struct task *t, bool kill)
{
	if (t->state == TASK_SLEEPING && (kill || t->sleep_kind == SLEEP_INTERRUPTIBLE)) {
		t->state = TASK_RUNNING;
		loop_ready(t);
	} else if (t->state == TASK_STOPPED && kill) {
		t->state = TASK_RUNNING;
		loop_ready(t);
	} else if (t->in_user && !t->kicked) {
		t->kicked = true;
		loop_ready(t);
	}
}

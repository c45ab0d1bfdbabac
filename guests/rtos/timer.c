/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers over the vCPU's one-shot timer: one list by deadline, hardware set to its head. */
#include "rtos.h"
#include <tagma/event.h>
#include <tagma/time.h>

static struct list timers = LIST_INIT(timers);
static uint64_t armed; /* what the vCPU's timer is set to; 0 none */

uint64_t rt_now(void) { return time_ns(); }

static void arm(void)
{
	uint64_t next =
		list_empty(&timers) ? 0 : list_first(&timers, struct rt_timer, link)->deadline;
	if (next == armed)
		return;
	armed = next;
	/* 0 stops it. A deadline that has passed fires at once: nothing is lost. */
	time_set_timer(next);
}

void rt_timer_init(struct rt_timer *t, void (*fn)(struct rt_timer *t))
{
	list_init(&t->link);
	t->fn = fn;
	t->deadline = 0;
}

void rt_timer_set(struct rt_timer *t, uint64_t deadline)
{
	bool was = rt_mask();
	list_del(&t->link);
	t->deadline = deadline;
	struct list *at = timers.next;
	while (at != &timers && list_entry(at, struct rt_timer, link)->deadline <= deadline)
		at = at->next;
	list_add_tail(at, &t->link);
	arm();
	rt_unmask(was);
}

void rt_timer_stop(struct rt_timer *t)
{
	bool was = rt_mask();
	list_del(&t->link);
	arm();
	rt_unmask(was);
}

/* VIRQ_TIMER, in the upcall: run what is due. Tasks made ready are switched to when it ends. */
static void timer_fired(void *arg, uint32_t port)
{
	(void)port;
	(void)arg;
	armed = 0;
	uint64_t now = rt_now();
	while (!list_empty(&timers)) {
		struct rt_timer *t = list_first(&timers, struct rt_timer, link);
		if (t->deadline > now)
			break;
		list_del(&t->link);
		t->fn(t);
	}
	arm();
}

int rt_timer_setup(void)
{
	int port = event_bind_virq(VIRQ_TIMER, timer_fired, NULL);
	if (port >= 0)
		event_unmask((uint32_t)port);
	return port < 0 ? port : 0;
}

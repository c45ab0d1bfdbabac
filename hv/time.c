/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/time.h>

uint64_t time_ns(void) { return arch_time_ns(); }

void timer_arm(struct cpu *c, uint64_t deadline)
{
	if (deadline >= c->timer_armed)
		return;
	c->timer_armed = deadline;
	arch_timer_set(deadline);
}

void timer_init_cpu(struct cpu *c)
{
	list_init(&c->timers);
	c->timer_armed = TIMER_NEVER;
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	list_init(&t->link);
	t->deadline = TIMER_NEVER;
	t->fn = fn;
}

void timer_set(struct timer *t, uint64_t deadline)
{
	struct cpu *c = this_cpu();
	struct list *pos;

	list_del(&t->link);
	t->deadline = deadline;
	for (pos = c->timers.next; pos != &c->timers; pos = pos->next)
		if (list_entry(pos, struct timer, link)->deadline > deadline)
			break;
	list_add_tail(pos, &t->link);
	timer_arm(c, deadline);
}

void timer_stop(struct timer *t) { list_del(&t->link); }

/* A timer that sets itself again does so after `now`: the loop ends. */
void timer_interrupt(void)
{
	struct cpu *c = this_cpu();
	uint64_t now = time_ns();

	COUNT(timer);
	TRACE(timer, 0, 0);
	c->timer_armed = TIMER_NEVER;
	while (!list_empty(&c->timers)) {
		struct timer *t = list_first(&c->timers, struct timer, link);

		if (t->deadline > now)
			break;
		list_del(&t->link);
		t->fn(t);
	}
	if (!list_empty(&c->timers))
		timer_arm(c, list_first(&c->timers, struct timer, link)->deadline);
	sched_tick(c, now);
}

static uint64_t wall_boot;

void time_wall_init(void)
{
	uint64_t sec = arch_wall_seconds();

	wall_boot = sec ? sec * NSEC_PER_SEC - time_ns() : 0;
	if (!sec)
		kprintf("time: the machine has no clock, it is 1970\n");
}

uint64_t time_wall_boot_ns(void) { return wall_boot; }

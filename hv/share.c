/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's share of the processor (CK-6). Credit grows with time, by cpu_percent of it, up
 * to one period's; what the domain's threads use is taken off. Without credit all of
 * them sink to priority 0, the idle class, until half a period's credit is there again: the
 * share is kept, and what nobody else wants is had beside it, free of charge.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/prio.h>
#include <hv/share.h>
#include <hv/space.h>
#include <hv/thread.h>

#define PERIOD_NS 100000000ll
/* High priorities pay more than they use, low ones less; srm's default, 100, what it is. */
#define PRICE(prio) (156u + (prio))
#define PRICE_UNIT 256u

static int64_t full(const struct domain *d) { return PERIOD_NS * d->cpu_percent / 100; }

static void refill(struct domain *d, uint64_t now)
{
	uint64_t elapsed = MIN(now - d->credit_stamp, (uint64_t)PERIOD_NS * 100);

	d->credit = MIN(d->credit + (int64_t)(elapsed * d->cpu_percent / 100), full(d));
	d->credit_stamp = now;
}

static void set_over(struct domain *d, bool over)
{
	d->over_share = over;
	list_for_each (s, &d->spaces)
		list_for_each (t, &list_entry(s, struct space, dom_link)->threads)
			prio_refresh(list_entry(t, struct thread, space_link));
}

/* Never from within the scheduler: it is in the middle of a choice. */
static void turn(struct timer *timer)
{
	struct domain *d = container_of(timer, struct domain, share_timer);
	uint64_t now = time_ns();

	refill(d, now);
	if (d->credit >= 0) {
		set_over(d, false);
		return;
	}
	if (!d->over_share)
		set_over(d, true);
	timer_set(timer, now + (uint64_t)(full(d) / 2 - d->credit) * 100 / d->cpu_percent);
}

void share_init(struct domain *d) { timer_init(&d->share_timer, turn); }

void share_set(struct domain *d, uint32_t percent)
{
	timer_stop(&d->share_timer);
	d->cpu_percent = percent;
	d->credit = 0;
	d->credit_stamp = time_ns();
	if (d->over_share)
		set_over(d, false);
}

void share_charge(struct thread *t, uint64_t ns, uint64_t now)
{
	struct domain *d = t->domain;

	if (d->over_share)
		return;
	refill(d, now);
	d->credit -= (int64_t)(ns * PRICE(t->base_prio) / PRICE_UNIT);
	if (d->credit < 0 && !timer_is_set(&d->share_timer))
		timer_set(&d->share_timer, now);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interval timers. Real time is a timer of its own. Virtual and profiling time are CPU time
 * of the process: a timer looks again after what is left would have passed at full
 * speed, so it is never early, and late by less than what is left at that moment.
 */
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "timecall.h"
#include <string.h>

#define MIN_INTERVAL 100000u /* ns: a process cannot bury the server in its own alarms */
#define MIN_CPU_CHECK 1000000u

static const int itimer_signal[3] = { SIGALRM, SIGVTALRM, SIGPROF };

static uint64_t itimer_now(const struct itimer *it)
{
	struct usage u;

	if (it->which == 0)
		return time_ns();
	process_usage(it->process, &u);
	return it->which == 1 ? u.utime : u.utime + u.stime;
}

static void itimer_arm(struct itimer *it, uint64_t now)
{
	uint64_t left = it->expires > now ? it->expires - now : 0;

	if (it->which && left < MIN_CPU_CHECK)
		left = MIN_CPU_CHECK;
	timer_add(&it->timer, deadline_after(left));
}

static void itimer_fire(struct timer *t)
{
	struct itimer *it = (struct itimer *)(void *)((char *)t - offsetof(struct itimer, timer));
	uint64_t now = itimer_now(it);

	if (now >= it->expires) {
		signal_send(it->process->leader, itimer_signal[it->which]);
		it->expires = it->interval ? it->expires + it->interval : 0;
		if (it->interval && it->expires < now)
			it->expires = now + it->interval;
	}
	if (it->expires)
		itimer_arm(it, now);
}

void itimer_init(struct process *p)
{
	for (int i = 0; i < 3; i++) {
		memset(&p->itimer[i], 0, sizeof(p->itimer[i]));
		p->itimer[i].process = p;
		p->itimer[i].which = i;
		timer_init(&p->itimer[i].timer, itimer_fire);
	}
}

static uint64_t itimer_left(const struct itimer *it)
{
	uint64_t now = itimer_now(it);

	return !it->expires ? 0 : it->expires > now ? it->expires - now : 1000;
}

static void itimer_set(struct itimer *it, uint64_t value, uint64_t interval)
{
	uint64_t now = itimer_now(it);

	timer_del(&it->timer);
	it->interval = interval && interval < MIN_INTERVAL ? MIN_INTERVAL : interval;
	it->expires = value ? now + value : 0;
	if (value)
		itimer_arm(it, now);
}

static struct timeval32_abi to_timeval(uint64_t ns)
{
	return (struct timeval32_abi){ (int32_t)(ns / NS_PER_SEC),
				       (int32_t)(ns % NS_PER_SEC / 1000) };
}

static bool from_timeval(uint64_t *ns, const struct timeval32_abi *tv)
{
	*ns = (uint64_t)tv->sec * NS_PER_SEC + (uint64_t)tv->usec * 1000;
	return tv->sec >= 0 && (uint32_t)tv->usec < 1000000;
}

static int put_itimer(uptr_t a, uint64_t value, uint64_t interval)
{
	struct itimerval_abi v = { to_timeval(interval), to_timeval(value) };

	return copy_to_user(a, &v, sizeof(v));
}

int32_t sys_getitimer(const uint32_t a[6])
{
	const struct itimer *it;

	if (a[0] > 2)
		return -EINVAL;
	it = &current->process->itimer[a[0]];
	return put_itimer(a[1], itimer_left(it), it->interval);
}

int32_t sys_setitimer(const uint32_t a[6])
{
	struct itimerval_abi v = { 0 };
	uint64_t value, interval, old_left, old_interval;
	struct itimer *it;

	if (a[0] > 2)
		return -EINVAL;
	if (a[1] && copy_from_user(&v, a[1], sizeof(v)))
		return -EFAULT;
	if (!from_timeval(&value, &v.value) || !from_timeval(&interval, &v.interval))
		return -EINVAL;
	it = &current->process->itimer[a[0]];
	old_left = itimer_left(it);
	old_interval = it->interval;
	itimer_set(it, value, interval);
	return a[2] ? put_itimer(a[2], old_left, old_interval) : 0;
}

int32_t sys_alarm(const uint32_t a[6])
{
	struct itimer *it = &current->process->itimer[0];
	uint64_t left = itimer_left(it);

	itimer_set(it, a[0] * NS_PER_SEC, 0);
	return (int32_t)((left + NS_PER_SEC - 1) / NS_PER_SEC);
}

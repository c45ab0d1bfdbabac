/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks, and sleeping until a time; for each call its 32-bit and its 64-bit form. */
#include "timecall.h"
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include <tagma/time.h>

#define CLOCK_REALTIME 0u
#define CLOCK_MONOTONIC 1u
#define CLOCK_PROCESS_CPUTIME 2u
#define CLOCK_THREAD_CPUTIME 3u
#define CLOCK_MONOTONIC_RAW 4u
#define CLOCK_REALTIME_COARSE 5u
#define CLOCK_MONOTONIC_COARSE 6u
#define CLOCK_BOOTTIME 7u
#define TIMER_ABSTIME 1u
#define SEC_MAX 9000000000ull

static int64_t wall_offset; /* what settimeofday() added */

uint64_t time_real_ns(void) { return time_wall_ns() + (uint64_t)wall_offset; }

uint64_t deadline_after(uint64_t ns)
{
	uint64_t now = time_ns();

	return ns >= NO_DEADLINE - 1 - now ? NO_DEADLINE : now + ns;
}

int get_timespec(uint64_t *ns, uptr_t a, bool time64)
{
	struct timespec64_abi t;
	struct timespec32_abi t32;

	if (time64 ? copy_from_user(&t, a, sizeof(t)) : copy_from_user(&t32, a, sizeof(t32)))
		return -EFAULT;
	if (!time64)
		t = (struct timespec64_abi){ t32.sec, t32.nsec, 0 };
	if (t.sec < 0 || t.nsec < 0 || t.nsec >= (int32_t)NS_PER_SEC)
		return -EINVAL;
	if ((uint64_t)t.sec > SEC_MAX)
		t.sec = (int64_t)SEC_MAX;
	*ns = (uint64_t)t.sec * NS_PER_SEC + (uint64_t)t.nsec;
	return 0;
}

int put_timespec(uptr_t a, uint64_t ns, bool time64)
{
	struct timespec64_abi t = { (int64_t)(ns / NS_PER_SEC), (int32_t)(ns % NS_PER_SEC), 0 };
	struct timespec32_abi t32 = { (int32_t)t.sec, t.nsec };

	return time64 ? copy_to_user(a, &t, sizeof(t)) : copy_to_user(a, &t32, sizeof(t32));
}

static int clock_read(uint32_t clock, uint64_t *ns)
{
	struct usage u;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = time_real_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = time_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME:
		process_usage(current->process, &u);
		*ns = u.utime + u.stime;
		return 0;
	case CLOCK_THREAD_CPUTIME:
		*ns = task_utime_ns(current) + task_stime_ns(current);
		return 0;
	}
	return -EINVAL;
}

static int32_t clock_gettime(const uint32_t a[6], bool time64)
{
	uint64_t ns;
	int err = clock_read(a[0], &ns);

	return err ? err : put_timespec(a[1], ns, time64);
}

int32_t sys_clock_gettime(const uint32_t a[6]) { return clock_gettime(a, false); }
int32_t sys_clock_gettime64(const uint32_t a[6]) { return clock_gettime(a, true); }

static int32_t clock_getres(const uint32_t a[6], bool time64)
{
	uint64_t ns;
	int err = clock_read(a[0], &ns);

	if (err || !a[1])
		return err;
	return put_timespec(
		a[1], a[0] == CLOCK_REALTIME_COARSE || a[0] == CLOCK_MONOTONIC_COARSE ? 4000000 : 1,
		time64);
}

int32_t sys_clock_getres(const uint32_t a[6]) { return clock_getres(a, false); }
int32_t sys_clock_getres_time64(const uint32_t a[6]) { return clock_getres(a, true); }

static int32_t set_wall(uint64_t ns)
{
	if (!capable())
		return -EPERM;
	wall_offset = (int64_t)(ns - time_wall_ns());
	return 0;
}

static int32_t clock_settime(const uint32_t a[6], bool time64)
{
	uint64_t ns;
	int err = get_timespec(&ns, a[1], time64);

	if (err)
		return err;
	return a[0] == CLOCK_REALTIME ? set_wall(ns) : -EINVAL;
}

int32_t sys_clock_settime(const uint32_t a[6]) { return clock_settime(a, false); }
int32_t sys_clock_settime64(const uint32_t a[6]) { return clock_settime(a, true); }

int32_t sys_gettimeofday(const uint32_t a[6])
{
	uint64_t us = time_real_ns() / 1000;
	struct timeval32_abi tv = { (int32_t)(us / 1000000), (int32_t)(us % 1000000) };
	uint32_t tz[2] = { 0, 0 };

	if (a[0] && copy_to_user(a[0], &tv, sizeof(tv)))
		return -EFAULT;
	return a[1] ? copy_to_user(a[1], tz, sizeof(tz)) : 0;
}

int32_t sys_settimeofday(const uint32_t a[6])
{
	struct timeval32_abi tv;

	if (!a[0])
		return 0; /* the time zone alone: not the kernel's business */
	if (copy_from_user(&tv, a[0], sizeof(tv)))
		return -EFAULT;
	if (tv.sec < 0 || (uint32_t)tv.usec >= 1000000)
		return -EINVAL;
	return set_wall((uint64_t)tv.sec * NS_PER_SEC + (uint64_t)tv.usec * 1000);
}

int32_t sys_time(const uint32_t a[6])
{
	uint32_t s = (uint32_t)(time_real_ns() / NS_PER_SEC);

	if (a[0] && put_user32(a[0], s))
		return -EFAULT;
	return (int32_t)s;
}

int32_t sys_stime(const uint32_t a[6])
{
	uint32_t s;

	return get_user32(&s, a[0]) ? -EFAULT : set_wall(s * NS_PER_SEC);
}

/* --- sleeping */

uint64_t syscall_deadline(uint64_t ns)
{
	uint64_t d = current->restart_deadline;

	current->restart_deadline = 0;
	return d ? d : ns == NO_DEADLINE ? NO_DEADLINE : deadline_after(ns);
}

int syscall_restart_timed(uint64_t deadline)
{
	current->restart_deadline = deadline;
	return -ERESTARTTIMED;
}

static int32_t sleep_until(uint64_t deadline, uptr_t left, bool time64)
{
	struct waitq nobody;
	uint64_t now;
	int err;

	waitq_init(&nobody);
	err = waitq_sleep(&nobody, deadline);
	if (err != -EINTR)
		return 0;
	now = time_ns();
	if (left && put_timespec(left, deadline > now ? deadline - now : 0, time64))
		return -EFAULT;
	return syscall_restart_timed(deadline);
}

static int32_t nanosleep(uptr_t req, uptr_t left, bool time64)
{
	uint64_t ns;
	int err = get_timespec(&ns, req, time64);

	return err ? err : sleep_until(syscall_deadline(ns), left, time64);
}

int32_t sys_nanosleep(const uint32_t a[6]) { return nanosleep(a[0], a[1], false); }

static int32_t clock_nanosleep(const uint32_t a[6], bool time64)
{
	uint64_t ns, now;
	int err = clock_read(a[0], &now);

	if (err)
		return err;
	if (a[0] == CLOCK_THREAD_CPUTIME || a[0] == CLOCK_PROCESS_CPUTIME)
		return -EINVAL;
	if (!(a[1] & TIMER_ABSTIME))
		return nanosleep(a[2], a[3], time64);
	err = get_timespec(&ns, a[2], time64);
	if (err || ns <= now)
		return err;
	err = sleep_until(deadline_after(ns - now), 0, time64);
	current->restart_deadline = 0;
	return err ? -ERESTARTNOHAND : 0; /* the time is absolute: begin again as it was */
}

int32_t sys_clock_nanosleep(const uint32_t a[6]) { return clock_nanosleep(a, false); }
int32_t sys_clock_nanosleep_time64(const uint32_t a[6]) { return clock_nanosleep(a, true); }

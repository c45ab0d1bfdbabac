/* SPDX-License-Identifier: GPL-2.0-only */
/* Priorities and scheduling parameters. nice values become priorities of the hypervisor's
 * threads (hwspace.c), which schedules; policies are remembered. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "timecall.h"
#include <string.h>
#include <tagma/thread.h>

#define PRIO_PROCESS 0u
#define PRIO_PGRP 1u
#define PRIO_USER 2u
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_IDLE 5

static bool selected(const struct process *p, uint32_t which, uint32_t who)
{
	const struct process *me = current->process;

	if (which == PRIO_PROCESS)
		return p->pid == (who ? (pid_t)who : me->pid);
	if (which == PRIO_PGRP)
		return p->pgid == (who ? (pid_t)who : me->pgid);
	return p->cred.uid == (who ? who : me->cred.uid);
}

/* As the kernel gives it: 20 - nice, so that no value is an error. */
int32_t sys_getpriority(const uint32_t a[6])
{
	int32_t best = -ESRCH;

	if (a[0] > PRIO_USER)
		return -EINVAL;
	for (struct process *p = NULL; (p = process_next(p));)
		if (selected(p, a[0], a[1]) && 20 - p->nice > best)
			best = 20 - p->nice;
	return best;
}

static int set_nice(struct process *p, int nice)
{
	nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
	if (!capable() && p->cred.uid != current->process->cred.euid)
		return -EPERM;
	if (!capable() && nice < p->nice)
		return -EACCES;
	p->nice = (int8_t)nice;
	list_for_each (l, &p->threads) {
		hw_prio(list_entry(l, struct task, thread_link));
	}
	return 0;
}

int32_t sys_setpriority(const uint32_t a[6])
{
	int err = -ESRCH;

	if (a[0] > PRIO_USER)
		return -EINVAL;
	for (struct process *p = NULL; (p = process_next(p));)
		if (selected(p, a[0], a[1]))
			err = set_nice(p, (int32_t)a[2]);
	return err;
}

int32_t sys_nice(const uint32_t a[6])
{
	int32_t by = (int32_t)a[0];

	by = by < -40 ? -40 : by > 40 ? 40 : by;
	if (set_nice(current->process, current->process->nice + by))
		return -EPERM;
	return 0;
}

/* Equal priorities take turns by time slices. The reply would run the caller at once, so the
 * loop sends it to the tail of its priority instead. */
int32_t sys_sched_yield(const uint32_t a[6])
{
	(void)a;
	current->yielding = true;
	return 0;
}

static struct process *by_pid(uint32_t pid)
{
	struct task *t = pid ? task_find((pid_t)pid) : current;

	return t ? t->process : NULL;
}

static bool real_time(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

static int set_policy(struct process *p, uint32_t policy, uint32_t prio)
{
	policy &= ~0x40000000u; /* SCHED_RESET_ON_FORK */
	if (policy > SCHED_IDLE || policy == 4)
		return -EINVAL;
	if (real_time((int)policy) ? prio < 1 || prio > 99 : prio != 0)
		return -EINVAL;
	if (real_time((int)policy) && !capable())
		return -EPERM;
	p->sched_policy = (uint8_t)policy;
	p->sched_prio = (uint8_t)prio;
	return 0;
}

int32_t sys_sched_setscheduler(const uint32_t a[6])
{
	struct process *p = by_pid(a[0]);
	uint32_t prio;

	if (!p)
		return -ESRCH;
	return get_user32(&prio, a[2]) ? -EFAULT : set_policy(p, a[1], prio);
}

int32_t sys_sched_setparam(const uint32_t a[6])
{
	struct process *p = by_pid(a[0]);
	uint32_t prio;

	if (!p)
		return -ESRCH;
	return get_user32(&prio, a[1]) ? -EFAULT : set_policy(p, p->sched_policy, prio);
}

int32_t sys_sched_getscheduler(const uint32_t a[6])
{
	struct process *p = by_pid(a[0]);

	return p ? p->sched_policy : -ESRCH;
}

int32_t sys_sched_getparam(const uint32_t a[6])
{
	struct process *p = by_pid(a[0]);

	return p ? put_user32(a[1], p->sched_prio) : -ESRCH;
}

static int32_t policy_limit(uint32_t policy, int32_t of_real_time)
{
	if (policy > SCHED_IDLE || policy == 4)
		return -EINVAL;
	return real_time((int)policy) ? of_real_time : 0;
}

int32_t sys_sched_get_priority_max(const uint32_t a[6]) { return policy_limit(a[0], 99); }
int32_t sys_sched_get_priority_min(const uint32_t a[6]) { return policy_limit(a[0], 1); }

static int32_t rr_interval(const uint32_t a[6], bool time64)
{
	return by_pid(a[0]) ? put_timespec(a[1], 10000000, time64) : -ESRCH;
}

int32_t sys_sched_rr_get_interval(const uint32_t a[6]) { return rr_interval(a, false); }
int32_t sys_sched_rr_get_interval_time64(const uint32_t a[6]) { return rr_interval(a, true); }

/* One processor. */
int32_t sys_sched_getaffinity(const uint32_t a[6])
{
	if (!by_pid(a[0]))
		return -ESRCH;
	if (a[1] < 4 || (a[1] & 3))
		return -EINVAL;
	return put_user32(a[2], 1) ? -EFAULT : 4;
}

int32_t sys_sched_setaffinity(const uint32_t a[6])
{
	uint8_t mask;

	if (!by_pid(a[0]))
		return -ESRCH;
	if (!a[1] || copy_from_user(&mask, a[2], 1))
		return a[1] ? -EFAULT : -EINVAL;
	return mask & 1 ? 0 : -EINVAL;
}

int32_t sys_getcpu(const uint32_t a[6])
{
	if ((a[0] && put_user32(a[0], 0)) || (a[1] && put_user32(a[1], 0)))
		return -EFAULT;
	return 0;
}

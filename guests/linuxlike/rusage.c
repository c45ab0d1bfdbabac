/* SPDX-License-Identifier: GPL-2.0-only */
/* Resources used, and their limits. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include <string.h>

#define NS_PER_TICK (1000000000u / USER_HZ)
#define RUSAGE_SELF 0u
#define RUSAGE_CHILDREN 0xffffffffu
#define RUSAGE_THREAD 1u

uint64_t task_stime_ns(const struct task *t) { return t->usage.stime; }
uint64_t task_utime_ns(const struct task *t) { return t->usage.utime + hw_run_ns(t); }

void usage_add(struct usage *to, const struct usage *from)
{
	to->utime += from->utime;
	to->stime += from->stime;
	to->minflt += from->minflt;
	to->majflt += from->majflt;
	to->nvcsw += from->nvcsw;
	if (from->maxrss_kb > to->maxrss_kb)
		to->maxrss_kb = from->maxrss_kb;
}

static void task_usage(const struct task *t, struct usage *u)
{
	*u = t->usage;
	u->utime += hw_run_ns(t);
	if (t->mm && t->mm->vm.peak_own * 4 > u->maxrss_kb)
		u->maxrss_kb = t->mm->vm.peak_own * 4;
}

void process_usage(const struct process *p, struct usage *u)
{
	*u = p->self;
	list_for_each (l, &p->threads) {
		const struct task *t = list_entry(l, struct task, thread_link);
		struct usage one;

		if (t->dead)
			continue;
		task_usage(t, &one);
		usage_add(u, &one);
	}
}

static struct timeval32_abi to_timeval(uint64_t ns)
{
	return (struct timeval32_abi){ (int32_t)(ns / 1000000000),
				       (int32_t)(ns % 1000000000 / 1000) };
}

void usage_to_abi(const struct usage *u, struct rusage_abi *r)
{
	memset(r, 0, sizeof(*r));
	r->utime = to_timeval(u->utime);
	r->stime = to_timeval(u->stime);
	r->maxrss = (int32_t)u->maxrss_kb;
	r->minflt = (int32_t)u->minflt;
	r->majflt = (int32_t)u->majflt;
	r->nvcsw = (int32_t)u->nvcsw;
}

int32_t sys_getrusage(const uint32_t a[6])
{
	struct rusage_abi r;
	struct usage u;

	switch (a[0]) {
	case RUSAGE_SELF:
		process_usage(current->process, &u);
		break;
	case RUSAGE_CHILDREN:
		u = current->process->children_usage;
		break;
	case RUSAGE_THREAD:
		task_usage(current, &u);
		break;
	default:
		return -EINVAL;
	}
	usage_to_abi(&u, &r);
	return copy_to_user(a[1], &r, sizeof(r));
}

int32_t sys_times(const uint32_t a[6])
{
	struct process *p = current->process;
	struct usage u;
	struct tms_abi t;

	process_usage(p, &u);
	t.utime = (uint32_t)(u.utime / NS_PER_TICK);
	t.stime = (uint32_t)(u.stime / NS_PER_TICK);
	t.cutime = (uint32_t)(p->children_usage.utime / NS_PER_TICK);
	t.cstime = (uint32_t)(p->children_usage.stime / NS_PER_TICK);
	if (a[0] && copy_to_user(a[0], &t, sizeof(t)))
		return -EFAULT;
	return (int32_t)(time_ns() / NS_PER_TICK & 0x7fffffff);
}

/* --- limits */

static uint32_t cut32(uint64_t v) { return v > RLIM32_INFINITY ? RLIM32_INFINITY : (uint32_t)v; }
static uint64_t widen(uint32_t v) { return v == RLIM32_INFINITY ? RLIM64_INFINITY : v; }

static int set_limit(struct process *p, uint32_t which, struct rlimit64_abi n)
{
	struct rlimit64_abi *r = &p->rlim[which];

	if (n.cur > n.max)
		return -EINVAL;
	if (n.max > r->max && !capable())
		return -EPERM;
	*r = n;
	return 0;
}

static int32_t getrlimit(const uint32_t a[6], uint32_t infinity)
{
	const struct rlimit64_abi *r;
	struct rlimit32_abi v;

	if (a[0] >= RLIM_NLIMITS)
		return -EINVAL;
	r = &current->process->rlim[a[0]];
	v.cur = cut32(r->cur);
	v.max = cut32(r->max);
	v.cur = v.cur > infinity ? infinity : v.cur;
	v.max = v.max > infinity ? infinity : v.max;
	return copy_to_user(a[1], &v, sizeof(v));
}

int32_t sys_ugetrlimit(const uint32_t a[6]) { return getrlimit(a, RLIM32_INFINITY); }
int32_t sys_getrlimit(const uint32_t a[6]) { return getrlimit(a, 0x7fffffff); }

int32_t sys_setrlimit(const uint32_t a[6])
{
	struct rlimit32_abi v;

	if (a[0] >= RLIM_NLIMITS)
		return -EINVAL;
	if (copy_from_user(&v, a[1], sizeof(v)))
		return -EFAULT;
	return set_limit(current->process, a[0],
			 (struct rlimit64_abi){ widen(v.cur), widen(v.max) });
}

int32_t sys_prlimit64(const uint32_t a[6])
{
	struct task *t = a[0] ? task_find((pid_t)a[0]) : current;
	struct rlimit64_abi n, old;
	int err = 0;

	if (!t)
		return -ESRCH;
	if (a[1] >= RLIM_NLIMITS)
		return -EINVAL;
	if (t->process != current->process && !capable() &&
	    t->process->cred.uid != current->process->cred.uid)
		return -EPERM;
	old = t->process->rlim[a[1]];
	if (a[2]) {
		if (copy_from_user(&n, a[2], sizeof(n)))
			return -EFAULT;
		err = set_limit(t->process, a[1], n);
	}
	return err ? err : a[3] ? copy_to_user(a[3], &old, sizeof(old)) : 0;
}

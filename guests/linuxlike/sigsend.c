/* SPDX-License-Identifier: GPL-2.0-only */
/* kill and its kin: who may send a signal to whom. */
#include "lx_errno.h"
#include "signal.h"
#include "syscall.h"
#include "task_struct.h"

int signal_may(struct process *to, int sig)
{
	const struct cred *me = &current->process->cred, *it = &to->cred;

	if (me->euid == 0 || me->euid == it->suid || me->euid == it->uid || me->uid == it->suid ||
	    me->uid == it->uid)
		return 0;
	if (sig == SIGCONT && to->session == current->process->session)
		return 0;
	return -EPERM;
}

static int send_one(struct process *p, const struct siginfo_abi *i, int sig)
{
	int err = signal_may(p, sig);

	if (!err && sig && !p->zombie)
		signal_queue_process(p, i);
	return err;
}

/* A group (pgid > 0), or all but init and the sender's own (pgid 0). Success if one was told. */
static int send_many(pid_t pgid, const struct siginfo_abi *i, int sig)
{
	int err = -ESRCH;
	bool sent = false;

	for (struct process *p, *next = process_next(NULL); (p = next);) {
		int e;

		next = process_next(p);
		if (pgid ? p->pgid != pgid : p == init_process || p == current->process)
			continue;
		e = send_one(p, i, sig);
		sent |= !e;
		err = e;
	}
	return sent ? 0 : err;
}

int32_t sys_kill(const uint32_t a[6])
{
	pid_t pid = (pid_t)a[0];
	struct siginfo_abi i;
	struct process *p;
	struct task *t;

	if (a[1] > NSIG)
		return -EINVAL;
	siginfo_user(&i, (int)a[1], SI_USER);
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid <= 0)
		return send_many(pid == -1 ? 0
				 : pid	   ? -pid
					   : current->process->pgid,
				 &i, (int)a[1]);
	p = process_find(pid);
	if (!p) { /* a thread's number stands for its process */
		t = task_find(pid);
		p = t ? t->process : NULL;
	}
	return p ? send_one(p, &i, (int)a[1]) : -ESRCH;
}

static int32_t thread_kill(pid_t tgid, pid_t tid, const struct siginfo_abi *i, uint32_t sig)
{
	struct task *t = task_find(tid);
	int err;

	if (sig > NSIG || tid <= 0)
		return -EINVAL;
	if (!t || (tgid && t->process->pid != tgid))
		return -ESRCH;
	err = signal_may(t->process, (int)sig);
	if (!err && sig)
		signal_queue(t, i);
	return err;
}

int32_t sys_tkill(const uint32_t a[6])
{
	struct siginfo_abi i;

	siginfo_user(&i, (int)a[1], SI_TKILL);
	return thread_kill(0, (pid_t)a[0], &i, a[1]);
}

int32_t sys_tgkill(const uint32_t a[6])
{
	struct siginfo_abi i;

	if ((pid_t)a[0] <= 0)
		return -EINVAL;
	siginfo_user(&i, (int)a[2], SI_TKILL);
	return thread_kill((pid_t)a[0], (pid_t)a[1], &i, a[2]);
}

/* A process may say what it likes to itself, but not pose as the kernel to others. */
static int get_info(struct siginfo_abi *i, uptr_t a, pid_t to, uint32_t sig)
{
	if (sig > NSIG)
		return -EINVAL;
	if (copy_from_user(i, a, sizeof(*i)))
		return -EFAULT;
	i->signo = (int32_t)sig;
	return (i->code >= 0 || i->code == SI_TKILL) && to != task_pid(current) ? -EPERM : 0;
}

int32_t sys_rt_sigqueueinfo(const uint32_t a[6])
{
	struct siginfo_abi i;
	struct process *p = process_find((pid_t)a[0]);
	int err = get_info(&i, a[2], (pid_t)a[0], a[1]);

	if (err)
		return err;
	return p ? send_one(p, &i, (int)a[1]) : -ESRCH;
}

int32_t sys_rt_tgsigqueueinfo(const uint32_t a[6])
{
	struct siginfo_abi i;
	int err = get_info(&i, a[3], (pid_t)a[0], a[2]);

	return err ? err : thread_kill((pid_t)a[0], (pid_t)a[1], &i, a[2]);
}

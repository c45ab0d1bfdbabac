/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls on signal actions, masks and stacks. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "signal.h"
#include "syscall.h"
#include "task_struct.h"
#include "timecall.h"

static bool sig_ok(uint32_t sig) { return sig >= 1 && sig <= NSIG; }

static ksigset_t to_set(const uint32_t w[2]) { return w[0] | (ksigset_t)w[1] << 32; }

static int get_set(ksigset_t *s, uptr_t a)
{
	uint32_t w[2];

	if (copy_from_user(w, a, sizeof(w)))
		return -EFAULT;
	*s = to_set(w);
	return 0;
}

static int put_set(uptr_t a, ksigset_t s)
{
	uint32_t w[2] = { (uint32_t)s, (uint32_t)(s >> 32) };

	return copy_to_user(a, w, sizeof(w));
}

/* An action that ignores also forgets what is pending. */
static int set_action(uint32_t sig, const struct sigaction_abi *n)
{
	struct process *p = current->process;

	if (sig == SIGKILL || sig == SIGSTOP)
		return -EINVAL;
	p->sighand->action[sig - 1] = *n;
	if (n->handler == SIG_IGN || (n->handler == SIG_DFL && signal_default_ignored((int)sig))) {
		sigpend_clear(&p->shared, SIG_BIT(sig));
		list_for_each (l, &p->threads) {
			sigpend_clear(&list_entry(l, struct task, thread_link)->pending,
				      SIG_BIT(sig));
		}
	}
	return 0;
}

int32_t sys_rt_sigaction(const uint32_t a[6])
{
	struct sigaction_abi n, old;
	int err;

	if (!sig_ok(a[0]) || a[3] != sizeof(ksigset_t))
		return -EINVAL;
	old = current->process->sighand->action[a[0] - 1];
	if (a[1]) {
		if (copy_from_user(&n, a[1], sizeof(n)))
			return -EFAULT;
		err = set_action(a[0], &n);
		if (err)
			return err;
	}
	return a[2] ? copy_to_user(a[2], &old, sizeof(old)) : 0;
}

int32_t sys_sigaction(const uint32_t a[6])
{
	struct old_sigaction_abi n, o;
	struct sigaction_abi old;
	int err;

	if (!sig_ok(a[0]))
		return -EINVAL;
	old = current->process->sighand->action[a[0] - 1];
	if (a[1]) {
		if (copy_from_user(&n, a[1], sizeof(n)))
			return -EFAULT;
		err = set_action(a[0], &(struct sigaction_abi){
					       n.handler, n.flags, n.restorer, { n.mask, 0 } });
		if (err)
			return err;
	}
	o = (struct old_sigaction_abi){ old.handler, old.mask[0], old.flags, old.restorer };
	return a[2] ? copy_to_user(a[2], &o, sizeof(o)) : 0;
}

int32_t sys_signal(const uint32_t a[6])
{
	struct sigaction_abi n = { a[1], SA_RESETHAND | SA_NODEFER, 0, { 0, 0 } };
	uint32_t old;
	int err;

	if (!sig_ok(a[0]))
		return -EINVAL;
	old = current->process->sighand->action[a[0] - 1].handler;
	err = set_action(a[0], &n);
	return err ? err : (int32_t)old;
}

static int change_mask(uint32_t how, ksigset_t set)
{
	ksigset_t m = current->sigmask;

	switch (how) {
	case 0:
		m |= set;
		break;
	case 1:
		m &= ~set;
		break;
	case 2:
		m = set;
		break;
	default:
		return -EINVAL;
	}
	signal_mask_set(current, m);
	return 0;
}

int32_t sys_rt_sigprocmask(const uint32_t a[6])
{
	ksigset_t set, old = current->sigmask;
	int err = 0;

	if (a[3] != sizeof(ksigset_t))
		return -EINVAL;
	if (a[1])
		err = get_set(&set, a[1]);
	if (a[1] && !err)
		err = change_mask(a[0], set);
	return err ? err : a[2] ? put_set(a[2], old) : 0;
}

/* The old calls know the first 32 signals only. */
int32_t sys_sigprocmask(const uint32_t a[6])
{
	ksigset_t old = current->sigmask;
	uint32_t set;
	int err = 0;

	if (a[1]) {
		if (get_user32(&set, a[1]))
			return -EFAULT;
		err = change_mask(a[0], a[0] == 2 ? (old & ~0xffffffffull) | set : set);
	}
	return err ? err : a[2] ? put_user32(a[2], (uint32_t)old) : 0;
}

int32_t sys_sgetmask(const uint32_t a[6])
{
	(void)a;
	return (int32_t)current->sigmask;
}

int32_t sys_ssetmask(const uint32_t a[6])
{
	ksigset_t old = current->sigmask;

	signal_mask_set(current, a[0]);
	return (int32_t)old;
}

int32_t sys_rt_sigpending(const uint32_t a[6])
{
	return a[1] > sizeof(ksigset_t)
		       ? -EINVAL
		       : put_set(a[0], signal_pending_set(current) & current->sigmask);
}

int32_t sys_sigpending(const uint32_t a[6])
{
	return put_user32(a[0], (uint32_t)(signal_pending_set(current) & current->sigmask));
}

static void mask_until_return(ksigset_t set)
{
	current->saved_mask = current->sigmask;
	current->restore_mask = true;
	signal_mask_set(current, set);
}

int signal_mask_until_return(uptr_t set, size_t setsize)
{
	ksigset_t s;

	if (setsize != sizeof(s))
		return -EINVAL;
	if (get_set(&s, set))
		return -EFAULT;
	mask_until_return(s);
	return 0;
}

static int32_t wait_for_signal(void)
{
	struct waitq nobody;

	waitq_init(&nobody);
	while (waitq_sleep(&nobody, NO_DEADLINE) != -EINTR)
		;
	return -ERESTARTNOHAND;
}

int32_t sys_rt_sigsuspend(const uint32_t a[6])
{
	int err = signal_mask_until_return(a[0], a[1]);

	return err ? err : wait_for_signal();
}

int32_t sys_sigsuspend(const uint32_t a[6])
{
	mask_until_return(a[2]);
	return wait_for_signal();
}

int32_t sys_pause(const uint32_t a[6])
{
	(void)a;
	return wait_for_signal();
}

int32_t sys_sigaltstack(const uint32_t a[6])
{
	struct task *t = current;
	struct altstack_abi n, old = t->altstack;
	uptr_t sp = arch_sp(&t->regs);
	bool inside = !(old.flags & SS_DISABLE) && sp > old.sp && sp - old.sp <= old.size;

	if (a[0]) {
		if (copy_from_user(&n, a[0], sizeof(n)))
			return -EFAULT;
		if (inside)
			return -EPERM;
		if (n.flags & ~(SS_DISABLE | SS_ONSTACK | SS_AUTODISARM))
			return -EINVAL;
		if (n.flags & SS_DISABLE)
			n = (struct altstack_abi){ .flags = SS_DISABLE };
		else if (n.size < MINSIGSTKSZ)
			return -ENOMEM;
		n.flags &= ~SS_ONSTACK;
		t->altstack = n;
	}
	if (inside)
		old.flags |= SS_ONSTACK;
	return a[1] ? copy_to_user(a[1], &old, sizeof(old)) : 0;
}

/* Takes one of `these`, blocked or not, waiting for it if need be. */
static int32_t timed_wait(ksigset_t these, uint64_t deadline, struct siginfo_abi *i)
{
	struct task *t = current;
	struct waitq nobody;
	int err = 0;

	waitq_init(&nobody);
	these &= ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP));
	if (signal_take(~these, i))
		return i->signo;
	t->real_blocked = t->sigmask;
	t->sigmask &= ~these;
	if (deadline)
		err = waitq_sleep(&nobody, deadline);
	t->sigmask = t->real_blocked;
	t->real_blocked = 0;
	if (signal_take(~these, i))
		return i->signo;
	return err == -EINTR ? -EINTR : -EAGAIN;
}

static int32_t sigtimedwait(const uint32_t a[6], bool time64)
{
	uint64_t ns = 0, deadline = NO_DEADLINE;
	struct siginfo_abi i;
	ksigset_t these;
	int32_t ret;

	if (a[3] != sizeof(these))
		return -EINVAL;
	if (get_set(&these, a[0]))
		return -EFAULT;
	if (a[2]) {
		int err = get_timespec(&ns, a[2], time64);

		if (err)
			return err;
		deadline = ns ? deadline_after(ns) : 0;
	}
	ret = timed_wait(these, deadline, &i);
	if (ret > 0 && a[1] && copy_to_user(a[1], &i, sizeof(i)))
		return -EFAULT;
	return ret;
}

int32_t sys_rt_sigtimedwait(const uint32_t a[6]) { return sigtimedwait(a, false); }
int32_t sys_rt_sigtimedwait_time64(const uint32_t a[6]) { return sigtimedwait(a, true); }

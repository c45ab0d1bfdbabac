/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals sent and pending. What is done with one when its task returns: sigdeliver.c. */
#include "signal.h"
#include "loop.h"
#include "lx_errno.h"
#include "task_struct.h"
#include <string.h>

#define MAX_QUEUED 256u /* per pending set, of those with information */
#define SYNCHRONOUS                                                                \
	(SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | \
	 SIG_BIT(SIGFPE) | SIG_BIT(SIGSYS))
#define IGNORED_BY_DEFAULT \
	(SIG_BIT(SIGCHLD) | SIG_BIT(SIGCONT) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH))
#define UNBLOCKABLE (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))

void sigpend_init(struct sigpend *p)
{
	p->set = 0;
	p->nr = 0;
	list_init(&p->queue);
}

void sigpend_clear(struct sigpend *p, ksigset_t which)
{
	list_for_each_safe (l, &p->queue) {
		struct sigq *q = list_entry(l, struct sigq, link);

		if (which & SIG_BIT(q->info.signo)) {
			list_del(&q->link);
			p->nr--;
			kfree(q);
		}
	}
	p->set &= ~which;
}

struct sighand *sighand_new(void)
{
	struct sighand *h = kmalloc(sizeof(*h));

	if (h)
		h->refs = 1;
	return h;
}

struct sighand *sighand_copy(const struct sighand *from)
{
	struct sighand *h = sighand_new();

	if (h)
		memcpy(h->action, from->action, sizeof(h->action));
	return h;
}

void sighand_put(struct sighand *h)
{
	if (--h->refs == 0)
		kfree(h);
}

bool signal_default_ignored(int sig) { return IGNORED_BY_DEFAULT & SIG_BIT(sig); }

static bool ignored(const struct process *p, int sig)
{
	uint32_t h = p->sighand->action[sig - 1].handler;

	return h == SIG_IGN || (h == SIG_DFL && signal_default_ignored(sig));
}

void siginfo_user(struct siginfo_abi *i, int sig, int code)
{
	memset(i, 0, sizeof(*i));
	i->signo = sig;
	i->code = code;
	i->rt.pid = current ? task_pid(current) : 0;
	i->rt.uid = current ? current->process->cred.uid : 0;
}

/* Standard signals are one deep; without memory, a signal loses its information only. */
static void sigpend_add(struct sigpend *p, const struct siginfo_abi *i)
{
	struct sigq *q;

	if ((p->set & SIG_BIT(i->signo)) && i->signo < SIGRTMIN)
		return;
	p->set |= SIG_BIT(i->signo);
	if (p->nr >= MAX_QUEUED)
		return;
	q = kmalloc(sizeof(*q));
	if (!q)
		return;
	q->info = *i;
	list_add_tail(&p->queue, &q->link);
	p->nr++;
}

/* Blocked signals are kept even if ignored now: the action may change before they are seen. */
static bool dropped(const struct process *p, ksigset_t mask, int sig)
{
	if (p == init_process && p->sighand->action[sig - 1].handler == SIG_DFL)
		return true; /* nobody kills or stops init but itself */
	return !(mask & SIG_BIT(sig)) && ignored(p, sig);
}

void signal_queue(struct task *t, const struct siginfo_abi *i)
{
	if (t->dead || t->process->zombie)
		return;
	jobctl_prepare(t->process, i->signo);
	if (dropped(t->process, t->sigmask | t->real_blocked, i->signo))
		return;
	if (i->signo == SIGKILL) {
		process_kill(t->process, SIGKILL);
		return;
	}
	sigpend_add(&t->pending, i);
	if (signal_task_pending(t))
		task_interrupt(t, false);
}

/* A thread that does not block it; the leader if it will do. */
static struct task *pick_thread(struct process *p, int sig)
{
	list_for_each (l, &p->threads) {
		struct task *t = list_entry(l, struct task, thread_link);

		if (!t->dead && !(t->sigmask & SIG_BIT(sig) & ~UNBLOCKABLE))
			return t;
	}
	return NULL;
}

void signal_queue_process(struct process *p, const struct siginfo_abi *i)
{
	struct task *t = pick_thread(p, i->signo);

	if (p->zombie)
		return;
	jobctl_prepare(p, i->signo);
	if (dropped(p, t ? t->real_blocked : SIG_BIT(i->signo), i->signo))
		return;
	if (i->signo == SIGKILL) {
		process_kill(p, SIGKILL);
		return;
	}
	sigpend_add(&p->shared, i);
	if (t)
		task_interrupt(t, false);
}

void signal_send(struct task *t, int sig)
{
	struct siginfo_abi i;

	memset(&i, 0, sizeof(i));
	i.signo = sig;
	i.code = SI_KERNEL;
	signal_queue_process(t->process, &i);
}

int signal_send_pgrp(pid_t pgid, int sig)
{
	int n = 0;

	for (struct process *p = NULL, *next = process_next(NULL); (p = next);) {
		next = process_next(p);
		if (p->pgid != pgid || p->zombie)
			continue;
		n++;
		if (sig)
			signal_send(p->leader, sig);
	}
	return n ? 0 : -ESRCH;
}

/* A fault's signal must be taken: blocked or ignored, it kills. */
void signal_fault(int sig, int code, uptr_t addr)
{
	struct task *t = current;
	struct sigaction_abi *a = &t->process->sighand->action[sig - 1];
	struct siginfo_abi i;

	memset(&i, 0, sizeof(i));
	i.signo = sig;
	i.code = code;
	i.fault.addr = addr;
	if ((t->sigmask & SIG_BIT(sig)) || a->handler == SIG_IGN) {
		t->sigmask &= ~SIG_BIT(sig);
		a->handler = SIG_DFL;
	}
	if (t->process == init_process && a->handler == SIG_DFL) {
		process_kill(t->process, sig);
		return;
	}
	sigpend_clear(&t->pending, SIG_BIT(sig));
	sigpend_add(&t->pending, &i);
}

bool signal_task_pending(struct task *t)
{
	return t->process->exiting || t->exec_killed || t->process->stop != GROUP_RUNNING ||
	       ((t->pending.set | t->process->shared.set) & ~(t->sigmask & ~UNBLOCKABLE));
}

bool signal_pending(void) { return signal_task_pending(current); }
ksigset_t signal_pending_set(const struct task *t)
{
	return t->pending.set | t->process->shared.set;
}

bool signal_ignored_or_blocked(struct task *t, int sig)
{
	return (t->sigmask & SIG_BIT(sig)) ||
	       t->process->sighand->action[sig - 1].handler == SIG_IGN;
}

static bool sigpend_take(struct sigpend *p, ksigset_t allowed, struct siginfo_abi *i)
{
	ksigset_t s = p->set & allowed;
	bool more = false, found = false;
	int sig;

	if (!s)
		return false;
	s = s & SYNCHRONOUS ? s & SYNCHRONOUS : s;
	sig = __builtin_ctzll(s) + 1;
	memset(i, 0, sizeof(*i));
	i->signo = sig;
	list_for_each_safe (l, &p->queue) {
		struct sigq *q = list_entry(l, struct sigq, link);

		if (q->info.signo != sig)
			continue;
		if (found) {
			more = true;
			break;
		}
		found = true;
		*i = q->info;
		list_del(&q->link);
		p->nr--;
		kfree(q);
	}
	if (!more)
		p->set &= ~SIG_BIT(sig);
	return true;
}

bool signal_take(ksigset_t mask, struct siginfo_abi *i)
{
	ksigset_t allowed = ~(mask & ~UNBLOCKABLE);

	return sigpend_take(&current->pending, allowed, i) ||
	       sigpend_take(&current->process->shared, allowed, i);
}

/* What t now blocks and the process has pending may suit another thread. */
void signal_mask_set(struct task *t, ksigset_t mask)
{
	ksigset_t moved;

	t->sigmask = mask & ~UNBLOCKABLE;
	moved = t->process->shared.set & t->sigmask;
	if (!moved)
		return;
	list_for_each (l, &t->process->threads) {
		struct task *o = list_entry(l, struct task, thread_link);

		if (o != t && !o->dead && (moved & ~o->sigmask))
			task_interrupt(o, false);
	}
}

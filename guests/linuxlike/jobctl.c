/* SPDX-License-Identifier: GPL-2.0-only */
/* Job control: groups that stop and continue, and telling parents. */
#include "loop.h"
#include "signal.h"
#include "task_struct.h"
#include <string.h>

#define STOPS (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))

/* SIGCHLD with the news, and a look for those in wait(). */
void jobctl_child_news(struct process *p, int code, int status)
{
	struct process *parent = p->parent;
	bool exited = code == CLD_EXITED || code == CLD_KILLED || code == CLD_DUMPED;
	int sig = exited ? p->exit_signal : SIGCHLD;
	const struct sigaction_abi *a;
	struct siginfo_abi i;
	struct usage u;

	if (!parent)
		return;
	if (sig > 0) {
		a = &parent->sighand->action[sig - 1];
		memset(&i, 0, sizeof(i));
		i.signo = sig;
		i.code = code;
		i.child.pid = p->pid;
		i.child.uid = p->cred.uid;
		i.child.status = status;
		process_usage(p, &u);
		i.child.utime = (int32_t)(u.utime / (1000000000u / USER_HZ));
		i.child.stime = (int32_t)(u.stime / (1000000000u / USER_HZ));
		if (exited || a->handler == SIG_DFL || !(a->flags & SA_NOCLDSTOP))
			signal_queue_process(parent, &i);
	}
	waitq_wake(&parent->child_news);
}

static void group_continue(struct process *p)
{
	bool was_stopped = p->stop == GROUP_STOPPED;

	if (p->stop == GROUP_RUNNING)
		return;
	p->stop = GROUP_RUNNING;
	p->stop_news = false;
	list_for_each (l, &p->threads) {
		struct task *t = list_entry(l, struct task, thread_link);

		if (t->state == TASK_STOPPED) {
			t->state = TASK_RUNNING;
			loop_ready(t);
		}
	}
	if (was_stopped) {
		p->cont_news = true;
		jobctl_child_news(p, CLD_CONTINUED, SIGCONT);
	}
}

void jobctl_prepare(struct process *p, int sig)
{
	bool stop = STOPS & SIG_BIT(sig);

	if (!stop && sig != SIGCONT && sig != SIGKILL)
		return;
	if (sig != SIGKILL) {
		ksigset_t undone = stop ? SIG_BIT(SIGCONT) : STOPS;

		sigpend_clear(&p->shared, undone);
		list_for_each (l, &p->threads) {
			sigpend_clear(&list_entry(l, struct task, thread_link)->pending, undone);
		}
	}
	if (sig == SIGCONT)
		group_continue(p);
}

/* Each thread stops where it is about to return to user code; the last one tells. */
static void check_all_stopped(struct process *p)
{
	if (p->stop != GROUP_STOPPING)
		return;
	list_for_each (l, &p->threads) {
		const struct task *t = list_entry(l, struct task, thread_link);

		if (!t->dead && t->state != TASK_STOPPED)
			return;
	}
	p->stop = GROUP_STOPPED;
	p->stop_news = true;
	p->cont_news = false;
	jobctl_child_news(p, CLD_STOPPED, p->stop_sig);
}

void jobctl_stop(int sig)
{
	struct process *p = current->process;

	if (p->stop == GROUP_RUNNING) {
		p->stop = GROUP_STOPPING;
		p->stop_sig = sig;
	}
	list_for_each (l, &p->threads) {
		struct task *t = list_entry(l, struct task, thread_link);

		if (t != current)
			task_interrupt(t, false);
	}
}

void jobctl_wait(void)
{
	struct task *t = current;

	t->state = TASK_STOPPED;
	check_all_stopped(t->process);
	while (t->process->stop != GROUP_RUNNING && !t->process->exiting && !t->exec_killed) {
		t->state = TASK_STOPPED;
		loop_yield();
	}
	t->state = TASK_RUNNING;
}

void jobctl_thread_gone(struct process *p) { check_all_stopped(p); }

/* Orphaned: no member has a parent in another group of the session. Linux also leaves out
 * children of init; here init may be the shell itself, and does job control. */
static bool is_tie(const struct process *p, pid_t pgid)
{
	const struct process *up = p->parent;

	if (p->pgid != pgid || p->zombie || !up || up->zombie)
		return false;
	return up->pgid != pgid && up->session == p->session;
}

bool pgrp_orphaned(pid_t pgid)
{
	for (struct process *p = NULL; (p = process_next(p));)
		if (is_tie(p, pgid))
			return false;
	return true;
}

static bool has_stopped(pid_t pgid)
{
	for (struct process *p = NULL; (p = process_next(p));)
		if (p->pgid == pgid && p->stop == GROUP_STOPPED)
			return true;
	return false;
}

static void check_orphan(pid_t pgid)
{
	if (pgrp_orphaned(pgid) && has_stopped(pgid)) {
		signal_send_pgrp(pgid, SIGHUP);
		signal_send_pgrp(pgid, SIGCONT);
	}
}

/* `leaving` is a zombie now, and its children are still its own: its group and theirs may
 * have lost their last tie. */
void jobctl_orphans(struct process *leaving)
{
	if (leaving->parent && leaving->parent->pgid != leaving->pgid &&
	    leaving->parent->session == leaving->session)
		check_orphan(leaving->pgid);
	list_for_each (l, &leaving->children) {
		const struct process *c = list_entry(l, struct process, sibling);

		if (c->pgid != leaving->pgid && c->session == leaving->session)
			check_orphan(c->pgid);
	}
}

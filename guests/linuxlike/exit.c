/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads and processes end. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "vfs.h"
#include <tagma/hypercall.h>

/* The whole group is to go. Each thread notices on its way to user mode. */
void process_kill(struct process *p, int code)
{
	if (p->exiting)
		return;
	p->exiting = true;
	p->exit_code = code;
	list_for_each (l, &p->threads) {
		struct task *t = list_entry(l, struct task, thread_link);

		if (t != current && !t->dead)
			task_interrupt(t, true);
	}
}

static void thread_kill(struct task *t)
{
	t->exec_killed = true;
	task_interrupt(t, true);
}

/* exec() by one of several threads: the others go, and it becomes the leader. */
int process_kill_others(void)
{
	struct task *t = current, *old = t->process->leader;
	struct process *p = t->process;

	if (p->execing)
		return -EAGAIN;
	p->execing = t;
	list_for_each (l, &p->threads) {
		struct task *o = list_entry(l, struct task, thread_link);

		if (o != t && !o->dead)
			thread_kill(o);
	}
	while (p->nr_threads > 1 && !p->exiting) {
		struct waiter w;

		waitq_add(&p->threads_gone, &w);
		task_sleep(NO_DEADLINE, SLEEP_KILLABLE);
		waitq_remove(&w);
	}
	p->execing = NULL;
	if (p->exiting)
		return -EINTR;
	if (old != t) {
		p->leader = t;
		task_free(old);
		task_set_tid(t, p->pid);
	}
	return 0;
}

static void wake_vfork_parent(struct task *t)
{
	struct task *parent = t->vfork_parent;

	t->vfork_parent = NULL;
	if (!parent)
		return;
	parent->vfork_done = true;
	task_wake(parent);
}

/* exec and exit: what other users of this memory wait for, then our share of it. */
void task_release_mm(struct task *t)
{
	struct mm *m = t->mm;

	if (!m)
		return;
	robust_list_exit(t);
	if (t->clear_child_tid && m->users > 1) {
		put_user32(t->clear_child_tid, 0);
		futex_wake_addr(t->clear_child_tid, 1);
	}
	t->clear_child_tid = 0;
	futex_forget(t);
	hw_thread_unload(t);
	wake_vfork_parent(t);
	t->mm = NULL;
	if (m->vm.peak_own * 4 > t->usage.maxrss_kb)
		t->usage.maxrss_kb = m->vm.peak_own * 4;
	mm_put(m);
}

static struct process *new_parent(struct process *p)
{
	for (struct process *up = p->parent; up; up = up->parent)
		if (up->child_subreaper && !up->exiting)
			return up;
	return init_process;
}

static void reparent_children(struct process *p)
{
	struct process *to = new_parent(p);

	list_for_each_safe (l, &p->children) {
		struct process *c = list_entry(l, struct process, sibling);

		list_del(&c->sibling);
		c->parent = to;
		c->exit_signal = SIGCHLD;
		list_add_tail(&to->children, &c->sibling);
		if (c->leader->pdeathsig)
			signal_send(c->leader, (int)c->leader->pdeathsig);
		if (c->zombie)
			jobctl_child_news(c, c->exit_code & 0x7f ? CLD_KILLED : CLD_EXITED,
					  c->exit_code & 0x7f ? c->exit_code & 0x7f
							      : c->exit_code >> 8);
	}
}

/* Linux panics when init goes; here that is how a session ends: the domain powers off.
 * A killed init is an error to whoever waits for the domain. */
static _Noreturn void init_exit(int code)
{
	if (code & 0x7f)
		printk("linuxlike: init was killed by signal %d\n", code & 0x7f);
	else if (code)
		printk("linuxlike: init exited with %d\n", code >> 8);
	guest_shutdown(code & 0x7f ? SHUTDOWN_crash : SHUTDOWN_poweroff);
}

static bool parent_ignores(const struct process *p)
{
	const struct sigaction_abi *a = &p->parent->sighand->action[SIGCHLD - 1];

	return p->exit_signal == SIGCHLD && (a->handler == SIG_IGN || (a->flags & SA_NOCLDWAIT));
}

static void process_exit(struct process *p)
{
	for (int i = 0; i < 3; i++)
		timer_del(&p->itimer[i].timer);
	if (p->session->sid == p->pid)
		tty_session_end(p->leader);
	if (p == init_process)
		init_exit(p->exit_code);
	p->zombie = true;
	p->leader->state = TASK_ZOMBIE;
	jobctl_orphans(p);
	reparent_children(p);
	p->autoreap = parent_ignores(p);
	if (p->exit_code & 0x7f)
		jobctl_child_news(p, CLD_KILLED, p->exit_code & 0x7f);
	else
		jobctl_child_news(p, CLD_EXITED, p->exit_code >> 8 & 0xff);
}

_Noreturn void task_exit(int code)
{
	struct task *t = current;
	struct process *p = t->process;

	t->dead = true;
	task_release_mm(t);
	files_put(t->files);
	fs_put(t->fs);
	t->files = NULL;
	t->fs = NULL;
	t->usage.utime += t->hw_run_ns;
	usage_add(&p->self, &t->usage);
	t->hw_run_ns = 0;
	t->usage = (struct usage){ 0 };
	t->state = TASK_DEAD;
	if (--p->nr_threads == 0) {
		if (!p->exiting)
			p->exit_code = code;
		p->exiting = true;
		process_exit(p);
	} else {
		waitq_wake(&p->threads_gone);
		jobctl_thread_gone(p);
	}
	loop_exit();
}

/* Seen by wait(): its resources count as the parent's children's. */
void process_reap(struct process *p)
{
	struct usage *u = &p->parent->children_usage;

	usage_add(u, &p->self);
	usage_add(u, &p->children_usage);
	process_free(p);
}

int32_t sys_exit(const uint32_t a[6]) { task_exit(EXITED((int)a[0])); }

int32_t sys_exit_group(const uint32_t a[6])
{
	process_kill(current->process, EXITED((int)a[0]));
	task_exit(current->process->exit_code);
}

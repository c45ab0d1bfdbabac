/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions and process groups. */
#include "lx_errno.h"
#include "syscall.h"
#include "task_struct.h"
#include "vfs.h"

struct session *session_new(pid_t sid)
{
	struct session *s = kmalloc(sizeof(*s));

	if (s) {
		s->sid = sid;
		s->refs = 1;
	}
	return s;
}

void session_get(struct session *s) { s->refs++; }

void session_put(struct session *s)
{
	if (--s->refs)
		return;
	if (s->tty)
		file_put(s->tty);
	kfree(s);
}

struct file *task_tty(struct task *t) { return t->process->session->tty; }

void task_set_tty(struct task *t, struct file *tty)
{
	struct session *s = t->process->session;
	struct file *old = s->tty;

	if (tty)
		file_get(tty);
	s->tty = tty;
	if (old)
		file_put(old);
}

static bool group_exists(pid_t pgid, const struct session *s)
{
	for (struct process *p = NULL; (p = process_next(p));)
		if (p->pgid == pgid && p->session == s)
			return true;
	return false;
}

int32_t sys_setpgid(const uint32_t a[6])
{
	struct process *me = current->process, *p = a[0] ? process_find((pid_t)a[0]) : me;
	pid_t pgid = (pid_t)a[1];

	if (pgid < 0)
		return -EINVAL;
	if (!p || (p != me && p->parent != me))
		return -ESRCH;
	if (!pgid)
		pgid = p->pid;
	if (p != me && p->session != me->session)
		return -EPERM;
	if (p != me && p->did_exec)
		return -EACCES;
	if (p->session->sid == p->pid || (pgid != p->pid && !group_exists(pgid, me->session)))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

static int32_t of_process(uint32_t pid, bool sid)
{
	struct task *t = pid ? task_find((pid_t)pid) : current;

	if (!t)
		return -ESRCH;
	return sid ? t->process->session->sid : t->process->pgid;
}

int32_t sys_getpgid(const uint32_t a[6]) { return of_process(a[0], false); }
int32_t sys_getsid(const uint32_t a[6]) { return of_process(a[0], true); }
int32_t sys_getpgrp(const uint32_t a[6])
{
	(void)a;
	return current->process->pgid;
}

int32_t sys_setsid(const uint32_t a[6])
{
	struct process *me = current->process;
	struct session *s;

	(void)a;
	if (me->session->sid == me->pid)
		return -EPERM;
	for (struct process *p = NULL; (p = process_next(p));)
		if (p->pgid == me->pid)
			return -EPERM;
	s = session_new(me->pid);
	if (!s)
		return -ENOMEM;
	session_put(me->session);
	me->session = s;
	me->pgid = me->pid;
	return me->pid;
}

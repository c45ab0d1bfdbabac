/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminals and sessions: the controlling terminal, the foreground group, who may not read. */
#include "signal.h"
#include "tty.h"

static bool is_controlling(const struct tty *t) { return tty_of(task_tty(current)) == t; }

void tty_signal(struct tty *t, int sig)
{
	if (t->pgrp > 0)
		signal_send_pgrp(t->pgrp, sig);
}

/* Linux excepts /dev/console from stopping its readers, so do we. */
int tty_check_background(struct tty *t, struct file *f, int sig)
{
	pid_t pgid = task_pgid(current);

	if (f && f->inode->rdev == DEV_CONSOLE && sig == SIGTTIN)
		return 0;
	if (!is_controlling(t) || !t->pgrp || pgid == t->pgrp)
		return 0;
	if (signal_ignored_or_blocked(current, sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (pgrp_orphaned(pgid))
		return -EIO;
	signal_send_pgrp(pgid, sig);
	return -ERESTARTSYS;
}

void tty_acquire(struct tty *t, struct file *f)
{
	t->session = task_sid(current);
	t->pgrp = task_pgid(current);
	task_set_tty(current, f);
}

static void tty_release_session(struct tty *t, struct task *leader)
{
	tty_signal(t, SIGHUP);
	tty_signal(t, SIGCONT);
	t->session = 0;
	t->pgrp = 0;
	task_set_tty(leader, NULL);
}

void tty_session_end(struct task *leader)
{
	struct tty *t = tty_of(task_tty(leader));

	if (t && t->session == task_sid(leader))
		tty_release_session(t, leader);
}

static int set_controlling(struct tty *t, struct file *f, uint32_t steal)
{
	bool leader = task_sid(current) == task_pid(current);
	struct task *owner;

	if (leader && t->session == task_sid(current))
		return 0;
	if (!leader || task_tty(current))
		return -EPERM;
	if (t->session) {
		if (steal != 1 || task_uid(current))
			return -EPERM;
		owner = task_find(t->session);
		if (owner)
			task_set_tty(owner, NULL);
	}
	tty_acquire(t, f);
	return 0;
}

static int give_up(struct tty *t)
{
	if (!is_controlling(t))
		return -ENOTTY;
	if (task_sid(current) == task_pid(current))
		tty_release_session(t, current);
	return 0;
}

static struct task *group_member(pid_t pgid)
{
	struct task *p = NULL;

	while ((p = task_next(p)))
		if (task_pgid(p) == pgid)
			return p;
	return NULL;
}

static int set_foreground(struct tty *t, struct file *f, uptr_t arg)
{
	struct task *member;
	pid_t pgid;
	int err = tty_check_background(t, f, SIGTTOU);

	if (err)
		return err;
	if (!is_controlling(t) || t->session != task_sid(current))
		return -ENOTTY;
	if (copy_from_user(&pgid, arg, sizeof(pgid)))
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	member = group_member(pgid);
	if (!member)
		return -ESRCH;
	if (task_sid(member) != task_sid(current))
		return -EPERM;
	t->pgrp = pgid;
	return 0;
}

int tty_job_ioctl(struct tty *t, struct file *f, uint32_t cmd, uptr_t arg)
{
	switch (cmd) {
	case TIOCSCTTY:
		return set_controlling(t, f, arg);
	case TIOCNOTTY:
		return give_up(t);
	case TIOCGPGRP:
		if (!is_controlling(t))
			return -ENOTTY;
		return copy_to_user(arg, &t->pgrp, sizeof(t->pgrp));
	case TIOCSPGRP:
		return set_foreground(t, f, arg);
	case TIOCGSID:
		if (!is_controlling(t) || !t->session)
			return -ENOTTY;
		return copy_to_user(arg, &t->session, sizeof(t->session));
	default:
		return -ENOIOCTLCMD;
	}
}

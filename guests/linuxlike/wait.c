/* SPDX-License-Identifier: GPL-2.0-only */
/* wait4, waitpid, waitid: what became of children. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include <string.h>

struct wait_request {
	uint32_t which; /* P_ALL, P_PID, P_PGID */
	pid_t id;
	uint32_t options;
	/* the answer */
	pid_t pid;
	uint32_t uid;
	int status; /* as wait4() gives it */
	int code;   /* CLD_* */
	struct usage usage;
};

static bool matches(const struct wait_request *r, const struct process *c)
{
	bool clone_child = c->exit_signal != SIGCHLD;

	if (r->which == P_PID && c->pid != r->id)
		return false;
	if (r->which == P_PGID && c->pgid != r->id)
		return false;
	return (r->options & WALL) || clone_child == !!(r->options & WCLONE);
}

static void answer(struct wait_request *r, const struct process *c, int code, int status)
{
	r->pid = c->pid;
	r->uid = c->cred.uid;
	r->code = code;
	r->status = status;
	process_usage(c, &r->usage);
}

/* Has this child news of the kind asked for? Takes it. */
static bool take_news(struct wait_request *r, struct process *c)
{
	bool keep = r->options & WNOWAIT;

	if (c->zombie) {
		if (!(r->options & WEXITED) || c->autoreap)
			return false;
		answer(r, c, c->exit_code & 0x7f ? CLD_KILLED : CLD_EXITED, c->exit_code);
		usage_add(&r->usage, &c->children_usage);
		if (!keep)
			process_reap(c);
		return true;
	}
	if (c->stop_news && (r->options & WSTOPPED)) {
		answer(r, c, CLD_STOPPED, c->stop_sig << 8 | 0x7f);
		c->stop_news = keep;
		return true;
	}
	if (c->cont_news && (r->options & WCONTINUED)) {
		answer(r, c, CLD_CONTINUED, 0xffff);
		c->cont_news = keep;
		return true;
	}
	return false;
}

/* Children of all threads are the process's. 1: answered; 0: none yet; -ECHILD. */
static int look(struct wait_request *r)
{
	bool any = false;

	list_for_each_safe (l, &current->process->children) {
		struct process *c = list_entry(l, struct process, sibling);

		if (!matches(r, c) || (c->zombie && c->autoreap))
			continue;
		any = true;
		if (take_news(r, c))
			return 1;
	}
	return any ? 0 : -ECHILD;
}

static int do_wait(struct wait_request *r)
{
	for (;;) {
		int n = look(r), err;

		if (n || (r->options & WNOHANG))
			return n;
		err = waitq_sleep(&current->process->child_news, NO_DEADLINE);
		if (err)
			return -ERESTARTSYS;
	}
}

static int32_t wait_pid(pid_t pid, uptr_t status, uint32_t options, uptr_t ru)
{
	struct wait_request r = { .options = options | WEXITED };
	struct rusage_abi u;
	int n;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WCLONE | WALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	r.which = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
	r.id = pid > 0 ? pid : pid < -1 ? -pid : current->process->pgid;
	n = do_wait(&r);
	if (n <= 0)
		return n;
	usage_to_abi(&r.usage, &u);
	if ((status && put_user32(status, (uint32_t)r.status)) ||
	    (ru && copy_to_user(ru, &u, sizeof(u))))
		return -EFAULT;
	return r.pid;
}

int32_t sys_wait4(const uint32_t a[6]) { return wait_pid((pid_t)a[0], a[1], a[2], a[3]); }
int32_t sys_waitpid(const uint32_t a[6]) { return wait_pid((pid_t)a[0], a[1], a[2], 0); }

static int waitid_status(const struct wait_request *r)
{
	if (r->code == CLD_EXITED)
		return r->status >> 8 & 0xff;
	if (r->code == CLD_KILLED)
		return r->status & 0x7f;
	return r->code == CLD_STOPPED ? r->status >> 8 & 0xff : SIGCONT;
}

int32_t sys_waitid(const uint32_t a[6])
{
	struct wait_request r = { .which = a[0], .id = (pid_t)a[1], .options = a[3] };
	struct siginfo_abi i;
	struct rusage_abi u;
	int n;

	if ((a[3] &
	     ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | WNOTHREAD | WCLONE | WALL)) ||
	    !(a[3] & (WEXITED | WSTOPPED | WCONTINUED)) || a[0] > P_PGID)
		return -EINVAL;
	if ((r.which == P_PID && r.id <= 0) || (r.which == P_PGID && r.id < 0))
		return -EINVAL;
	if (r.which == P_PGID && !r.id)
		r.id = current->process->pgid;
	n = do_wait(&r);
	if (n < 0)
		return n;
	memset(&i, 0, sizeof(i));
	if (n) {
		i.signo = SIGCHLD;
		i.code = r.code;
		i.child.pid = r.pid;
		i.child.uid = r.uid;
		i.child.status = waitid_status(&r);
	}
	usage_to_abi(&r.usage, &u);
	if ((a[2] && copy_to_user(a[2], &i, sizeof(i))) ||
	    (n && a[4] && copy_to_user(a[4], &u, sizeof(u))))
		return -EFAULT;
	return 0;
}

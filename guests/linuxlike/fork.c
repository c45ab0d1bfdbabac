/* SPDX-License-Identifier: GPL-2.0-only */
/* fork, vfork, clone: a task from a task. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "vfs.h"
#include <string.h>

#define CLONE_UNSUPPORTED 0x7e020000u /* namespaces, cgroups, pid fds */
#define CLONE_PIDFD 0x1000u

static struct process *process_copy(const struct clone_request *r, pid_t pid)
{
	struct process *from = current->process, *p = process_alloc(pid);

	if (!p)
		return NULL;
	p->pgid = from->pgid;
	p->session = from->session;
	session_get(p->session);
	p->cred = from->cred;
	p->nice = from->nice;
	p->sched_policy = from->sched_policy;
	p->sched_prio = from->sched_prio;
	p->personality = from->personality;
	p->dumpable = from->dumpable;
	memcpy(p->rlim, from->rlim, sizeof(p->rlim));
	p->exit_signal = r->exit_signal;
	itimer_init(p);
	if (r->flags & CLONE_SIGHAND) {
		p->sighand = from->sighand;
		p->sighand->refs++;
	} else {
		p->sighand = sighand_copy(from->sighand);
	}
	if (!p->sighand) {
		process_free(p);
		return NULL;
	}
	return p;
}

/* References or copies of what a task has. On failure the caller drops what was taken. */
static int share_or_copy(struct task *t, uint32_t flags)
{
	struct task *from = current;

	if (flags & CLONE_VM)
		mm_get(from->mm);
	t->mm = flags & CLONE_VM ? from->mm : mm_copy(from->mm);
	if (!t->mm)
		return -ENOMEM;
	if (flags & CLONE_FILES)
		files_get(from->files);
	t->files = flags & CLONE_FILES ? from->files : files_copy(from->files);
	if (!t->files)
		return -ENOMEM;
	if (flags & CLONE_FS)
		fs_get(from->fs);
	t->fs = flags & CLONE_FS ? from->fs : fs_copy(from->fs);
	return t->fs ? 0 : -ENOMEM;
}

static void abandon(struct task *t, bool thread)
{
	struct process *p = t->process;

	hw_thread_unload(t);
	if (t->mm)
		mm_put(t->mm);
	if (t->files)
		files_put(t->files);
	if (t->fs)
		fs_put(t->fs);
	p->nr_threads--;
	if (thread)
		task_free(t);
	else
		process_free(p);
}

static void inherit(struct task *t, const struct clone_request *r)
{
	const struct task *from = current;

	t->regs = from->regs;
	arch_set_result(&t->regs, 0);
	if (r->stack)
		arch_clone_sp(&t->regs, r->stack);
	t->regs_valid = true;
	t->entry = ENTRY_NEW;
	t->arch = from->arch;
	t->sigmask = from->sigmask;
	if (!(r->flags & CLONE_VM) || (r->flags & CLONE_VFORK))
		t->altstack = from->altstack;
	memcpy(t->comm, from->comm, COMM_LEN);
}

static int set_tid_words(struct task *t, const struct clone_request *r)
{
	uint32_t tid = (uint32_t)t->tid;

	if ((r->flags & CLONE_PARENT_SETTID) && put_user32(r->parent_tid, tid))
		return -EFAULT;
	if (r->flags & CLONE_CHILD_SETTID)
		mm_write(t->mm, r->child_tid, &tid, 4); /* Linux does not tell either */
	if (r->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = r->child_tid;
	return r->flags & CLONE_SETTLS ? arch_tls_set(t, r->tls, false) : 0;
}

static int flags_check(uint32_t f)
{
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	return f & (CLONE_UNSUPPORTED | CLONE_PIDFD) ? -EINVAL : 0;
}

static bool too_many(void)
{
	uint64_t limit = current->process->rlim[RLIMIT_NPROC].cur;

	return !capable() && task_count() >= limit;
}

static void link_process(struct process *p, uint32_t flags)
{
	struct process *me = current->process;

	p->parent = flags & CLONE_PARENT && me->parent ? me->parent : me;
	list_add_tail(&p->parent->children, &p->sibling);
}

/* Until the child has its own memory or is gone, or we are killed. */
static void vfork_wait(pid_t child)
{
	struct task *t = current, *c;

	while (!t->vfork_done)
		if (task_sleep(NO_DEADLINE, SLEEP_KILLABLE) == -EINTR)
			break;
	c = task_find(child);
	if (c && c->vfork_parent == t)
		c->vfork_parent = NULL;
}

/* A task in a process of its own, or in ours; NULL: out of memory. */
static struct task *new_task(const struct clone_request *r, pid_t tid)
{
	bool thread = r->flags & CLONE_THREAD;
	struct process *p = thread ? current->process : process_copy(r, tid);
	struct task *t = p ? task_alloc(p) : NULL;

	if (t) {
		task_set_tid(t, tid);
		inherit(t, r);
	} else if (p && !thread) {
		process_free(p);
	}
	return t;
}

static void start_task(struct task *t, uint32_t flags)
{
	hw_copy_fpu(current, t);
	if (!(flags & CLONE_THREAD))
		link_process(t->process, flags);
	if (flags & CLONE_VFORK) {
		current->vfork_done = false;
		t->vfork_parent = current;
	}
	loop_ready(t);
	if (flags & CLONE_VFORK)
		vfork_wait(t->tid);
}

int32_t clone_task(const struct clone_request *r)
{
	struct task *t;
	pid_t tid;
	int err = flags_check(r->flags);

	if (err)
		return err;
	tid = pid_alloc();
	if (tid < 0 || too_many())
		return -EAGAIN;
	t = new_task(r, tid);
	if (!t)
		return -ENOMEM;
	err = share_or_copy(t, r->flags);
	if (!err)
		err = hw_thread_load(t);
	if (!err)
		err = set_tid_words(t, r);
	if (err) {
		abandon(t, r->flags & CLONE_THREAD);
		return err;
	}
	start_task(t, r->flags);
	return tid;
}

int32_t sys_fork(const uint32_t a[6])
{
	struct clone_request r = { .exit_signal = SIGCHLD };

	(void)a;
	return clone_task(&r);
}

int32_t sys_vfork(const uint32_t a[6])
{
	struct clone_request r = { .flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD };

	(void)a;
	return clone_task(&r);
}

int32_t sys_clone(const uint32_t a[6])
{
	struct clone_request r = {
		.flags = a[0] & ~CSIGNAL,
		.stack = a[1],
		.parent_tid = a[2],
		.tls = a[3],
		.child_tid = a[4],
		.exit_signal = (int)(a[0] & CSIGNAL),
	};

	return r.exit_signal > NSIG ? -EINVAL : clone_task(&r);
}

int32_t sys_clone3(const uint32_t a[6])
{
	struct clone_args_abi c;
	struct clone_request r;

	if (a[1] < sizeof(c))
		return -EINVAL;
	if (copy_from_user(&c, a[0], sizeof(c)))
		return -EFAULT;
	if (c.flags >> 32 || (c.flags & CSIGNAL) || c.exit_signal > NSIG ||
	    !c.stack != !c.stack_size)
		return -EINVAL;
	if ((c.child_tid | c.parent_tid | c.tls) >> 32 || (c.stack | c.stack_size) >> 32)
		return -EINVAL;
	r = (struct clone_request){
		.flags = (uint32_t)c.flags,
		.stack = (uptr_t)(c.stack + c.stack_size),
		.parent_tid = (uptr_t)c.parent_tid,
		.child_tid = (uptr_t)c.child_tid,
		.tls = (uptr_t)c.tls,
		.exit_signal = (int)c.exit_signal,
	};
	return clone_task(&r);
}

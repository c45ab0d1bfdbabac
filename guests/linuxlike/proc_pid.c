/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/PID. */
#include <stdio.h>
#include "mm.h"
#include "proc.h"
#include "task_struct.h"

#define NS_PER_TICK (1000000000u / USER_HZ)
#define BIG_TEXT (128u * 1024)

static uint32_t dev_encode(uint32_t d) { return (DEV_MINOR(d) & 0xff) | DEV_MAJOR(d) << 8; }

static uint32_t ticks(uint64_t ns) { return (uint32_t)(ns / NS_PER_TICK); }

/* stat's 52 fields; what this server does not know is 0, as Linux shows it to strangers. */
static void show_stat(struct seq *s, struct task *t)
{
	const struct process *p = t->process;
	const struct mm *m = t->mm;
	struct file *tty = task_tty(t);
	struct usage u;

	process_usage(p, &u);
	seq_printf(s, "%d (%s) %c %d %d %d %d %d 0 ", task_pid(t), task_comm(t), task_state_char(t),
		   task_ppid(t), task_pgid(t), task_sid(t), (int)dev_encode(tty_dev(tty)),
		   tty ? tty_foreground(tty) : -1);
	seq_printf(s, "%u %u %u %u ", u.minflt, p->children_usage.minflt, u.majflt,
		   p->children_usage.majflt);
	seq_printf(s, "%u %u %u %u ", ticks(u.utime), ticks(u.stime),
		   ticks(p->children_usage.utime), ticks(p->children_usage.stime));
	seq_printf(s, "%d %d %u 0 %u ", 20 + p->nice, p->nice, p->nr_threads, ticks(p->start_ns));
	seq_printf(s, "%u %u %u ", (uint32_t)task_vm_size(t), (uint32_t)(task_vm_rss(t) / FS_PAGE),
		   RLIM32_INFINITY);
	seq_printf(s, "0 0 %u 0 0 0 0 0 0 0 0 0 %d 0 %u %u 0 0 0 ", m ? m->start_stack : 0,
		   p->exit_signal, p->sched_prio, p->sched_policy);
	seq_printf(s, "0 0 %u %u %u %u %u %d\n", m ? m->brk_start : 0, m ? m->arg_start : 0,
		   m ? m->arg_end : 0, m ? m->env_start : 0, m ? m->env_end : 0, p->exit_code);
}

static void show_statm(struct seq *s, struct task *t)
{
	uint32_t size = (uint32_t)(task_vm_size(t) / FS_PAGE),
		 rss = (uint32_t)(task_vm_rss(t) / FS_PAGE);

	seq_printf(s, "%u %u 0 0 0 %u 0\n", size, rss, size);
}

static const char *state_name(char c)
{
	switch (c) {
	case 'R':
		return "running";
	case 'T':
		return "stopped";
	case 'Z':
		return "zombie";
	default:
		return "sleeping";
	}
}

static void show_signals(struct seq *s, const struct task *t)
{
	uint64_t ignored = 0, caught = 0;

	for (int i = 0; t->process->sighand && i < NSIG; i++) {
		uint32_t h = t->process->sighand->action[i].handler;

		if (h == SIG_IGN)
			ignored |= 1ull << i;
		else if (h != SIG_DFL)
			caught |= 1ull << i;
	}
	seq_printf(s, "SigPnd:\t%016llx\nShdPnd:\t%016llx\n", (unsigned long long)t->pending.set,
		   (unsigned long long)t->process->shared.set);
	seq_printf(s, "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		   (unsigned long long)t->sigmask, (unsigned long long)ignored,
		   (unsigned long long)caught);
}

static void show_memory(struct seq *s, const struct task *t)
{
	if (!t->mm)
		return;
	seq_printf(s, "VmPeak:\t%8u kB\nVmSize:\t%8u kB\n", (uint32_t)(task_vm_size(t) / 1024),
		   (uint32_t)(task_vm_size(t) / 1024));
	seq_printf(s, "VmHWM:\t%8u kB\nVmRSS:\t%8u kB\n", t->mm->vm.peak_own * 4,
		   (uint32_t)(task_vm_rss(t) / 1024));
}

static void show_status(struct seq *s, struct task *t)
{
	const struct cred *c = &t->process->cred;
	char state = task_state_char(t);

	seq_printf(s, "Name:\t%s\n", task_comm(t));
	if (task_fs(t))
		seq_printf(s, "Umask:\t%04o\n", task_fs(t)->umask);
	seq_printf(s, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
		   state, state_name(state), task_pid(t), task_tid(t), task_ppid(t));
	seq_printf(s, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
	seq_printf(s, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
	seq_printf(s, "FDSize:\t%u\nGroups:\t",
		   task_files(t) ? (uint32_t)files_count(task_files(t)) : 0);
	for (uint32_t i = 0; i < c->ngroups; i++)
		seq_printf(s, "%u ", c->groups[i]);
	seq_printf(s, "\n");
	show_memory(s, t);
	seq_printf(s, "Threads:\t%u\n", t->process->nr_threads);
	show_signals(s, t);
	seq_printf(s, "voluntary_ctxt_switches:\t%u\nnonvoluntary_ctxt_switches:\t%u\n",
		   t->usage.nvcsw, 0u);
}

static void show_comm(struct seq *s, struct task *t) { seq_printf(s, "%s\n", task_comm(t)); }

/* Text that the process half writes: a page, or more if that was not enough. */
static void show_text(struct seq *s, struct task *t, size_t (*text)(struct task *, char *, size_t))
{
	char *buf = kmalloc(FS_PAGE);
	size_t n;

	if (!buf)
		return;
	n = text(t, buf, FS_PAGE);
	if (n >= FS_PAGE) {
		char *big = kmalloc(BIG_TEXT);

		if (big) {
			kfree(buf);
			buf = big;
			n = text(t, buf, BIG_TEXT);
		}
	}
	seq_write(s, buf, n);
	kfree(buf);
}

static void show_cmdline(struct seq *s, struct task *t) { show_text(s, t, task_cmdline); }

static void show_environ(struct seq *s, struct task *t) { show_text(s, t, task_environ); }

static void show_maps(struct seq *s, struct task *t) { show_text(s, t, task_maps); }

static int path_copy(const struct path *p, struct path *out)
{
	*out = *p;
	path_get(out);
	return 0;
}

static int jump_exe(struct task *t, int fd, struct path *out)
{
	struct file *f = task_exe(t);

	(void)fd;
	return f ? path_copy(&f->path, out) : -ENOENT;
}

static int jump_cwd(struct task *t, int fd, struct path *out)
{
	(void)fd;
	return task_fs(t) ? path_copy(&task_fs(t)->cwd, out) : -ENOENT;
}

static int jump_root(struct task *t, int fd, struct path *out)
{
	(void)fd;
	return task_fs(t) ? path_copy(&task_fs(t)->root, out) : -ENOENT;
}

static int jump_fd(struct task *t, int fd, struct path *out)
{
	struct file *f = files_get_file(task_files(t), fd);

	if (!f)
		return -ENOENT;
	path_copy(&f->path, out);
	file_put(f);
	return 0;
}

static int jump_text(struct task *t, int fd, char *buf, size_t size,
		     int (*jump)(struct task *, int, struct path *))
{
	static const char gone[] = " (deleted)";
	struct path p;
	int len = jump(t, fd, &p);

	if (len)
		return len;
	len = path_text(&p, &fs_current()->root, buf, size);
	if (len > 0 && path_is_deleted(&p) && (size_t)len + sizeof(gone) <= size) {
		memcpy(buf + len, gone, sizeof(gone));
		len += (int)sizeof(gone) - 1;
	}
	path_put(&p);
	return len;
}

static int text_exe(struct task *t, int fd, char *buf, size_t size)
{
	return jump_text(t, fd, buf, size, jump_exe);
}

static int text_cwd(struct task *t, int fd, char *buf, size_t size)
{
	return jump_text(t, fd, buf, size, jump_cwd);
}

static int text_root(struct task *t, int fd, char *buf, size_t size)
{
	return jump_text(t, fd, buf, size, jump_root);
}

static int text_fd(struct task *t, int fd, char *buf, size_t size)
{
	return jump_text(t, fd, buf, size, jump_fd);
}

const struct proc_entry proc_fd_link = { "FD", S_IFLNK | 0700, .text = text_fd, .jump = jump_fd };

const struct proc_entry proc_pid_dir[] = {
	{ "fd", S_IFDIR | 0500, .fds = true },
	{ "environ", S_IFREG | 0400, .show = show_environ },
	{ "status", PROC_FILE, .show = show_status },
	{ "comm", PROC_FILE, .show = show_comm },
	{ "cmdline", PROC_FILE, .show = show_cmdline },
	{ "stat", PROC_FILE, .show = show_stat },
	{ "statm", PROC_FILE, .show = show_statm },
	{ "maps", PROC_FILE, .show = show_maps },
	{ "cwd", PROC_LINK, .text = text_cwd, .jump = jump_cwd },
	{ "root", PROC_LINK, .text = text_root, .jump = jump_root },
	{ "exe", PROC_LINK, .text = text_exe, .jump = jump_exe },
	{ "mounts", PROC_FILE, .show = proc_show_mounts },
	{ "mountinfo", PROC_FILE, .show = proc_show_mountinfo },
	{ 0 },
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the file half asks of tasks: numbers, states, the text of /proc/PID files. */
#include "lx_errno.h"
#include "mm.h"
#include "task_struct.h"
#include "vfs.h"
#include <stdio.h>
#include <string.h>

pid_t task_tid(const struct task *t) { return t->tid; }
pid_t task_pid(const struct task *t) { return t->process->pid; }
pid_t task_ppid(const struct task *t) { return t->process->parent ? t->process->parent->pid : 0; }
pid_t task_pgid(const struct task *t) { return t->process->pgid; }
pid_t task_sid(const struct task *t) { return t->process->session->sid; }
const char *task_comm(const struct task *t) { return t->comm; }
struct files *task_files(struct task *t) { return t->files; }
struct fsctx *task_fs(struct task *t) { return t->fs; }
uint32_t task_uid(const struct task *t) { return t->process->cred.euid; }
uint32_t task_gid(const struct task *t) { return t->process->cred.egid; }
uint64_t task_start_ns(const struct task *t) { return t->process->start_ns; }
size_t task_vm_size(const struct task *t) { return t->mm ? t->mm->vm.pages * PAGE_SIZE : 0; }
size_t task_vm_rss(const struct task *t) { return t->mm ? t->mm->vm.own.nr * PAGE_SIZE : 0; }
struct file *task_exe(struct task *t) { return t->mm ? t->mm->exe : NULL; }

struct task *task_next(struct task *t)
{
	struct process *p = process_next(t ? t->process : NULL);

	return p ? p->leader : NULL;
}

char task_state_char(const struct task *t)
{
	if (t->process->zombie)
		return 'Z';
	if (t->process->stop == GROUP_STOPPED)
		return 'T';
	return t->state == TASK_SLEEPING ? 'S' : t->state == TASK_DEAD ? 'X' : 'R';
}

/* Memory between two addresses of t's, as far as it can be read and as buf is long. */
static size_t area(struct task *t, uptr_t start, uptr_t end, char *buf, size_t size)
{
	size_t n = end - start < size ? end - start : size;

	if (!t->mm || end <= start || mm_read(t->mm, buf, start, n))
		return 0;
	return n;
}

size_t task_cmdline(struct task *t, char *buf, size_t size)
{
	return t->mm ? area(t, t->mm->arg_start, t->mm->arg_end, buf, size) : 0;
}

size_t task_environ(struct task *t, char *buf, size_t size)
{
	return t->mm ? area(t, t->mm->env_start, t->mm->env_end, buf, size) : 0;
}

static size_t region_name(const struct vm_region *r, char *buf, size_t size)
{
	struct file *f = region_file(r);
	const char *name = r->flags & MM_HEAP	   ? "[heap]"
			   : r->flags & MM_SPECIAL ? "[vdso]"
			   : r->flags & MM_STACK   ? "[stack]"
			   : r->flags & VM_PRIVATE ? ""
						   : "/dev/zero (deleted)";

	return f ? file_path(f, buf, size) : strlcpy(buf, name, size);
}

size_t task_maps(struct task *t, char *buf, size_t size)
{
	const struct vm_region *r;
	size_t len = 0;
	char name[256];

	for (uptr_t at = 0; t->mm && (r = vm_next(&t->mm->vm, at)) && len + 1 < size; at = r->end) {
		struct file *f = region_file(r);
		int n = snprintf(buf + len, size - len, "%08x-%08x %c%c%c%c %08x 00:01 %llu",
				 r->start, r->end, r->rights & PROT_READ ? 'r' : '-',
				 r->rights & PROT_WRITE ? 'w' : '-',
				 r->rights & PROT_EXEC ? 'x' : '-',
				 r->flags & VM_PRIVATE ? 'p' : 's', f ? r->first * PAGE_SIZE : 0,
				 f ? (unsigned long long)file_ino(f) : 0ull);
		int pad = n < 73 ? 73 - n : 1;

		len += (size_t)n;
		if (len >= size)
			return size - 1;
		memset(name, 0, sizeof(name));
		region_name(r, name, sizeof(name));
		n = snprintf(buf + len, size - len, "%*s%s\n", *name ? pad : 0, "", name);
		len += (size_t)n;
	}
	return len < size ? len : size - 1;
}

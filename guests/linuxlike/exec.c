/* SPDX-License-Identifier: GPL-2.0-only */
/* execve: scripts, programs, and the moment when one becomes the other. */
#include "exec.h"
#include "loop.h"
#include "lx_errno.h"
#include "syscall.h"
#include "vfs.h"
#include <string.h>

#define MAX_SCRIPTS 5
#define HEAD_SIZE 256u
#define STACK_INITIAL (32u * PAGE_SIZE)
#define STACK_ARGS_MAX (6u << 20)

/* --- strings, from the top of the new stack down */

static int room_for(struct exec *e, uint32_t len)
{
	if (len > ARG_STRING_MAX || e->p - e->floor < len + 1)
		return -E2BIG;
	e->p -= len + 1;
	return 0;
}

int exec_push(struct exec *e, const char *s)
{
	uint32_t len = (uint32_t)strlen(s);
	int err = room_for(e, len);

	return err ? err : mm_write(e->mm, e->p, s, len + 1);
}

/* It may have changed since it was measured: no NUL but the last one. */
static void make_string(char *s, uint32_t n, bool last)
{
	for (uint32_t i = 0; i < n; i++)
		if (!s[i])
			s[i] = ' ';
	if (last)
		s[n - 1] = 0;
}

int exec_push_user(struct exec *e, uptr_t s)
{
	char buf[512];
	int len = mm_strnlen(current->mm, s, ARG_STRING_MAX);
	int err = len < 0 ? len : room_for(e, (uint32_t)len);
	uint32_t total = (uint32_t)len + 1;

	for (uint32_t done = 0, n; !err && done < total; done += n) {
		n = MIN(total - done, sizeof(buf));
		err = copy_from_user(buf, s + done, n);
		make_string(buf, n, done + n == total);
		if (!err)
			err = mm_write(e->mm, e->p + done, buf, n);
	}
	return err;
}

static int count_user(uptr_t v, uint32_t *n)
{
	uint32_t p;

	for (*n = 0; v; v += 4, (*n)++) {
		if (get_user32(&p, v))
			return -EFAULT;
		if (!p)
			break;
		if (*n >= STACK_ARGS_MAX / 4)
			return -E2BIG;
	}
	return 0;
}

static int push_user_vector(struct exec *e, uptr_t v, uint32_t n)
{
	uint32_t p;

	while (n--) {
		int err = get_user32(&p, v + 4 * n);

		if (!err)
			err = exec_push_user(e, p);
		if (err)
			return err;
	}
	return 0;
}

static int push_kernel_vector(struct exec *e, const char *const *v, uint32_t *n)
{
	int err = 0;

	for (*n = 0; v[*n];)
		(*n)++;
	for (uint32_t i = *n; i-- && !err;)
		err = exec_push(e, v[i]);
	return err;
}

/* --- the file */

/* "#!interpreter [argument]": argv[0] gives way to interpreter, argument, path. */
static int script(struct exec *e, char *head)
{
	char *interp = head + 2 + strspn(head + 2, " \t"), *end = interp + strcspn(interp, " \t"),
	     *arg;
	int err;

	arg = end + strspn(end, " \t");
	*end = 0;
	for (char *t = arg + strlen(arg);
	     t > arg && (t[-1] == ' ' || t[-1] == '\t' || t[-1] == '\r');)
		*--t = 0;
	if (!*interp)
		return -ENOEXEC;
	if (e->argc) {
		int len = mm_strnlen(e->mm, e->p, ARG_STRING_MAX);

		if (len < 0)
			return len;
		e->p += (uptr_t)len + 1;
		e->argc--;
	}
	err = exec_push(e, e->path);
	if (!err && *arg)
		err = exec_push(e, arg);
	if (!err)
		err = exec_push(e, interp);
	e->argc += *arg ? 3 : 2;
	strlcpy(e->path, interp, sizeof(e->path));
	file_put(e->file);
	e->file = NULL;
	return err ? err : vfs_open_exec(interp, &e->file);
}

static int load(struct exec *e)
{
	char head[HEAD_SIZE + 1];

	for (int depth = 0; depth <= MAX_SCRIPTS; depth++) {
		ssize_t n = file_pread(e->file, head, HEAD_SIZE, 0);
		size_t line;
		int err;

		if (n < 0)
			return n;
		head[n] = 0;
		if (n < 2 || head[0] != '#' || head[1] != '!')
			return elf_load(e, head, (size_t)n);
		line = strcspn(head, "\n");
		if (line == HEAD_SIZE)
			return -ENOEXEC; /* the name would be cut */
		head[line] = 0;
		err = script(e, head);
		if (err)
			return err;
	}
	return -ELOOP;
}

/* --- the new memory */

static int exec_begin(struct exec *e, const char *path)
{
	uint64_t stack = current->process->rlim[RLIMIT_STACK].cur / 4;
	uint32_t room = stack > STACK_ARGS_MAX ? STACK_ARGS_MAX : (uint32_t)stack;
	int err;

	if (room < ARG_STRING_MAX)
		room = ARG_STRING_MAX;
	err = vfs_open_exec(path, &e->file);
	if (err)
		return err;
	e->mm = mm_new();
	if (!e->mm)
		return -ENOMEM;
	strlcpy(e->path, path, sizeof(e->path));
	e->p = STACK_TOP - 4;
	e->floor = STACK_TOP - room;
	err = mm_map_fixed(e->mm, STACK_TOP - STACK_INITIAL, STACK_TOP, PROT_READ | PROT_WRITE,
			   MM_STACK, NULL, 0);
	if (!err)
		err = exec_push(e, path);
	e->execfn = e->p;
	return err;
}

/* Code that the server lends to every process: one page of its own, shown by all. */
static int map_sigpage(struct mm *m)
{
	static struct vm_object *code;
	uptr_t at = SIGPAGE_ADDR;
	struct vm_page p;

	if (!code) {
		code = vm_zero(1);
		if (!code || code->ops->get(code, 0, TAGMA_W, &p))
			return -ENOMEM;
		memcpy(p.frame, sigpage_start, (uintptr_t)sigpage_end - (uintptr_t)sigpage_start);
	}
	return vm_map(&m->vm, &at, PAGE_SIZE, PROT_READ | PROT_EXEC, MM_SHARED | MM_SPECIAL, code,
		      0);
}

static int exec_finish(struct exec *e)
{
	int err = load(e);

	if (!err)
		err = map_sigpage(e->mm);
	if (!err)
		err = stack_tables(e);
	if (!err)
		err = process_kill_others();
	return err;
}

static void exec_drop(struct exec *e)
{
	if (e->file)
		file_put(e->file);
	if (e->mm)
		mm_put(e->mm);
}

static int reset_signals(struct process *p)
{
	struct sighand *h = p->sighand;

	if (h->refs > 1) {
		h = sighand_copy(h);
		if (!h)
			return -ENOMEM;
		sighand_put(p->sighand);
		p->sighand = h;
	}
	for (int i = 0; i < NSIG; i++) {
		if (h->action[i].handler != SIG_IGN)
			h->action[i].handler = SIG_DFL;
		h->action[i].flags = h->action[i].restorer = 0;
		h->action[i].mask[0] = h->action[i].mask[1] = 0;
	}
	return 0;
}

/* From here on there is no way back. */
static int exec_commit(struct exec *e, const char *name)
{
	struct task *t = current;
	int err = reset_signals(t->process);

	if (err)
		return err;
	task_release_mm(t);
	t->mm = e->mm;
	t->mm->exe = e->file;
	e->mm = NULL;
	e->file = NULL;
	files_close_on_exec(t->files);
	task_set_comm(t, name);
	arch_start_regs(&t->regs, e->entry, e->sp);
	t->arch = (struct arch_task){ 0 };
	t->regs_valid = true;
	t->entry = ENTRY_NEW;
	t->altstack = (struct altstack_abi){ .flags = SS_DISABLE };
	t->process->did_exec = true;
	t->process->exit_signal = SIGCHLD;
	t->process->dumpable = 1;
	t->pdeathsig = 0;
	t->syscall_nr = -1;
	return 0;
}

int exec_kernel(const char *path, const char *const argv[], const char *const envp[])
{
	struct exec e = { 0 };
	int err = exec_begin(&e, path);

	if (!err)
		err = push_kernel_vector(&e, envp, &e.envc);
	if (!err)
		err = push_kernel_vector(&e, argv, &e.argc);
	if (!err)
		err = exec_finish(&e);
	if (!err)
		err = exec_commit(&e, path);
	exec_drop(&e);
	return err;
}

int32_t sys_execve(const uint32_t a[6])
{
	struct exec *e = kmalloc(sizeof(*e));
	char *path = page_alloc();
	int err = e && path ? 0 : -ENOMEM;

	if (!err) {
		err = strncpy_from_user(path, a[0], PAGE_SIZE);
		err = err < 0 ? err : exec_begin(e, path);
	}
	if (!err)
		err = count_user(a[1], &e->argc);
	if (!err)
		err = count_user(a[2], &e->envc);
	if (!err)
		err = push_user_vector(e, a[2], e->envc);
	if (!err)
		err = push_user_vector(e, a[1], e->argc);
	if (!err && !e->argc) { /* programs rely on argv[0] */
		err = exec_push(e, "");
		e->argc = 1;
	}
	if (!err)
		err = exec_finish(e);
	if (!err)
		err = exec_commit(e, path);
	if (path)
		page_free(path);
	if (e)
		exec_drop(e);
	kfree(e);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The dispatcher: one table by number, and what interrupted calls return. */
#include "syscall.h"
#include "loop.h"
#include "lx_errno.h"
#include "task_struct.h"

#define MAX_SYSCALL 450u
#define NR_SIGPAGE_LEAVE 0x7a67u /* x86/sigpage.S */

int32_t sys_sigpage_leave(const uint32_t a[6]);

static syscall_fn *const table[MAX_SYSCALL + 1] = {
#define SYSCALL(nr, name, handler) [nr] = handler,
#include "syscalls.def"
#undef SYSCALL
};

static const char *const names[MAX_SYSCALL + 1] = {
#define SYSNAME(nr, name) [nr] = #name,
#include "sysnames.def"
#undef SYSNAME
};

static uint32_t logged[MAX_SYSCALL / 32 + 1];

const char *syscall_name(uint32_t nr) { return nr <= MAX_SYSCALL && names[nr] ? names[nr] : "?"; }

static int32_t missing(uint32_t nr)
{
	if (nr <= MAX_SYSCALL && !(logged[nr / 32] & 1u << nr % 32)) {
		logged[nr / 32] |= 1u << nr % 32;
		printk("linuxlike: %s[%d]: system call %s (%u) is not there\n", current->comm,
		       current->tid, syscall_name(nr), nr);
	}
	return -ENOSYS;
}

static int32_t call(uint32_t nr, const uint32_t a[6])
{
	if (nr == NR_SIGPAGE_LEAVE)
		return sys_sigpage_leave(a);
	if (nr > MAX_SYSCALL || !table[nr])
		return missing(nr);
	return table[nr](a);
}

void syscall_handle(void)
{
	struct task *t = current;
	uint32_t nr = arch_syscall_nr(&t->regs), a[6];
	int32_t ret;

	arch_syscall_args(&t->regs, a);
	t->syscall_nr = (int32_t)(nr & 0x7fffffff);
	ret = call(nr, a);
	if (opt_strace)
		printk("[%d] %s(%x, %x, %x, %x, %x) = %d\n", t->tid, syscall_name(nr), a[0], a[1],
		       a[2], a[3], a[4], ret);
	arch_set_result(&t->regs, ret);
}

static bool restartable(int32_t r)
{
	return r == -ERESTARTSYS || r == -ERESTARTNOHAND || r == -ERESTARTTIMED;
}

void syscall_finish(void)
{
	struct task *t = current;

	if (restartable(arch_result(&t->regs)))
		arch_restart_syscall(&t->regs, t->syscall_nr);
	t->syscall_nr = -1;
}

void syscall_interrupted(uint32_t sa_flags)
{
	struct task *t = current;
	int32_t r = arch_result(&t->regs);

	if (r == -ERESTARTSYS && (sa_flags & SA_RESTART))
		arch_restart_syscall(&t->regs, t->syscall_nr);
	else if (restartable(r))
		arch_set_result(&t->regs, -EINTR);
	t->restart_deadline = 0;
	t->syscall_nr = -1;
}

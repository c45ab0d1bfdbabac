/* SPDX-License-Identifier: GPL-2.0-only */
/* What the server asks of the processor's side, x86/. */
#ifndef LX_ARCH_H
#define LX_ARCH_H

#include "abi_process.h"
#include <public/tagma.h>

struct task;
struct mm;

#define FAULT_ITEMS 8 /* pages that one fault may bring in */

struct tls_desc {
	uint32_t base, limit, flags;
	bool present;
};
#define TLS_SLOTS 3
struct arch_task {
	struct tls_desc tls[TLS_SLOTS];
};

/* --- coroutines: switch.S */
void coro_switch(void **save_sp, void *to_sp);
void *coro_init(void *stack, size_t size, void (*entry)(void)); /* the sp to switch to first */

/* --- registers: regs.c */
bool arch_is_syscall(const struct tagma_regs *r);
uint32_t arch_syscall_nr(const struct tagma_regs *r);
void arch_syscall_args(const struct tagma_regs *r, uint32_t a[6]);
void arch_set_result(struct tagma_regs *r, int32_t v);
int32_t arch_result(const struct tagma_regs *r);
void arch_restart_syscall(struct tagma_regs *r, int32_t nr); /* run the trap instruction again */
void arch_start_regs(struct tagma_regs *r, uptr_t ip, uptr_t sp);
void arch_clone_sp(struct tagma_regs *r, uptr_t sp);
uptr_t arch_sp(const struct tagma_regs *r);
void arch_trap_siginfo(const struct tagma_regs *r, struct siginfo_abi *i);
const char *arch_trap_name(uint32_t trap);
bool arch_elf_ok(uint32_t machine, uint32_t elf_class);
#define ARCH_PLATFORM "i686"
#define ARCH_MACHINE "i686"
uint32_t arch_hwcap(void);

/* --- thread-local storage: tls.c */
void arch_tls_load(struct task *t); /* tell the hypervisor's thread of t */
int arch_tls_set(struct task *t, uptr_t user_desc,
		 bool allocate); /* clone's and set_thread_area's */

/* --- signal frames: sigframe.c; the page of code they return through: sigpage.S */
extern const char sigpage_start[], sigpage_end[];
int arch_sigframe_push(struct task *t, const struct siginfo_abi *i, const struct sigaction_abi *a,
		       ksigset_t oldmask); /* -EFAULT: no room on the stack */

#endif

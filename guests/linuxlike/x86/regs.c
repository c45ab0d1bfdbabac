/* SPDX-License-Identifier: GPL-2.0-only */
/* i386 registers: how a system call, a result and a trap look. */
#include "../arch.h"
#include "../signal.h"
#include <string.h>

#define TRAP_SYSCALL 0x80u
#define EFLAGS_START 0x202u /* interrupts on */
#define EM_386 3u

void *coro_init(void *stack, size_t size, void (*entry)(void))
{
	uint32_t *sp = (uint32_t *)(void *)((char *)stack + size);

	/* As after the call of entry(): sp + 4 is a multiple of 16. */
	*--sp = 0;
	*--sp = (uint32_t)(uintptr_t)entry;
	sp -= 4; /* ebp, ebx, esi, edi */
	memset(sp, 0, 16);
	return sp;
}

bool arch_is_syscall(const struct tagma_regs *r) { return r->trap == TRAP_SYSCALL; }
uint32_t arch_syscall_nr(const struct tagma_regs *r) { return r->ax; }

void arch_syscall_args(const struct tagma_regs *r, uint32_t a[6])
{
	a[0] = r->bx;
	a[1] = r->cx;
	a[2] = r->dx;
	a[3] = r->si;
	a[4] = r->di;
	a[5] = r->bp;
}

void arch_set_result(struct tagma_regs *r, int32_t v) { r->ax = (uint32_t)v; }
int32_t arch_result(const struct tagma_regs *r) { return (int32_t)r->ax; }

void arch_restart_syscall(struct tagma_regs *r, int32_t nr)
{
	r->ax = (uint32_t)nr;
	r->ip -= 2; /* int $0x80 */
}

void arch_start_regs(struct tagma_regs *r, uptr_t ip, uptr_t sp)
{
	*r = (struct tagma_regs){ .ip = ip, .sp = sp, .flags = EFLAGS_START };
}

void arch_clone_sp(struct tagma_regs *r, uptr_t sp) { r->sp = sp; }
uptr_t arch_sp(const struct tagma_regs *r) { return r->sp; }
bool arch_elf_ok(uint32_t machine, uint32_t elf_class)
{
	return machine == EM_386 && elf_class == 1;
}

/* fpu tsc cx8 cmov mmx fxsr sse sse2: what every 64-bit processor has. */
uint32_t arch_hwcap(void) { return 1u << 0 | 1u << 4 | 1u << 8 | 1u << 15 | 7u << 23 | 1u << 26; }

static const struct {
	uint8_t sig, code;
	bool at_ip; /* si_addr is the instruction */
	const char *name;
} traps[] = {
	[0] = { SIGFPE, FPE_INTDIV, true, "divide error" },
	[1] = { SIGTRAP, TRAP_TRACE, true, "debug" },
	[3] = { SIGTRAP, SI_KERNEL, false, "int3" },
	[4] = { SIGSEGV, SI_KERNEL, false, "overflow" },
	[5] = { SIGSEGV, SI_KERNEL, false, "bounds" },
	[6] = { SIGILL, ILL_ILLOPN, true, "invalid opcode" },
	[11] = { SIGBUS, SI_KERNEL, false, "segment not present" },
	[12] = { SIGBUS, SI_KERNEL, false, "stack segment" },
	[13] = { SIGSEGV, SI_KERNEL, false, "general protection" },
	[16] = { SIGFPE, FPE_FLTDIV, true, "fpu exception" },
	[17] = { SIGBUS, BUS_ADRALN, false, "alignment check" },
	[19] = { SIGFPE, FPE_FLTDIV, true, "simd exception" },
};

static bool trap_known(uint32_t trap)
{
	return trap < sizeof(traps) / sizeof(traps[0]) && traps[trap].sig;
}

/* int $n without a gate of its own, and whatever else, is as a general protection fault. */
void arch_trap_siginfo(const struct tagma_regs *r, struct siginfo_abi *i)
{
	uint32_t n = trap_known(r->trap) ? r->trap : 13;

	memset(i, 0, sizeof(*i));
	i->signo = traps[n].sig;
	i->code = traps[n].code;
	i->fault.addr = traps[n].at_ip ? r->ip : 0;
}

const char *arch_trap_name(uint32_t trap) { return trap_known(trap) ? traps[trap].name : "trap"; }

/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiled to assembler only: the build turns the ".ascii" lines into asm-offsets.h. */
#include <asm/internal.h>
#include <hv/cpu.h>
#include <hv/space.h>
#include <hv/thread.h>

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %0\"" : : "i"((long)(value)))
#define FIELD(name, type, member) DEFINE(name, offsetof(struct type, member))

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(REGS_GPR, offsetof(struct arch_regs, gpr));
	DEFINE(REGS_HI, offsetof(struct arch_regs, hi));
	DEFINE(REGS_LO, offsetof(struct arch_regs, lo));
	DEFINE(REGS_EPC, offsetof(struct arch_regs, epc));
	DEFINE(REGS_CAUSE, offsetof(struct arch_regs, cause));
	DEFINE(REGS_BADVADDR, offsetof(struct arch_regs, badvaddr));
	DEFINE(REGS_STATUS, offsetof(struct arch_regs, status));
	DEFINE(REGS_SIZE, sizeof(struct arch_regs));
	FIELD(THREAD_SPACE, thread, space);
	FIELD(CPU_LOADED, cpu, arch.loaded);
	FIELD(CPU_SPACE, cpu, arch.space);
	FIELD(CPU_STATUS, cpu, arch.status);
}

_Static_assert(offsetof(struct arch_thread, regs) == 0, "entry.S saves to the thread's address");

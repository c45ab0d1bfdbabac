/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiled to assembler only: rules.mk turns the ".ascii" lines into asm-offsets.h. */
#include <asm/internal.h>
#include <hv/cpu.h>
#include <hv/thread.h>

#define DEFINE(name, value) __asm__ volatile("\n.ascii \"->" #name " %c0\"" : : "i"((long)(value)))
#define REG(r) offsetof(struct thread, arch.regs.r)

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(THREAD_KSTACK, offsetof(struct thread, arch.kstack));
	DEFINE(THREAD_REGS, offsetof(struct thread, arch.regs));
	DEFINE(THREAD_SPACE, offsetof(struct thread, space));
	DEFINE(THREAD_BP, REG(bp));
	DEFINE(THREAD_BX, REG(bx));
	DEFINE(THREAD_AX, REG(ax));
	DEFINE(THREAD_CX, REG(cx));
	DEFINE(THREAD_DX, REG(dx));
	DEFINE(THREAD_SI, REG(si));
	DEFINE(THREAD_DI, REG(di));
	DEFINE(THREAD_IP, REG(ip));
	DEFINE(THREAD_FLAGS, REG(flags));
	DEFINE(THREAD_SP, REG(sp));
	DEFINE(TSS_RSP, offsetof(struct tss, rsp[0]));
	/* From the top of the empty kernel stack, where entries start. */
	DEFINE(CPU_LOADED, (long)offsetof(struct cpu, arch.loaded) - (long)CPU_AREA_SIZE);
	DEFINE(CPU_SPACE, (long)offsetof(struct cpu, arch.space) - (long)CPU_AREA_SIZE);
	DEFINE(CPU_LIMIT, (long)offsetof(struct cpu, arch.limit) - (long)CPU_AREA_SIZE);
	DEFINE(CPU_HYPERCALLS,
	       (long)offsetof(struct cpu, counter[COUNTER_hypercall]) - (long)CPU_AREA_SIZE);
}

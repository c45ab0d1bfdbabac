/* SPDX-License-Identifier: GPL-2.0-only */
/* A processor's state that the portable core does not see. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <asm/layout.h>
#include <hv/types.h>

#define FLUSH_BATCH 16 /* more stale pages than this: flush all */

struct arch_cpu {
	struct thread *loaded;	/* whose registers the CPU has but for the frame; NULL none */
	struct space *space;	/* which the segments and CR3 are right for; NULL none */
	struct space *cr3;	/* whose page tables CR3 points to; NULL: the hypervisor's own */
	struct thread *fpu;	/* whose FPU state is live; NULL nobody's */
	struct space *io_space; /* whose ports the I/O bitmap holds */
	bool ts;		/* CR0.TS */
	bool flush_all;		/* stale TLB entries under CR3: all, or these linear pages */
	uint32_t nr_flush;
	vpn_t flush[FLUSH_BATCH];
};

static inline struct cpu *this_cpu(void)
{
	unsigned long sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu *)(sp & ~(CPU_AREA_SIZE - 1));
}

#endif

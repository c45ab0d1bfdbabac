/* SPDX-License-Identifier: GPL-2.0-only */
/* A processor's state that the portable core does not see. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <asm/layout.h>
#include <hv/types.h>

struct arch_cpu {
	struct thread *loaded; /* whose registers entries save; NULL none */
	struct space *space;   /* whose ASID is in EntryHi; NULL: it has to be set again */
	uint32_t status;       /* CP0 Status for `loaded` */
	struct thread *fpu;    /* whose FPU state is live; NULL nobody's */
};

static inline struct cpu *this_cpu(void)
{
	register unsigned long sp __asm__("$29");

	__asm__("" : "=r"(sp));
	return (struct cpu *)(sp & ~(CPU_AREA_SIZE - 1));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <hv/types.h>

struct arch_cpu {
	uint64_t timer_deadline; /* as arch_timer_set() left it */
};

extern struct cpu host_cpu;

static inline struct cpu *this_cpu(void) { return &host_cpu; }

#endif

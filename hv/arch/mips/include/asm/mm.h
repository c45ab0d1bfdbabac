/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine addresses and host pointers. */
#ifndef ASM_MM_H
#define ASM_MM_H

#include <asm/layout.h>
#include <hv/types.h>

#define ARCH_VPN_BITS 19   /* KUSEG is 2 GB */
#define ARCH_ELF_MACHINE 8 /* EM_MIPS */

static inline void *arch_phys_ptr(paddr_t p) { return (void *)(KSEG0 + (unsigned long)p); }

static inline paddr_t arch_ptr_phys(const void *p) { return (unsigned long)p - KSEG0; }

#endif

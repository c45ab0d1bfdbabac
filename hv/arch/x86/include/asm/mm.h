/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine addresses and host pointers. */
#ifndef ASM_MM_H
#define ASM_MM_H

#include <asm/layout.h>
#include <hv/types.h>

#define ARCH_VPN_BITS 20   /* a native space is 4 GB */
#define ARCH_ELF_MACHINE 3 /* EM_386: what native guests are */

static inline void *arch_phys_ptr(paddr_t p) { return (void *)(DIRECT_BASE + p); }

/* For pointers into the direct map and into the image. */
static inline paddr_t arch_ptr_phys(const void *p)
{
	unsigned long a = (unsigned long)p;

	return a >= DIRECT_BASE ? a - DIRECT_BASE : a - IMAGE_BASE;
}

#endif

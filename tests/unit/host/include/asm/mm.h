/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's "machine": an array is its physical memory. */
#ifndef ASM_MM_H
#define ASM_MM_H

#include <hv/types.h>

#define ARCH_VPN_BITS 20
#define HOST_FRAMES 4096u /* machine frames 0..4095; what of them is RAM, host_boot_info() says */

extern unsigned char host_ram[HOST_FRAMES][PAGE_SIZE];

static inline void *arch_phys_ptr(paddr_t p) { return &host_ram[p >> PAGE_SHIFT][p & PAGE_MASK]; }

static inline paddr_t arch_ptr_phys(const void *p)
{
	return (paddr_t)((const unsigned char *)p - &host_ram[0][0]);
}

#endif

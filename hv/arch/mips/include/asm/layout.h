/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are: for C, assembler and the linker script alike.
 *
 *   0xa0000000  KSEG1: physical memory again, uncached: devices
 *   0x80100000  the image: vectors, text, constants, data
 *   0x80000000  KSEG0: the first 512 MB of physical memory, cached; no TLB
 *   0x00000000  KUSEG: the running space, 2 GB, by the TLB
 *
 * The hypervisor lives in KSEG0 alone, so that it never misses in the TLB.
 *
 * A CPU's area is one aligned block, so that its struct cpu follows from any of its
 * stack pointers: struct cpu below, the kernel stack above it.
 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_UL(x) x
#else
#define LAYOUT_UL(x) x##ul
#endif

#define KSEG0 LAYOUT_UL(0x80000000)
#define KSEG1 LAYOUT_UL(0xa0000000)
#define KSEG_SIZE LAYOUT_UL(0x20000000)
#define IMAGE_BASE LAYOUT_UL(0x80100000)
#define DIRECT_MAX LAYOUT_UL(0x10000000) /* Malta: devices begin here; RAM goes on far above */

#define CPU_AREA_SIZE LAYOUT_UL(0x8000)
#define STACK_TOP_PAD 32 /* o32: a callee may keep its arguments above its frame */

/* The software TLB (vtlb.c); entries are 16 bytes. The index is masked in 16 bits. */
#define STLB_ENTRIES 512
#define STLB_MAX_ENTRIES 4096

#endif

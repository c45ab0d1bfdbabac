/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are: for C, assembler and the linker script alike.
 *
 *   0xffff830000000000  direct map of RAM: 2 MB or 1 GB pages, no execution     (PML4 slot 262)
 *   0xffff82d080100000  the image, at physical 1 MB: text r-x, rodata r--, rest rw-     (261)
 *   0xffff82d080020000  local APIC, uncached
 *   0xffff82d080000000  GDT window: 16 pages, see desc.c
 *   0xffff800000000000  start of Xen's range
 *        ...            not canonical
 *   0x0000000100000000  later: 64-bit guests
 *   0x00000000c0000000  window of the small spaces, the same under all roots     (0, L3 entry 3)
 *   0x0000000000000000  a space: 3 GB, or 4 GB without the window; filled by the VTLB    (0)
 *
 * A CPU's area is one aligned block, so that its struct cpu follows from any of its
 * stack pointers. A guard page catches what overflows:
 *
 *   16 pages    7..15  kernel stack (empty at every entry from a guest)
 *               6      guard
 *               3..5   IST stacks: NMI, #DF, #MC
 *               2      guard
 *               0..1   struct cpu
 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_UL(x) x
#else
#define LAYOUT_UL(x) x##ul
#endif

#define IMAGE_BASE LAYOUT_UL(0xffff82d080000000) /* virtual address of physical 0 of the image */
#define IMAGE_PHYS LAYOUT_UL(0x100000)
#define IMAGE_MAX LAYOUT_UL(0x400000) /* the image's page tables reach so far */
#define GDT_WINDOW IMAGE_BASE
#define APIC_WINDOW (IMAGE_BASE + LAYOUT_UL(0x20000))
#define DIRECT_BASE LAYOUT_UL(0xffff830000000000)
#define DIRECT_MAX LAYOUT_UL(0x8000000000) /* 512 GB: one PML4 slot */

#define WINDOW_BASE 0xc0000000u /* one entry of an L3 table: 1 GB */
#define WINDOW_PAGES 0x40000u

#define CPU_AREA_SIZE LAYOUT_UL(0x10000)
#define CPU_GUARD_LOW LAYOUT_UL(0x2000)
#define CPU_IST_TOP(n) (LAYOUT_UL(0x3000) + (n)*LAYOUT_UL(0x1000)) /* n = 1..3 */
#define CPU_GUARD_HIGH LAYOUT_UL(0x6000)

/* Selectors. Guests see Xen's: page 14 of the GDT is the hypervisor's. */
#define GDT_HV_FIRST 0xe000
#define SEL_HV_CS 0xe008
#define SEL_HV_DS 0xe010
#define SEL_GUEST_CS32 0xe023
#define SEL_GUEST_DS 0xe02b
#define SEL_TSS 0xe040
#define GDT_TLS_FIRST 6
#define GDT_TLS_SLOTS 3

#define VECTOR_PIC 0x20 /* 16 of them */
#define VECTOR_TRAP 0x80
#define VECTOR_HYPERCALL 0x82
#define VECTOR_TIMER 0xf0
#define VECTOR_SPURIOUS 0xff

#define IST_NMI 1
#define IST_DF 2
#define IST_MC 3

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* For assembler: the hardware state of another thread, in the cases without special work. */
#ifndef ASM_SWITCH_H
#define ASM_SWITCH_H

/* clang-format off */
#define GDT_CODE gdt_hv + (SEL_GUEST_CS32 & ~7) - GDT_HV_FIRST(%rip)
#define GDT_DATA gdt_hv + (SEL_GUEST_DS & ~7) - GDT_HV_FIRST(%rip)
#define GDT_TLS0 gdt_guest + GDT_TLS_FIRST * 8(%rip)

	/*
	 * All of r10 but its frame, in place of r9, whose registers the CPU has: what
	 * thread_load_regs() does if there are page tables, neither has the FPU, and selectors
	 * and TLS slots are equal. Else to `slow`, which has thread_load_regs() do it all: half
	 * of it done here does no harm. Uses rcx and r8.
	 *
	 * exit: iret, or sysret where all spaces have all of linear memory: it knows neither
	 * base nor limit.
	 */
	.macro LOAD_THREAD exit, slow
	mov %ds, THREAD_DS(%r9)
	mov %es, THREAD_ES(%r9)
	mov %fs, THREAD_FS(%r9)
	mov %gs, THREAD_GS(%r9)
	mov THREAD_DS(%r9), %rcx
	cmp %rcx, THREAD_DS(%r10)
	jne \slow
	mov THREAD_KEY(%r9), %rcx
	cmp %rcx, THREAD_KEY(%r10)
	jne \slow

	mov THREAD_SPACE(%r10), %rcx
	cmp %rcx, CPU_SPACE(%rsp)
	je 8f
	.ifc \exit, iret
	mov SPACE_DATA(%rcx), %r8
	cmp %r8, GDT_DATA
	jne 9f
	.endif
6:	mov SPACE_GENERATION(%rcx), %r8
	cmp %r8, tag_generation(%rip)
	jne \slow
	mov SPACE_CR3(%rcx), %r8
	mov %r8, %cr3
	mov %rcx, CPU_CR3(%rsp)
	incq CPU_CR3_LOAD(%rsp)
	shl $1, %r8 /* bit 63: nothing was flushed */
	adcq $0, CPU_TAG_KEPT(%rsp)
7:	mov %rcx, CPU_SPACE(%rsp)
	incq CPU_SPACE_SWITCH(%rsp)
	mov SPACE_IOMAP(%rcx), %r8d
	mov %r8w, boot_tss + TSS_IOMAP(%rip)

8:	.ifc \exit, iret
	mov SPACE_LIMIT(%rcx), %rcx /* beyond it iret would fault, with no stack */
	cmp %rcx, THREAD_IP(%r10)
	ja \slow
	.endif
	mov %r10, CPU_LOADED(%rsp)
	lea THREAD_REGS_END(%r10), %r8
	mov %r8, boot_tss + TSS_RSP0(%rip)

	/* Other segments. Equal keys of two threads: slots 1 and 2 are empty. With a view the
	 * selectors can be loaded; the page tables stay if they serve this space, too. */
	.ifc \exit, iret
	.subsection 1
9:	cmp %r8, THREAD_VIEW(%r10)
	jne \slow
	mov %r8, GDT_DATA
	mov SPACE_CODE(%rcx), %r8
	mov %r8, GDT_CODE
	mov THREAD_TLS_IN(%r10), %r8
	mov %r8, GDT_TLS0
	mov THREAD_DS(%r10), %ds
	mov THREAD_ES(%r10), %es
	mov THREAD_FS(%r10), %fs
	mov THREAD_GS(%r10), %gs
	cmpl $0, SPACE_BASE(%rcx)
	je 10f
	mov CPU_SPACE(%rsp), %r8
	test %r8, %r8 /* gone, while its thread was not */
	jz \slow
	cmpl $-1, SPACE_LIMIT(%r8) /* alone: its page tables lack the window */
	je \slow
	incq CPU_SMALL_SWITCH(%rsp)
	jmp 7b
10:	cmp %rcx, CPU_CR3(%rsp)
	jne 6b
	incq CPU_SMALL_SWITCH(%rsp)
	jmp 7b
	.subsection 0
	.endif
	.endm
/* clang-format on */

#endif

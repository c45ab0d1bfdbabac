/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does this CPU check segment limits in compatibility mode? A few instructions run in
 * ring 3, between a GDT, an IDT and pages that small.c has set up; any trap comes back.
 */
#include <asm-offsets.h>
#include <asm/layout.h>
#include <asm/x86.h>

	.text
	/* edi: where to go on in ring 3. eax: 1 if a #GP ended it, 0 if anything else did. */
	.globl limits_probe
limits_probe:
	PUSH_ALL rbx, rbp, r12, r13, r14, r15
	mov %rsp, boot_tss + TSS_RSP0(%rip)
	mov $SEL_GUEST_DS, %eax
	mov %eax, %ds
	pushq $SEL_GUEST_DS
	pushq $0
	pushq $EFLAGS_FIXED
	pushq $SEL_GUEST_CS32
	push %rdi
	iretq

	.globl limits_trap_gp
limits_trap_gp:
	mov $1, %eax
	jmp 1f
	.globl limits_trap_other
limits_trap_other:
	xor %eax, %eax
1:	xor %ecx, %ecx
	mov %ecx, %ds
	mov boot_tss + TSS_RSP0(%rip), %rsp
	POP_ALL r15, r14, r13, r12, rbp, rbx
	ret

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Upcalls and forwarded traps. On entry esp is at a struct tagma_frame that holds every
 * register, so all of them are free here. The way back must have esp at that frame when the
 * hypercall is made, hence a jump to the hypercall page and no call.
 */
#include "upcall_asm.h"

	.text
	.globl upcall_entry, trap_entry, upcall_resume
upcall_entry:
	movl $upcall_event, %eax
	jmp 1f
trap_entry:
	movl $upcall_trap, %eax
1:	cld
	movl %esp, %esi
	andl $-16, %esp
	subl $12, %esp
	pushl %esi
	call *%eax
	movl %esi, %esp
	jmp 2f

upcall_resume:
	movl 4(%esp), %esp
2:	movl $ASM_TAGMA_DOMAIN_iret, %ebx
	xorl %ecx, %ecx
	jmp hypercall_page + ASM_TAGMA_DOMAIN * 32

	.section .note.GNU-stack, "", @progbits

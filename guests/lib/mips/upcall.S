/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Upcalls and forwarded traps. On entry sp is at a struct tagma_frame that holds every
 * register, so all of them are free here. The way back has sp at that frame when the
 * hypercall is made.
 */
#include "upcall_asm.h"

	.set noreorder
	.text
	.globl upcall_entry, trap_entry, upcall_resume
upcall_entry:
	lui	$25, %hi(upcall_event)
	b	1f
	addiu	$25, $25, %lo(upcall_event)
trap_entry:
	lui	$25, %hi(upcall_trap)
	addiu	$25, $25, %lo(upcall_trap)
1:	move	$4, $29
	move	$16, $29
	jalr	$25
	addiu	$29, $29, -16
	move	$4, $16

upcall_resume:
	move	$29, $4
	li	$2, ASM_TAGMA_DOMAIN
	li	$4, ASM_TAGMA_DOMAIN_iret
	move	$5, $0
	syscall
	/* Only if the frame could not be taken. */
1:	b	1b
	nop

	.section .note.GNU-stack, "", @progbits

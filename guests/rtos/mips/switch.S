/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task that does not run has on its stack, from its saved sp up:
 *     s0 .. s7, fp, ra
 * which is what a C function expects to find kept. A preempted task stands in its
 * upcall handler, so its other registers are in the frame below that handler.
 */
#define SAVED 40
#define ARGUMENTS 16 /* o32: a callee may keep its first four in its caller's frame */

	.set noreorder
	.text
	.globl rt_switch
rt_switch: /* (void **save_sp, void *load_sp) */
	addiu	$29, $29, -SAVED
	.irp n, 16,17,18,19,20,21,22,23
	sw	$\n, (\n - 16) * 4($29)
	.endr
	sw	$30, 32($29)
	sw	$31, 36($29)
	sw	$29, 0($4)
	move	$29, $5
	.irp n, 16,17,18,19,20,21,22,23
	lw	$\n, (\n - 16) * 4($29)
	.endr
	lw	$30, 32($29)
	lw	$31, 36($29)
	jr	$31
	addiu	$29, $29, SAVED

	.globl rt_stack_init
rt_stack_init: /* (void *top, void (*start)(void)): the first sp of a task */
	srl	$4, $4, 4
	sll	$4, $4, 4
	addiu	$2, $4, -SAVED - ARGUMENTS
	.irp n, 0,1,2,3,4,5,6,7,8
	sw	$0, \n * 4($2)
	.endr
	jr	$31
	sw	$5, 36($2)		/* rt_switch returns there */

	.section .note.GNU-stack, "", @progbits

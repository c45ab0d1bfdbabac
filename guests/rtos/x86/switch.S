/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task that does not run has on its stack, from its saved sp up:
 *     edi esi ebx ebp, return address
 * which is what a C function expects to find kept. A preempted task stands in its
 * upcall handler, so its other registers are in the frame below that handler.
 */
	.text
	.globl rt_switch
rt_switch: /* (void **save_sp, void *load_sp) */
	mov	4(%esp), %eax
	mov	8(%esp), %edx
	push	%ebp
	push	%ebx
	push	%esi
	push	%edi
	mov	%esp, (%eax)
	mov	%edx, %esp
	pop	%edi
	pop	%esi
	pop	%ebx
	pop	%ebp
	ret

	.globl rt_stack_init
rt_stack_init: /* (void *top, void (*start)(void)): the first sp of a task */
	mov	4(%esp), %eax
	mov	8(%esp), %edx
	and	$-16, %eax
	movl	$0, -4(%eax)		/* start()'s return address: it never returns */
	mov	%edx, -8(%eax)		/* rt_switch returns there, with sp % 16 == 12 */
	movl	$0, -12(%eax)
	movl	$0, -16(%eax)
	movl	$0, -20(%eax)
	movl	$0, -24(%eax)
	sub	$24, %eax
	ret
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-only */
/* void coro_switch(void **save_sp, void *to_sp): the callee-saved registers stay on the
 * stack that is left. */
	.text
	.globl coro_switch
	.type coro_switch, @function
coro_switch:
	movl 4(%esp), %eax
	movl 8(%esp), %edx
	pushl %ebp
	pushl %ebx
	pushl %esi
	pushl %edi
	movl %esp, (%eax)
	movl %edx, %esp
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret
	.size coro_switch, . - coro_switch
	.section .note.GNU-stack, "", @progbits

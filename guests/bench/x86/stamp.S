/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One instruction between two readings of the cycle counter, with the registers that it
 * wants. All variants are the same but for that instruction: stamp_none has none, so its
 * time is the cost of measuring. What goes out by t0 in one thread may come back by t1 in
 * another: that is a message's one way.
 */
#include "stamp_asm.h"

	.macro STAMP name, insn:vararg
	.globl \name
	.balign 16
\name:
	push %ebp
	push %ebx
	push %esi
	push %edi
	mov 20(%esp), %ebp
	mov STAMP_ARG0(%ebp), %ebx
	mov STAMP_ARG1(%ebp), %ecx
	mov STAMP_ARG3(%ebp), %esi
	mov STAMP_ARG4(%ebp), %edi
	rdtsc
	mov %eax, STAMP_T0(%ebp)
	mov %edx, STAMP_T0 + 4(%ebp)
	mov STAMP_A(%ebp), %eax
	mov STAMP_ARG2(%ebp), %edx
	\insn
	mov %eax, STAMP_A(%ebp)
	mov %edx, STAMP_ARG2(%ebp)
	rdtsc
	mov %eax, STAMP_T1(%ebp)
	mov %edx, STAMP_T1 + 4(%ebp)
	mov %ebx, STAMP_ARG0(%ebp)
	mov %ecx, STAMP_ARG1(%ebp)
	mov %esi, STAMP_ARG3(%ebp)
	mov %edi, STAMP_ARG4(%ebp)
	pop %edi
	pop %esi
	pop %ebx
	pop %ebp
	ret
	.endm

	.text
	STAMP stamp_none
	STAMP stamp_call, call *STAMP_TARGET(%ebp)
	STAMP stamp_trap, int $0x80
	STAMP stamp_touch, movl %eax, (%ebx)

	/* Long NOPs that a TCG plugin knows; see tests/bench/plugin. */
	.globl stamp_mark_start, stamp_mark_stop
stamp_mark_start:
	.byte 0x0f, 0x1f, 0x84, 0x00
	.long MARK_START
	ret
stamp_mark_stop:
	.byte 0x0f, 0x1f, 0x84, 0x00
	.long MARK_STOP
	ret

	/* As arch_mark() of the hypervisor does it. */
	.globl stamp_forged_mark
stamp_forged_mark:
	call 1f
1:	pop %eax
	add $2f - 1b, %eax
2:	.byte 0x0f, 0x1f, 0x84, 0x00
	.long MARK_HYPERVISOR
	testb $0, (%eax)
	ret

	/* uint32_t stamp_count(uint32_t n): 2 * n instructions between two readings. */
	.globl stamp_count
stamp_count:
	push %ebx
	mov 8(%esp), %ecx
	rdtsc
	mov %eax, %ebx
1:	dec %ecx
	jnz 1b
	rdtsc
	sub %ebx, %eax
	pop %ebx
	ret

	.section .note.GNU-stack, "", @progbits

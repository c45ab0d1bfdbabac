/* SPDX-License-Identifier: GPL-2.0-only */
/* The FPU's state: 16 pairs of 32-bit registers (Status.FR is 0), and FCSR. CU1 is set. */
	.set noreorder
	.set mips32r2
	.set hardfloat
	.set fp=32

	.text
	.globl fpu_save
	.ent fpu_save
fpu_save: /* (uint64_t fpr[16], uint32_t *fcsr) */
	.irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	sdc1	$f\n, 4 * \n($4)
	.endr
	cfc1	$8, $31
	jr	$31
	sw	$8, 0($5)
	.end fpu_save

	.globl fpu_restore
	.ent fpu_restore
fpu_restore: /* (const uint64_t fpr[16], uint32_t fcsr) */
	ctc1	$5, $31
	.irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	ldc1	$f\n, 4 * \n($4)
	.endr
	jr	$31
	nop
	.end fpu_restore

	.section .note.GNU-stack, "", @progbits

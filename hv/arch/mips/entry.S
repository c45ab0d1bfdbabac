/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vectors, every way into the hypervisor, and the one way out.
 *
 * From a guest the registers go straight into the descriptor of the thread that runs,
 * then the code goes on at the top of the empty kernel stack. From the hypervisor
 * itself (idle, an interrupt window, or a bug) they go on the stack in use.
 */
#include <asm-offsets.h>
#include <asm/layout.h>
#include <asm/mips.h>

	.set noreorder
	.set noat
	.set mips32r2

#define STACK_EMPTY (boot_cpu_area + CPU_AREA_SIZE - STACK_TOP_PAD)
#define GPR(n) (REGS_GPR + 4 * (n))

	/* All that a guest can see but k0 and k1, to the frame at k1. */
.macro SAVE_REGS
	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,28,29,30,31
	sw	$\n, GPR(\n)($27)
	.endr
	mfhi	$8
	mflo	$9
	mfc0	$10, C0_EPC
	mfc0	$11, C0_CAUSE
	mfc0	$12, C0_BADVADDR
	sw	$8, REGS_HI($27)
	sw	$9, REGS_LO($27)
	sw	$10, REGS_EPC($27)
	sw	$11, REGS_CAUSE($27)
	sw	$12, REGS_BADVADDR($27)
.endm

	/* From the frame at k1; Status is set and has EXL. */
.macro RESTORE_REGS
	lw	$8, REGS_HI($27)
	lw	$9, REGS_LO($27)
	lw	$10, REGS_EPC($27)
	mthi	$8
	mtlo	$9
	mtc0	$10, C0_EPC
	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,28,29,30,31
	lw	$\n, GPR(\n)($27)
	.endr
	eret
.endm

	.section .text.vectors, "ax"
	.globl vectors
vectors:
	/*
	 * TLB refill: from the software TLB. An entry is 16 bytes: EntryHi, two EntryLos,
	 * and what vtlb.c alone needs; its place is the pair's number, mixed with the
	 * space's ASID so that spaces laid out alike do not meet. The second place is the
	 * neighbour in the same cache line. What is right is known last: the three
	 * values of a comparison do not fit into k0 and k1.
	 */
	.globl refill_mask
vector_refill:
	mfc0	$26, C0_ENTRYHI
	srl	$27, $26, 13 - 4
	sll	$26, $26, 5
	xor	$27, $27, $26
refill_first:
	andi	$27, $27, (STLB_ENTRIES - 1) * 16
	lui	$26, %hi(stlb)
	addu	$27, $27, $26
	lw	$26, %lo(stlb) + 4($27)
	mtc0	$26, C0_ENTRYLO0
	lw	$26, %lo(stlb) + 8($27)
	mtc0	$26, C0_ENTRYLO1
	lw	$27, %lo(stlb)($27)
	mfc0	$26, C0_ENTRYHI
	bne	$26, $27, 1f
	ehb
	tlbwr
	eret
1:	srl	$27, $26, 13 - 4
	sll	$26, $26, 5
	xor	$27, $27, $26
refill_second:
	andi	$27, $27, (STLB_ENTRIES - 1) * 16
	xori	$27, $27, 16
	lui	$26, %hi(stlb)
	addu	$27, $27, $26
	lw	$26, %lo(stlb) + 4($27)
	mtc0	$26, C0_ENTRYLO0
	lw	$26, %lo(stlb) + 8($27)
	mtc0	$26, C0_ENTRYLO1
	lw	$27, %lo(stlb)($27)
	mfc0	$26, C0_ENTRYHI
	bne	$26, $27, vector_general
	ehb
	tlbwr
	eret

	.org vectors + 0x100
	/* Cache error: uncached, and nothing that we hold can be trusted. */
1:	b	1b
	nop

	.org vectors + 0x180
vector_general:
	mfc0	$26, C0_STATUS
	lui	$27, %hi(boot_cpu_area + CPU_LOADED)
	andi	$26, $26, ST_UM
	beqz	$26, entry_kernel
	lw	$27, %lo(boot_cpu_area + CPU_LOADED)($27)
	SAVE_REGS
	lui	$29, %hi(STACK_EMPTY)
	addiu	$29, $29, %lo(STACK_EMPTY)
	li	$8, ST_KERNEL
	mtc0	$8, C0_STATUS
	ehb
	move	$4, $27
	jal	trap_user
	nop

	/* v0: the thread to resume. The kernel stack is empty. */
resume:
	lui	$8, %hi(boot_cpu_area)
	lw	$9, %lo(boot_cpu_area + CPU_LOADED)($8)
	lw	$10, %lo(boot_cpu_area + CPU_SPACE)($8)
	lw	$11, THREAD_SPACE($2)
	bne	$2, $9, 2f
	move	$4, $2
	beq	$10, $11, 1f
	nop
2:	jal	thread_load_regs
	nop
	lui	$8, %hi(boot_cpu_area)
1:	lw	$9, %lo(boot_cpu_area + CPU_STATUS)($8)
	move	$27, $2
	mtc0	$9, C0_STATUS
	ehb
	RESTORE_REGS

	/* The exception came at $29's stack: a frame below it, with Status. */
entry_kernel:
	move	$27, $29
	addiu	$27, $27, -REGS_SIZE
	SAVE_REGS
	mfc0	$8, C0_STATUS
	sw	$8, REGS_STATUS($27)
	addiu	$29, $27, -STACK_TOP_PAD
	li	$8, ST_KERNEL
	mtc0	$8, C0_STATUS
	ehb
	jal	trap_kernel
	move	$4, $27
	addiu	$27, $29, STACK_TOP_PAD
	lw	$8, REGS_STATUS($27)
	mtc0	$8, C0_STATUS
	ehb
	RESTORE_REGS

	.text
	/* The boot's stack becomes the empty kernel stack. */
	.globl arch_start
arch_start:
	lui	$29, %hi(STACK_EMPTY)
	addiu	$29, $29, %lo(STACK_EMPTY)
	jal	sched_exit
	nop
	j	resume
	nop

	/* An interrupt that comes before `wait` would be waited for: it goes on behind. */
	.globl arch_idle, idle_wait, idle_insn, idle_done
	.ent arch_idle
arch_idle:
	li	$8, ST_KERNEL | ST_IE
	mtc0	$8, C0_STATUS
idle_wait:
	ehb
	nop
idle_insn:
	wait
	nop
idle_done:
	li	$8, ST_KERNEL
	mtc0	$8, C0_STATUS
	jr.hb	$31
	nop
	.end arch_idle

	.globl arch_irq_window
	.ent arch_irq_window
arch_irq_window:
	li	$8, ST_KERNEL | ST_IE
	mtc0	$8, C0_STATUS
	ehb
	nop
	li	$8, ST_KERNEL
	mtc0	$8, C0_STATUS
	jr.hb	$31
	nop
	.end arch_irq_window

	/* The firmware leaves a0 = argc, a1 = argv, a2 = envp, a3 = memory in bytes. */
	.globl start
start:
	li	$8, ST_KERNEL
	mtc0	$8, C0_STATUS /* out of the boot vectors, and of ERL, which unmaps KUSEG */
	mtc0	$0, C0_CAUSE
	ehb
	lui	$8, %hi(bss_start)
	addiu	$8, $8, %lo(bss_start)
	lui	$9, %hi(image_end)
	addiu	$9, $9, %lo(image_end)
1:	sw	$0, 0($8)
	addiu	$8, $8, 4
	bne	$8, $9, 1b
	nop
	lui	$29, %hi(STACK_EMPTY)
	addiu	$29, $29, %lo(STACK_EMPTY)
	jal	boot_start
	nop

	.section .rodata
	.balign 4
refill_mask:
	.word refill_first, refill_second

	.section .bss.cpu, "aw", @nobits
	.globl boot_cpu_area
boot_cpu_area:
	.skip CPU_AREA_SIZE

	.section .bss.stlb, "aw", @nobits
	.balign 65536
	.globl stlb
stlb:
	.skip STLB_MAX_ENTRIES * 16

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way into the hypervisor, and the one way out.
 *
 * From a guest the registers go straight into the descriptor of the thread that runs
 * (see <asm/thread.h>), then the code goes on at the top of the empty kernel stack:
 * CPU_* offsets in this file count from there. From the hypervisor itself (idle, an
 * interrupt window, or a bug) they go on the stack in use.
 */
#include <asm-offsets.h>
#include <asm/layout.h>
#include <asm/switch.h>
#include <asm/x86.h>

/* How a sysenter stub says where an IPC receives from; hcpage.c knows them too. */
#define SYSENTER_FROM_DEST 0x31
#define SYSENTER_FROM_ANY 0x32

	/* rdi: the thread, whose frame is whole now. The kernel stack is empty. */
	.macro ENTER_FRAME
	PUSH_ALL rbp, rdi, rsi, rdx, rcx, rbx, rax
	lea -THREAD_REGS(%rsp), %rdi
	mov THREAD_KSTACK(%rdi), %rsp
	cld
	.endm

	.macro LEAVE_FRAME
	POP_ALL rax, rbx, rcx, rdx, rsi, rdi, rbp
	add $8, %rsp /* error code and vector */
	iretq
	.endm

	.section .text.entry, "ax"

	/* 256 stubs of 16 bytes: error code and vector share one slot. */
	.balign 16
	.globl entry_stubs
entry_stubs:
	vector = 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || \
	      vector == 29 || vector == 30)
	pushq $0
	.endif
	movl $vector, 4(%rsp)
	.if vector == TRAP_NMI || vector == TRAP_DF || vector == TRAP_MC
	jmp entry_kernel
	.else
	jmp entry_common
	.endif
	vector = vector + 1
	.endr

	.balign 16
entry_common:
	testb $3, 16(%rsp) /* cs */
	jz entry_kernel
	ENTER_FRAME
	xor %ebp, %ebp /* backtraces end here */
	call trap_user

	/* rax: the thread to resume. The kernel stack is empty. */
	.globl resume
resume:
	mov CPU_LOADED(%rsp), %r9
	cmp %rax, %r9
	jne 1f
	mov THREAD_SPACE(%rax), %rcx
	cmp %rcx, CPU_SPACE(%rsp)
	jne resume_slow
	mov SPACE_LIMIT(%rcx), %rcx /* beyond it iret would fault, with no stack */
	cmp %rcx, THREAD_IP(%rax)
	ja resume_slow
	lea THREAD_REGS(%rax), %rsp
	LEAVE_FRAME
1:	test %r9, %r9
	jz resume_slow
	mov %rax, %r10
	LOAD_THREAD iret, resume_slow
	movq $SEL_GUEST_DS, THREAD_SS(%r10) /* the guest may have had a TLS slot there */
	lea THREAD_REGS(%r10), %rsp
	LEAVE_FRAME

	.globl resume_slow
resume_slow:
	mov %rax, %rdi
	xor %ebp, %ebp
	call thread_load_regs
	lea THREAD_REGS(%rax), %rsp
	LEAVE_FRAME

	/* The boot's stack becomes the empty kernel stack. */
	.globl arch_start
arch_start:
	or $(CPU_AREA_SIZE - 1), %rsp
	inc %rsp
	jmp 3f

	.balign 16
	.globl entry_hypercall_int
entry_hypercall_int:
	pushq $0
	ENTER_FRAME

	/* rdi: the caller, rax: its eax, rbx, rdx, rsi and r8 up as the guest left them. */
dispatch:
	mov %rdi, %r9
	mov THREAD_DI(%r9), %rdi
	cmp $IPC_NUMBER, %al
	jne 1f
	jmp *ipc_entry(%rip) /* ipc_fast.S */
1:	incq CPU_HYPERCALLS(%rsp)
	xor %ebp, %ebp
	mov %r9, %rdi
	call hypercall
3:	xor %ebp, %ebp
	call sched_exit
	jmp resume

	/*
	 * sysenter keeps neither ip nor sp: the stub passes sp in ebp, and ip in eax, from
	 * whose place in the hypercall page the number follows; for IPC, which needs all
	 * of eax, in ecx, with the receive partner in code. See hcpage.c.
	 * The guest's NT and TF are still set: a #DB here comes on a good stack, and
	 * trap_kernel() clears TF; NT would break iret.
	 */
	.balign 16
	.globl entry_sysenter
entry_sysenter:
	pushfq
	pop %r8
	pushq $EFLAGS_FIXED
	popfq
	mov CPU_LOADED(%rsp), %r9
	or $EFLAGS_IF, %r8d
	mov %r8, THREAD_FLAGS(%r9)
	mov %ebp, %r8d
	mov %r8, THREAD_SP(%r9)
	mov %r8, THREAD_BP(%r9)
	mov %rbx, THREAD_BX(%r9)
	mov %rdx, THREAD_DX(%r9)
	mov %rsi, THREAD_SI(%r9)
	mov %rdi, THREAD_DI(%r9)
	mov %r9, %rdi
	mov %eax, %r8d
	and $31, %r8d
	cmp $8, %r8d
	jne 1f
	lea 5(%rax), %r8d /* behind sysenter and the restart instruction */
	shr $5, %eax
	and $127, %eax
	jmp 2f
1:	mov %ecx, %r8d
	mov %ebx, %ecx
	cmp $SYSENTER_FROM_DEST, %al
	je 3f
	xor %ecx, %ecx
	cmp $SYSENTER_FROM_ANY, %al
	jne 3f
	dec %ecx
3:	mov $IPC_NUMBER, %al
2:	mov %rax, THREAD_AX(%r9)
	mov %rcx, THREAD_CX(%r9)
	mov %r8, THREAD_IP(%r9)
	jmp dispatch

	.balign 16
entry_kernel:
	PUSH_ALL rbp, rdi, rsi, rdx, rcx, rbx, rax, r8, r9, r10, r11, r12, r13, r14, r15
	mov %rsp, %rdi
	cld
	call trap_kernel
	POP_ALL r15, r14, r13, r12, r11, r10, r9, r8
	LEAVE_FRAME

	.section .note.GNU-stack, "", @progbits

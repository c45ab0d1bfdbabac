/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short path (seed L4-5; docs/ipc.md): a call, or a reply-and-wait with nobody waiting,
 * of up to three words to a thread that waits for just that. It does what hc_ipc() and
 * sched_exit() would do, to the same descriptors. The message stays in the registers; the
 * receiver goes on in the sender's time slice, the run queue and the clock are left alone.
 *
 * Until the line marked "commit" nothing is changed but the sender's own frame, so anything
 * unusual is left to the general path by a jump. What is unusual about the receiver's
 * hardware state only (FPU, selectors, no page tables) is left to thread_load_regs().
 *
 * It is used only where every space has all of linear memory and no hardware tag
 * (cpu_init_entry): sysret knows neither base nor limit.
 *
 * At each entry from a guest nothing waits for sched_exit(): no thread in the queue is above
 * the running one, and neither cpu->next, resched nor a slice that is over is set.
 */
#include <asm-offsets.h>
#include <asm/layout.h>
#include <asm/x86.h>

#define IPC_NUMBER 48
#define VERSION_NUMBER 17
#define TAG_OK (0xff | TAG_SHORT)

	.section .text.entry, "ax"

	/* r9: the sender, whose frame is complete but for eax; eax: tag and number; ebx:
	 * destination; ebp: whom to receive from; esi, edi, edx: words. Else: jumps to slow. */
	.macro IPC_FAST exit, slow
	test $~TAG_OK, %eax
	jnz \slow

	/* r10: the receiver's struct object, from which its fields are counted */
	mov %ebx, %r10d
	and thread_pool + POOL_MASK(%rip), %r10d
	imul $THREAD_SIZE, %r10, %r10
	add thread_pool + POOL_BASE(%rip), %r10
	cmp %ebx, OBJECT_ID(%r10)
	jne \slow
	/* waits; not stopped, lends nobody its priority; no buffer, no fault or trap */
	cmpq $RECEIVING, THREAD_STATE - THREAD_OBJ(%r10)
	jne \slow
	testl $TAG_LONG, THREAD_IPC_TAG - THREAD_OBJ(%r10)
	jnz \slow
	mov THREAD_PARTNER - THREAD_OBJ(%r10), %ecx
	cmp %ecx, THREAD_OBJ + OBJECT_ID(%r9)
	je 1f
	inc %ecx
	jnz \slow
	/* paused or not: a domain that sends to itself runs. No chiefs at this border either. */
1:	mov THREAD_DOMAIN - THREAD_OBJ(%r10), %rcx
	cmp %rcx, THREAD_DOMAIN(%r9)
	jne 20f
2:	cmp %ebx, %ebp
	jne 21f
	/* A call. Its receiver must not need a loan; else it is at least as high as we. */
	mov THREAD_PRIO(%r9), %cl
	cmp %cl, THREAD_BASE_PRIO - THREAD_OBJ(%r10)
	jb \slow
3:	mov THREAD_VCPU(%r9), %rcx
	or THREAD_VCPU - THREAD_OBJ(%r10), %rcx
	jnz 23f

	/* commit */
4:	sub $THREAD_OBJ, %r10
	mov %ebp, THREAD_PARTNER(%r9)
	mov %eax, THREAD_IPC_TAG(%r9)
	movb $RECEIVING, THREAD_STATE(%r9)
	movb $READY, THREAD_STATE(%r10)
	orb $OBJECT_REF, THREAD_OBJ + OBJECT_FLAGS(%r10)
	incq CPU_IPC_FAST(%rsp)
	mov %r10, CPU_CURRENT(%rsp)
	and $TAG_PASSED, %eax

	/* Selectors and TLS slots as the receiver's are; the FPU is nobody's of the two. */
	mov %ds, THREAD_DS(%r9)
	mov %es, THREAD_ES(%r9)
	mov %fs, THREAD_FS(%r9)
	mov %gs, THREAD_GS(%r9)
	mov THREAD_DS(%r9), %rcx
	cmp %rcx, THREAD_DS(%r10)
	jne 28f
	mov THREAD_TLS_KEY(%r9), %rcx
	cmp %rcx, THREAD_TLS_KEY(%r10)
	jne 28f
	cmpb $0, CPU_TS(%rsp)
	je 28f
	cmp %r10, CPU_FPU(%rsp)
	je 28f
	mov THREAD_SPACE(%r10), %rcx
	cmp %rcx, CPU_SPACE(%rsp)
	je 5f
	mov SPACE_CR3(%rcx), %r8
	test %r8, %r8
	jz 28f
	mov %r8, %cr3
	mov %rcx, CPU_SPACE(%rsp)
	mov %rcx, CPU_CR3(%rsp)
	incq CPU_IPC_FAST_SPACE(%rsp)
	mov SPACE_IOMAP(%rcx), %ecx
	mov %cx, boot_tss + TSS_IOMAP(%rip)

5:	mov %r10, CPU_LOADED(%rsp)
	lea THREAD_REGS_END(%r10), %rcx
	mov %rcx, boot_tss + TSS_RSP0(%rip)
	mov THREAD_OBJ + OBJECT_ID(%r9), %ebx
	mov THREAD_BP(%r10), %ebp
	.ifc \exit, sysret
	mov THREAD_IP(%r10), %ecx /* the stub has its ecx in ebp; IPC leaves none */
	mov THREAD_FLAGS(%r10), %r11d
	mov THREAD_SP(%r10), %esp
	sysretl
	.else
	mov THREAD_CX(%r10), %ecx
	movq $SEL_GUEST_DS, THREAD_SS(%r10) /* the guest may have had a TLS slot there */
	lea THREAD_IP(%r10), %rsp
	iretq
	.endif

	/* rcx: the receiver's domain, another one */
20:	cmpl $0, DOMAIN_PAUSE(%rcx)
	jne \slow
	mov DOMAIN_CHIEF(%rcx), %r8d
	mov THREAD_DOMAIN(%r9), %rcx
	or DOMAIN_CHIEF(%rcx), %r8d
	jz 2b
	jmp \slow

	/* Reply and wait, unless there is something to receive. The receiver may be lower
	 * than we are, but nothing in the queue may be above it. */
21:	cmp $-1, %ebp
	jne \slow
	lea THREAD_SENDERS(%r9), %rcx
	cmp %rcx, (%rcx)
	jne \slow
	cmpl $0, THREAD_IRQS_PENDING(%r9)
	jne \slow
	movzbl THREAD_PRIO - THREAD_OBJ(%r10), %ecx
	cmp CPU_TOP(%rsp), %ecx
	jge 3b
	jmp \slow

	/* One of them is a vCPU: an event that is pending, masked or not, is not for us. */
23:	mov THREAD_VCPU(%r9), %rcx
	mov THREAD_DOMAIN(%r9), %r8
	EVENTS_NONE \slow
	mov THREAD_VCPU - THREAD_OBJ(%r10), %rcx
	mov THREAD_DOMAIN - THREAD_OBJ(%r10), %r8
	EVENTS_NONE \slow
	jmp 4b

28:	mov %rax, THREAD_AX(%r10)
	mov THREAD_OBJ + OBJECT_ID(%r9), %eax
	mov %rax, THREAD_BX(%r10)
	mov %rdx, THREAD_DX(%r10)
	mov %rsi, THREAD_SI(%r10)
	mov %rdi, THREAD_DI(%r10)
	mov %r10, %rax
	xor %ebp, %ebp
	jmp resume
	.endm

	/* rcx: a vCPU or NULL, r8: its domain */
	.macro EVENTS_NONE pending
	test %rcx, %rcx
	jz 30f
	mov DOMAIN_SHARED_INFO(%r8), %r8
	test %r8, %r8
	jz 30f
	mov VCPU_INDEX(%rcx), %ecx
	shl $SI_VCPU_SHIFT, %ecx
	cmpb $0, SI_UPCALL_PENDING(%r8, %rcx)
	jne \pending
30:
	.endm

	.macro SAVE_SYSCALL
	mov %r8, THREAD_SP(%r9)
	mov %rcx, THREAD_IP(%r9)
	mov %r11, THREAD_FLAGS(%r9)
	mov %rbp, THREAD_CX(%r9)
	mov %rbp, THREAD_BP(%r9)
	mov %rbx, THREAD_BX(%r9)
	mov %rdx, THREAD_DX(%r9)
	mov %rsi, THREAD_SI(%r9)
	mov %rdi, THREAD_DI(%r9)
	.endm

	/*
	 * From compatibility mode: rcx is ip, r11 flags, and the stub has put ecx into
	 * ebp. rsp is still the guest's, and there is no per-CPU register: a second CPU
	 * will have this code copied with its own area's address. r8 and up are free.
	 */
	.balign 16
	.globl entry_syscall_fast
entry_syscall_fast:
	mov %rsp, %r8
	lea boot_cpu_area + CPU_AREA_SIZE(%rip), %rsp
	mov CPU_LOADED(%rsp), %r9
	cmp $IPC_NUMBER, %al
	jne 40f
	SAVE_SYSCALL
	IPC_FAST sysret, 41f

	/* XENVER_version is how a kernel asks for events that wait: nothing else to do
	 * unless some do. */
40:	cmp $VERSION_NUMBER, %eax
	jne 42f
	test %ebx, %ebx
	jnz 42f
	mov THREAD_DOMAIN(%r9), %r10
	mov THREAD_SPACE(%r9), %r12
	cmp %r12, DOMAIN_ROOT(%r10)
	jne 42f
	mov THREAD_VCPU(%r9), %r12
	test %r12, %r12
	jz 43f
	mov DOMAIN_SHARED_INFO(%r10), %r10
	test %r10, %r10
	jz 43f
	mov VCPU_INDEX(%r12), %r12d
	shl $SI_VCPU_SHIFT, %r12d
	cmpb $0, SI_UPCALL_PENDING(%r10, %r12)
	jne 42f
43:	incq CPU_HYPERCALLS(%rsp)
	mov $XEN_ABI_VERSION, %eax
	mov %r8d, %esp
	sysretl

41:	mov %rax, THREAD_AX(%r9)
	jmp ipc_slow

	.balign 16
	.globl entry_syscall
entry_syscall:
	mov %rsp, %r8
	lea boot_cpu_area + CPU_AREA_SIZE(%rip), %rsp
	mov CPU_LOADED(%rsp), %r9
42:	SAVE_SYSCALL
	mov %rax, THREAD_AX(%r9)
	cmp $IPC_NUMBER, %al
	je ipc_slow
	incq CPU_HYPERCALLS(%rsp)
	mov %rcx, %rbx
	xor %ebp, %ebp
	mov %r9, %rdi
	call hypercall
	call sched_exit
	/* The caller goes on behind its call, nothing has come between: not by iret. */
	cmp %rax, CPU_LOADED(%rsp)
	jne resume
	mov THREAD_SPACE(%rax), %rcx
	cmp %rcx, CPU_SPACE(%rsp)
	jne resume
	mov THREAD_IP(%rax), %ecx
	cmp %rcx, %rbx
	jne resume
	mov $0xffffffff, %r8d /* sysret knows neither base nor limit */
	cmp %r8, CPU_LIMIT(%rsp)
	jne resume
	mov THREAD_FLAGS(%rax), %r11d
	mov THREAD_SP(%rax), %esp
	mov THREAD_BP(%rax), %ebp
	mov THREAD_BX(%rax), %ebx
	mov THREAD_DX(%rax), %edx
	mov THREAD_SI(%rax), %esi
	mov THREAD_DI(%rax), %edi
	mov THREAD_AX(%rax), %eax
	sysretl

	/* From int and sysenter: r9 is the caller, with a whole frame. */
	.balign 16
	.globl ipc_fast
ipc_fast:
	mov THREAD_CX(%r9), %ebp
	IPC_FAST iret, ipc_slow

	.globl ipc_slow
ipc_slow:
	incq CPU_HYPERCALLS(%rsp)
	mov %r9, %rdi
	xor %ebp, %ebp
	call hc_ipc
	call sched_exit
	jmp resume

	.section .note.GNU-stack, "", @progbits

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
 * There are two of it. Where all spaces have all of linear memory it leaves by sysret,
 * which knows neither base nor limit; else by iret, with the receiver's segments in the GDT.
 *
 * At each entry from a guest nothing waits for sched_exit(): no thread in the queue is above
 * the running one, and neither cpu->next, resched nor a slice that is over is set. The CPU
 * holds all that belongs to the running thread and its space.
 */
#include <asm-offsets.h>
#include <asm/layout.h>
#include <asm/switch.h>
#include <asm/x86.h>

#define VERSION_NUMBER 17
#define TAG_OK (0xff | TAG_SHORT)

	.section .text.entry, "ax"

	/* Out by iret, with all but the frame loaded. It may lie in the ss of a frame that the
	 * guest had a TLS slot there. */
	.macro LEAVE_IRET thread
	movq $SEL_GUEST_DS, THREAD_SS(\thread)
	lea THREAD_IP(\thread), %rsp
	iretq
	.endm

	/* vcpu: NULL, or that of a domain that lives. Masked or not, an event is not for us. */
	.macro EVENTS_NONE vcpu, pending
	test \vcpu, \vcpu
	jz 30f
	mov VCPU_INFO(\vcpu), \vcpu
	cmpb $0, SI_UPCALL_PENDING(\vcpu)
	jne \pending
30:
	.endm

	/* r9: the sender, whose frame has bp and all that iret takes; eax: tag and number; ebx:
	 * destination; ebp: whom to receive from; esi, edi, edx: words. */
	.macro IPC_FAST exit
	test $~TAG_OK, %eax
	jnz ipc_save

	/* r10: the receiver's struct object, from which its fields are counted */
	mov %ebx, %r10d
	and thread_pool + POOL_MASK(%rip), %r10d
	imul $THREAD_SIZE, %r10, %r10
	add thread_pool + POOL_BASE(%rip), %r10
	cmp %ebx, OBJECT_ID(%r10)
	jne ipc_save
	/* waits; not stopped, lends nobody its priority; no buffer, no fault or trap */
	cmpq $RECEIVING, THREAD_STATE - THREAD_OBJ(%r10)
	jne ipc_save
	testl $TAG_LONG, THREAD_IPC_TAG - THREAD_OBJ(%r10)
	jnz ipc_save
	mov THREAD_PARTNER - THREAD_OBJ(%r10), %ecx
	cmp %ecx, THREAD_OBJ + OBJECT_ID(%r9)
	je 1f
	inc %ecx
	jnz ipc_save
	/* paused or not: a domain that sends to itself runs. No chiefs at this border either. */
1:	mov THREAD_DOMAIN - THREAD_OBJ(%r10), %rcx
	cmp %rcx, THREAD_DOMAIN(%r9)
	jne 20f
2:	cmp %ebx, %ebp
	jne 21f
	/* A call. Its receiver must not need a loan; else it is at least as high as we. */
	mov THREAD_PRIO(%r9), %cl
	cmp %cl, THREAD_BASE_PRIO - THREAD_OBJ(%r10)
	jb ipc_save
3:	mov THREAD_VCPU(%r9), %rcx
	or THREAD_VCPU - THREAD_OBJ(%r10), %rcx
	jnz 22f

	/* commit. What the frame lacks comes with the answer; an error leaves it undefined. */
4:	sub $THREAD_OBJ, %r10
	mov %ebp, THREAD_PARTNER(%r9)
	mov %eax, THREAD_IPC_TAG(%r9)
	movb $RECEIVING, THREAD_STATE(%r9)
	movb $READY, THREAD_STATE(%r10)
	orb $OBJECT_REF, THREAD_OBJ + OBJECT_FLAGS(%r10)
	incq CPU_IPC_FAST(%rsp)
	mov %r10, CPU_CURRENT(%rsp)
	and $TAG_PASSED, %eax

	LOAD_THREAD \exit, ipc_load
	mov THREAD_OBJ + OBJECT_ID(%r9), %ebx
	mov THREAD_BP(%r10), %ebp
	.ifc \exit, iret
	LEAVE_IRET %r10 /* the stub has its ecx in ebp, or loses it */
	.else
	mov THREAD_IP(%r10), %ecx
	mov THREAD_FLAGS(%r10), %r11d
	mov THREAD_SP(%r10), %esp
	sysretl
	.endif

	/* rcx: the receiver's domain, another one */
20:	cmpl $0, DOMAIN_PAUSE(%rcx)
	jne ipc_save
	mov DOMAIN_CHIEF(%rcx), %r8d
	mov THREAD_DOMAIN(%r9), %rcx
	or DOMAIN_CHIEF(%rcx), %r8d
	jz 2b
	jmp ipc_save

	/* Reply and wait, unless there is something to receive. The receiver may be lower
	 * than we are, but nothing in the queue may be above it. */
21:	cmp $-1, %ebp
	jne ipc_save
	lea THREAD_SENDERS(%r9), %rcx
	cmp %rcx, (%rcx)
	jne ipc_save
	cmpl $0, THREAD_IRQS_PENDING(%r9)
	jne ipc_save
	movzbl THREAD_PRIO - THREAD_OBJ(%r10), %ecx
	cmp CPU_TOP(%rsp), %ecx
	jge 3b
	jmp ipc_save

	/* One of them is a vCPU. */
22:	mov THREAD_VCPU(%r9), %rcx
	EVENTS_NONE %rcx, ipc_save
	mov THREAD_VCPU - THREAD_OBJ(%r10), %rcx
	EVENTS_NONE %rcx, ipc_save
	jmp 4b
	.endm

	/*
	 * XENVER_version is how a kernel asks for events that wait: nothing else to do unless
	 * some do.
	 */
	.macro VERSION_FAST exit
	cmp $VERSION_NUMBER, %eax
	jne syscall_slow
	test %ebx, %ebx
	jnz syscall_slow
	mov THREAD_DOMAIN(%r9), %r10
	mov THREAD_SPACE(%r9), %r12
	cmp %r12, DOMAIN_ROOT(%r10)
	jne syscall_slow
	mov THREAD_VCPU(%r9), %r10
	EVENTS_NONE %r10, syscall_slow
	.ifc \exit, iret
	cmp %rcx, SPACE_LIMIT(%r12)
	jb syscall_slow
	.endif
	incq CPU_HYPERCALLS(%rsp)
	mov $XEN_ABI_VERSION, %eax
	.ifc \exit, iret
	mov %r8, THREAD_SP(%r9)
	mov %rcx, THREAD_IP(%r9)
	mov %r11, THREAD_FLAGS(%r9)
	LEAVE_IRET %r9
	.else
	mov %r8d, %esp
	sysretl
	.endif
	.endm

	/*
	 * From compatibility mode: rcx is ip, r11 flags, and the stub has put ecx into
	 * ebp. rsp is still the guest's, and there is no per-CPU register: a second CPU
	 * will have this code copied with its own area's address. r8 and up are free.
	 */
	.macro SYSCALL_ENTRY name
	.balign 16
	.globl \name
\name:
	mov %rsp, %r8
	lea boot_cpu_area + CPU_AREA_SIZE(%rip), %rsp
	mov CPU_LOADED(%rsp), %r9
	.endm

	.macro SAVE_RETURN
	mov %r8, THREAD_SP(%r9)
	mov %rcx, THREAD_IP(%r9)
	mov %r11, THREAD_FLAGS(%r9)
	mov %rbp, THREAD_BP(%r9)
	.endm

	.macro SAVE_ARGUMENTS
	mov %rax, THREAD_AX(%r9)
	mov %rbp, THREAD_CX(%r9)
	mov %rbx, THREAD_BX(%r9)
	mov %rdx, THREAD_DX(%r9)
	mov %rsi, THREAD_SI(%r9)
	mov %rdi, THREAD_DI(%r9)
	.endm

	SYSCALL_ENTRY entry_syscall_flat
	cmp $IPC_NUMBER, %al
	jne 40f
	SAVE_RETURN
	IPC_FAST sysret
40:	VERSION_FAST sysret

	SYSCALL_ENTRY entry_syscall_fast
	cmp $IPC_NUMBER, %al
	jne 41f
	SAVE_RETURN
ipc_fast_iret:
	IPC_FAST iret
41:	VERSION_FAST iret

	/* From int and sysenter: r9 is the caller, with a whole frame. */
	.balign 16
	.globl ipc_fast
ipc_fast:
	mov THREAD_CX(%r9), %ebp
	jmp ipc_fast_iret

	SYSCALL_ENTRY entry_syscall
syscall_slow:
	SAVE_RETURN
	cmp $IPC_NUMBER, %al
	je ipc_save
	SAVE_ARGUMENTS
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
	cmpl $-1, SPACE_LIMIT(%rcx) /* sysret knows neither base nor limit */
	jne resume
	mov THREAD_IP(%rax), %ecx
	cmp %rcx, %rbx
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

	/* Not for the short path, and nothing has happened yet. */
ipc_save:
	SAVE_ARGUMENTS
	.globl ipc_slow
ipc_slow:
	incq CPU_HYPERCALLS(%rsp)
	mov %r9, %rdi
	mov %r9, %rbx
	xor %ebp, %ebp
	call hc_ipc
	mov CPU_CURRENT(%rsp), %rax
	cmp %rax, %rbx /* it has switched directly: nothing is left to decide */
	jne resume
	call sched_exit
	jmp resume

	/* The message is delivered, but r10 takes more to load. */
ipc_load:
	mov %rax, THREAD_AX(%r10)
	mov THREAD_OBJ + OBJECT_ID(%r9), %eax
	mov %rax, THREAD_BX(%r10)
	mov %rdx, THREAD_DX(%r10)
	mov %rsi, THREAD_SI(%r10)
	mov %rdi, THREAD_DI(%r10)
	mov %r10, %rax
	jmp resume_slow

	.section .note.GNU-stack, "", @progbits

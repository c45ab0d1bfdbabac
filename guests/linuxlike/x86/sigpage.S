/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of code that every process has at SIGPAGE_ADDR: the way into signal handlers and
 * back. The server cannot see a thread's FPU state, so the thread saves and restores it
 * itself, on its own stack, in the layout of Linux's struct _fpstate (its FXSR form):
 * 112 bytes as fnsave writes them, then fxsave's 512.
 *
 * Entries are 32 bytes apart: x86/sigframe.c knows them by number.
 */
#define ENTRY(n) .org sigpage_start + 32 * (n)

	.section .rodata
	.globl sigpage_start, sigpage_end
	.balign 32
sigpage_start:

ENTRY(0) /* enter: handler in ebp, fpstate in esi; the frame holds their real values */
	fxsave 112(%esi)
	fnsave (%esi)
	ldmxcsr (mxcsr_default - sigpage_start + 0xbffff000)
	movw $0, 110(%esi)	/* magic: fxsave data follows */
	jmp *%ebp

ENTRY(1) /* sigreturn */
	popl %eax
	movl $119, %eax
	int $0x80

ENTRY(2) /* rt_sigreturn */
	movl $173, %eax
	int $0x80

ENTRY(3) /* leave: fpstate in esi; the frame, from which all registers come, at esp */
	fxrstor 112(%esi)
	movl $0x7a67, %eax
	int $0x80

ENTRY(4)
mxcsr_default:
	.long 0x1f80
sigpage_end:
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs in the spaces under test: one page, mapped where it is linked. esi: the address
 * that is tried, ebp: the kernel's thread. Each ends with int $0x80, a message to the kernel.
 */
#include "../small_asm.h"

	.text
	.balign 4096
	.globl attack_page
attack_page:

	.globl attack_read
attack_read:
	movl (%esi), %eax
	int $0x80

	.globl attack_write
attack_write:
	movl %eax, (%esi)
	int $0x80

	.globl attack_jump
attack_jump:
	jmp *%esi

	.globl attack_push
attack_push:
	leal 4(%esi), %esp
	pushl %eax
	int $0x80

	.globl attack_string
attack_string:
	movl %esi, %edi
	stosl
	int $0x80

	/* The kernel has set a TLS segment from 0 to 4 GB. */
	.globl attack_tls
attack_tls:
	movl %gs:(%esi), %eax
	int $0x80

	/* ecx reads from esi on, edx apart; eax: how many found edi. */
	.globl sweep
sweep:
	xorl %eax, %eax
1:	cmpl %edi, (%esi)
	jne 2f
	incl %eax
2:	addl %edx, %esi
	loop 1b
	int $0x80
	jmp sweep

	/* ebp hears that we wait, then ecx sends an address and an attack: straight out of that
	 * IPC. Attacks by segment look for what was left of the sender's. */
	.globl attack_after_ipc
attack_after_ipc:
	movl %ebp, %ebx
	movl $ASM_IPC, %eax
	int $0x82
	movl $0xbad, %eax
	movl $11, %ebx
	movl $12, %ecx
	movl $13, %edx
	jmp *%edi

	/* Through each segment: eax: pages of ours that show the secret. */
	.globl attack_sweep
attack_sweep:
	xorl %eax, %eax
	.irp seg, gs, fs, es, ds, ss, cs
	xorl %esi, %esi
	movl $ASM_PAGES, %ecx
1:	cmpl $ASM_SECRET, %\seg:(%esi)
	jne 2f
	incl %eax
2:	addl $0x1000, %esi
	loop 1b
	.endr
	int $0x80

	/* Two words from ebp for edx: a call, which is not answered. First all its pages are
	 * touched, so that hardware knows them. */
	.globl poke
poke:
	xorl %esi, %esi
	movl $ASM_PAGES, %ecx
1:	movl (%esi), %eax
	addl $0x1000, %esi
	loop 1b
2:	xorl %ebx, %ebx
	movl %ebp, %ecx
	movl $ASM_IPC, %eax
	int $0x82
	movl %edx, %ebx
	movl %edx, %ecx
	movl $ASM_IPC_TWO, %eax
	int $0x82
	jmp 2b

	/* A message to ebp for each one from it. */
	.globl pong
pong:
	movl %ebp, %ebx
	movl %ebp, %ecx
	movl $ASM_IPC, %eax
	int $0x82
	jmp pong

	.balign 4096
	.section .note.GNU-stack, "", @progbits

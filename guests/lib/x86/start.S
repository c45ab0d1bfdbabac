/* SPDX-License-Identifier: GPL-2.0-only */
/* Entry of every native guest: esi = start_info. The builder read the notes below. */
#include <xen/elfnote.h>

#define NOTE(type, desc...)                                                                        \
	.pushsection .note.Xen, "a", @note;                                                        \
	.balign 4;                                                                                 \
	.long 2f - 1f, 4f - 3f, type;                                                              \
1:	.asciz "Xen";                                                                              \
2:	.balign 4;                                                                                 \
3:	desc;                                                                                      \
4:	.balign 4;                                                                                 \
	.popsection

	NOTE(XEN_ELFNOTE_ENTRY, .long _start)
	NOTE(XEN_ELFNOTE_HYPERCALL_PAGE, .long hypercall_page)
	NOTE(XEN_ELFNOTE_VIRT_BASE, .long 0)
	NOTE(XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0")
	NOTE(XEN_ELFNOTE_GUEST_OS, .asciz "tagma-native")
	NOTE(XEN_ELFNOTE_LOADER, .asciz "generic")

	.section .text.start, "ax", @progbits
	.globl _start
_start:
	cld
	movl $boot_stack_top, %esp
	xorl %ebp, %ebp
	subl $12, %esp /* the ABI wants esp at a multiple of 16 before the call */
	pushl %esi
	call guest_start
	ud2

	/* The hypervisor writes its entry instructions here, 32 bytes a call. */
	.section .text.hypercall_page, "ax", @progbits
	.globl hypercall_page
	.balign 4096
hypercall_page:
	.skip 4096, 0xf4

	.section .bss.boot_stack, "aw", @nobits
	.balign 16
	.skip 32768
boot_stack_top:

	.section .note.GNU-stack, "", @progbits

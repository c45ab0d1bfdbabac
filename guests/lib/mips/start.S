/* SPDX-License-Identifier: GPL-2.0-only */
/* Entry of every native guest: a0 = start_info. The builder read the notes below. */
#include <xen/elfnote.h>

.macro NOTE type, desc:vararg
	.pushsection .note.Xen, "a", @note
	.balign 4
	.word 2f - 1f, 4f - 3f, \type
1:	.asciz "Xen"
2:	.balign 4
3:	\desc
4:	.balign 4
	.popsection
.endm

	NOTE XEN_ELFNOTE_ENTRY, .word _start
	NOTE XEN_ELFNOTE_HYPERCALL_PAGE, .word hypercall_page
	NOTE XEN_ELFNOTE_VIRT_BASE, .word 0
	NOTE XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE XEN_ELFNOTE_GUEST_OS, .asciz "tagma-native"
	NOTE XEN_ELFNOTE_LOADER, .asciz "generic"

	.set noreorder
	.section .text.start, "ax", @progbits
	.globl _start
_start:
	lui	$29, %hi(boot_stack_top - 32)
	addiu	$29, $29, %lo(boot_stack_top - 32)
	jal	guest_start
	move	$31, $0
	break

	/* The hypervisor writes its entry instructions here, 32 bytes a call. */
	.section .text.hypercall_page, "ax", @progbits
	.globl hypercall_page
	.balign 4096
hypercall_page:
	.skip 4096

	.section .bss.boot_stack, "aw", @nobits
	.balign 16
	.skip 32768
boot_stack_top:

	.section .note.GNU-stack, "", @progbits

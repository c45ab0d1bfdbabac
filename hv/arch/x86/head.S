/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the boot loader to C: multiboot headers, checks, first page tables, long mode.
 *
 * The first page tables map the lowest 4 GB three times, all of it writable and
 * executable; mm_init() replaces them.
 *
 *   PML4[0]    0                    here, until we jump up
 *   PML4[261]  IMAGE_BASE           (only the first 1 GB)
 *   PML4[262]  DIRECT_BASE
 */
#include <asm/layout.h>
#include <asm/x86.h>

#define PHYS(symbol) (symbol - IMAGE_BASE)
#define COM1 0x3f8

#define MB1_HEADER 0x1badb002
#define MB1_FLAGS 0x3 /* modules on page boundaries, memory map wanted */
#define MB1_MAGIC 0x2badb002
#define MB2_HEADER 0xe85250d6
#define MB2_MAGIC 0x36d76289

	.section .boot.header, "ax"
	.balign 8
mb1:	.long MB1_HEADER, MB1_FLAGS, -(MB1_HEADER + MB1_FLAGS)
	.balign 8
mb2:	.long MB2_HEADER, 0, mb2_end - mb2, -(MB2_HEADER + (mb2_end - mb2))
	.short 1, 0 /* information we cannot do without: memory map */
	.long 12, 6
	.balign 8
	.short 6, 0 /* modules on page boundaries */
	.long 8
	.short 0, 0
	.long 8
mb2_end:

	.section .boot, "ax"
	.code32
	.globl start32
start32:
	cli
	cld
	mov %eax, %ebp /* magic and information live in ebp, ebx up to the jump */
	rdtsc /* time counts from here */
	mov %eax, PHYS(tsc_boot)
	mov %edx, PHYS(tsc_boot) + 4
	mov $PHYS(boot_cpu_area) + CPU_AREA_SIZE, %esp
	mov $uart_setup, %esi
1:	movzbl (%esi), %edx
	add $COM1, %edx
	mov 1(%esi), %al
	out %al, %dx
	add $2, %esi
	cmp $uart_setup_end, %esi
	jne 1b

	mov $msg_loader, %esi
	cmp $MB1_MAGIC, %ebp
	je 1f
	cmp $MB2_MAGIC, %ebp
	jne die
1:	pushf /* A CPU with CPUID lets us change flag 21. */
	pop %eax
	mov %eax, %ecx
	xor $0x200000, %eax
	push %eax
	popf
	pushf
	pop %eax
	mov $msg_long, %esi
	cmp %eax, %ecx
	je die
	push %ebx
	mov $0x80000000, %eax
	cpuid
	xor %edx, %edx
	cmp $0x80000001, %eax
	jb 1f
	mov $0x80000001, %eax
	cpuid
1:	pop %ebx
	mov $msg_long, %esi
	bt $29, %edx
	jnc die
	mov %edx, %edi /* bit 20: no-execute */

	mov $PHYS(boot_l2), %edx /* 4 tables: 2048 pages of 2 MB */
	xor %ecx, %ecx
1:	mov %ecx, %eax
	shl $21, %eax
	or $(PTE_P | PTE_W | PTE_LARGE), %eax
	mov %eax, (%edx, %ecx, 8)
	inc %ecx
	cmp $2048, %ecx
	jne 1b
	mov $PHYS(boot_l2) + PTE_P + PTE_W, %eax
	mov %eax, PHYS(boot_l3_image) + ((IMAGE_BASE >> 30) & 511) * 8
	xor %ecx, %ecx
1:	mov %eax, PHYS(boot_l3)(, %ecx, 8)
	add $0x1000, %eax
	inc %ecx
	cmp $4, %ecx
	jne 1b
	movl $PHYS(boot_l3) + PTE_P + PTE_W, PHYS(boot_pml4)
	movl $PHYS(boot_l3) + PTE_P + PTE_W, PHYS(boot_pml4) + ((DIRECT_BASE >> 39) & 511) * 8
	movl $PHYS(boot_l3_image) + PTE_P + PTE_W, PHYS(boot_pml4) + ((IMAGE_BASE >> 39) & 511) * 8

	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov $PHYS(boot_pml4), %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	bt $20, %edi
	jnc 1f
	or $EFER_NXE, %eax
1:	wrmsr
	mov $(CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE), %eax
	mov %eax, %cr0
	lgdt boot_gdtr
	ljmp $SEL_HV_CS, $start64

	/* esi: a line to print. Nothing else can be done. */
die:	lodsb
	test %al, %al
	jz 3f
	mov %al, %ah
	mov $0x10000, %ecx /* a dead UART must not keep the message from ending */
1:	mov $COM1 + 5, %edx
	in %dx, %al
	test $0x20, %al
	loopz 1b
	mov $COM1, %edx
	mov %ah, %al
	out %al, %dx
	jmp die
3:	hlt
	jmp 3b

	.code64
start64:
	mov $SEL_HV_DS, %eax
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	movabs $boot_cpu_area + CPU_AREA_SIZE, %rsp
	mov %ebp, %edi
	mov %ebx, %esi
	xor %ebp, %ebp
	movabs $boot_start, %rax
	call *%rax
	ud2

	/* Register, value: 115200 baud, 8n1, FIFOs on, no interrupts. */
uart_setup:
	.byte 1, 0, 3, 0x80, 0, 1, 1, 0, 3, 3, 2, 7, 4, 3
uart_setup_end:

	/* The hypervisor's selectors start at 0xe000; nothing below them is used. */
	.balign 8
boot_gdt:
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdtr:
	.word 0xe017
	.long boot_gdt - 0xe000

msg_loader:
	.asciz "tagma: not started by a multiboot loader\r\n"
msg_long:
	.asciz "tagma: this processor has no 64-bit mode\r\n"

	.section .bss.page, "aw", @nobits
	.globl boot_pml4
boot_pml4: .skip 4096
boot_l3: .skip 4096
boot_l3_image: .skip 4096
boot_l2: .skip 4 * 4096

	.section .bss.cpu, "aw", @nobits
	.balign 0x10000
	.globl boot_cpu_area
boot_cpu_area: .skip 0x10000

	.section .note.GNU-stack, "", @progbits

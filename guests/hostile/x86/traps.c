/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that only the hypervisor may execute: each comes back as a forwarded trap. */
#include <tagma/hypercall.h>
#include <tagma/test.h>
#include <tagma/upcall.h>

#include "../hostile.h"

static volatile uint32_t resume_ip, seen_trap, seen_fault;

static void on_trap(struct tagma_frame *f)
{
	if (!resume_ip) {
		upcall_dump(f);
		guest_shutdown(SHUTDOWN_crash);
	}
	seen_trap = f->regs.trap;
	seen_fault = f->fault;
	f->regs.ip = resume_ip;
	resume_ip = 0;
}

#define TRY(want, insn)                                                       \
	do {                                                                  \
		seen_trap = ~0u;                                              \
		__asm__ volatile("movl $1f, %0\n\t" insn "\n1:"               \
				 : "=m"(resume_ip)                            \
				 :                                            \
				 : "eax", "ecx", "edx", "memory", "cc");      \
		resume_ip = 0;                                                \
		test_equal((long)seen_trap, want, "%s: trap %d", insn, want); \
	} while (0)

void traps_run(void)
{
	test_equal(trap_init(on_trap), 0, "trap entry is set");
	TRY(13, "cli");
	TRY(13, "sti");
	TRY(13, "hlt");
	TRY(13, "movl %%cr3, %%eax");
	TRY(13, "movl %%eax, %%cr0");
	TRY(13, "movl %%eax, %%db7");
	TRY(13, "lgdt 0x100000");
	TRY(13, "lidt 0x100000");
	TRY(13, "wrmsr");
	TRY(13, "rdmsr");
	TRY(13, "invlpg 0x100000");
	TRY(13, "inb $0x60, %%al");
	TRY(13, "outb %%al, $0x21");
	TRY(13, "movw $0x3f8, %%dx; outb %%al, (%%dx)");
	TRY(13, "int $0x21");
	TRY(13, "int $14");
	TRY(13, "movl $0x10, %%eax; movw %%ax, %%ds");
	TRY(13, "ljmp $0x8, $0x100000");
	TRY(6, "ud2");
	TRY(0, "xorl %%ecx, %%ecx; xorl %%edx, %%edx; divl %%ecx");
	TRY(14, "movl 0x0, %%eax");
	test_equal((long)seen_fault, 0, "fault address 0");
	TRY(14, "movl %%eax, 0x90000000");
	test_equal((long)seen_fault, (long)0x90000000, "fault address 0x90000000");
	TRY(14, "movl 0xfffffffc, %%eax");
}

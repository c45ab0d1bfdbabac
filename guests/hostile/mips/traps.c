/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that only the hypervisor may execute: each comes back as a forwarded trap. */
#include <tagma/hypercall.h>
#include <tagma/test.h>
#include <tagma/upcall.h>

#include "../hostile.h"

#define ADDRESS_LOAD 4
#define ADDRESS_STORE 5
#define FAULT TAGMA_TRAP_FAULT
#define SYSCALL 8
#define BREAK 9
#define RESERVED 10
#define COPROCESSOR 11
#define OVERFLOW 12
#define TRAP 13

static volatile uint32_t resume_ip, seen_trap, seen_code, seen_fault;

static void on_trap(struct tagma_frame *f)
{
	if (!resume_ip) {
		upcall_dump(f);
		guest_shutdown(SHUTDOWN_crash);
	}
	seen_trap = f->regs.trap;
	seen_code = f->regs.code;
	seen_fault = f->fault;
	f->regs.ip = resume_ip;
	resume_ip = 0;
}

#define TRY(want, insn)                                                       \
	do {                                                                  \
		seen_trap = ~0u;                                              \
		__asm__ volatile("la $8, 1f\n\t"                              \
				 "sw $8, %0\n\t"                              \
				 ".set push\n\t.set noreorder\n\t"            \
				 ".set mips32r2\n\t" insn "\n\tnop\n1:\n\t"   \
				 ".set pop"                                   \
				 : "=m"(resume_ip)                            \
				 :                                            \
				 : "$2", "$8", "$9", "hi", "lo", "memory");   \
		resume_ip = 0;                                                \
		test_equal((long)seen_trap, want, "%s: trap %d", insn, want); \
	} while (0)

void traps_run(void)
{
	test_equal(trap_init(on_trap), 0, "trap entry is set");
	TRY(COPROCESSOR, "mfc0 $8, $12");
	TRY(COPROCESSOR, "mtc0 $0, $12");
	TRY(COPROCESSOR, "mtc0 $0, $10");
	TRY(COPROCESSOR, "mtc0 $0, $15, 1");
	TRY(COPROCESSOR, "tlbwr");
	TRY(COPROCESSOR, "tlbwi");
	TRY(COPROCESSOR, "tlbp");
	TRY(COPROCESSOR, "eret");
	TRY(COPROCESSOR, "wait");
	TRY(COPROCESSOR, "di");
	TRY(COPROCESSOR, "ei");
	TRY(COPROCESSOR, "cache 0, 0($0)");
	TRY(COPROCESSOR, "swc2 $8, 0($29)");
	TRY(RESERVED, "rdhwr $8, $30");
	TRY(RESERVED, ".word 0x7000003e");
	TRY(BREAK, "break");
	TRY(TRAP, "teq $0, $0");
	TRY(OVERFLOW, "lui $8, 0x7fff\n\tadd $8, $8, $8");
	TRY(SYSCALL, "li $2, 4020\n\tsyscall");
	TRY(SYSCALL, "li $2, 17\n\tb 1f\n\tsyscall"); /* no hypercall: in a delay slot */
	TRY(ADDRESS_LOAD, "lui $8, 0x8010\n\tlw $9, 0($8)");
	test_equal((long)seen_code, (long)0x80100000, "address 0x80100000");
	TRY(ADDRESS_STORE, "lui $8, 0x8010\n\tsw $0, 0($8)");
	TRY(ADDRESS_LOAD, "lui $8, 0xb800\n\tlbu $9, 0x3fd($8)"); /* a port that it has not */
	TRY(ADDRESS_STORE, "lui $8, 0xb800\n\tsb $0, 0x21($8)");
	TRY(ADDRESS_LOAD, "lui $8, 0xbf00\n\tlw $9, 0x500($8)");
	TRY(ADDRESS_LOAD, "lui $8, 0x10\n\tlw $9, 1($8)");
	TRY(ADDRESS_LOAD, "lui $8, 0x8010\n\tjr $8\n\tnop");
	TRY(FAULT, "lw $9, 0($0)");
	test_equal((long)seen_fault, 0, "fault address 0");
	TRY(FAULT, "lui $8, 0x7000\n\tsw $0, 0($8)");
	test_equal((long)seen_fault, (long)0x70000000, "fault address 0x70000000");
}

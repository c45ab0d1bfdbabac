/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O ports. Malta's are bytes of uncached memory, and a page would show a guest too
 * many of them. So a guest reads and writes port p at KSEG1's address of it, which traps; a
 * port that is mapped to its space is then accessed in its stead.
 */
#include <asm/internal.h>
#include <asm/io.h>
#include <hv/arch.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <hv/vtlb.h>

#define OPCODE(insn) ((insn) >> 26)
#define RT(insn) ((insn) >> 16 & 31u)
#define OP_LB 0x20u
#define OP_LBU 0x24u
#define OP_SB 0x28u

bool io_access(struct thread *t)
{
	struct arch_regs *r = &arch_of(t)->regs;
	uint32_t port = r->badvaddr - (uint32_t)(KSEG1 + IO_PHYS), insn;
	uint8_t v;

	if (port >= IO_PORTS || (r->cause & CAUSE_BD))
		return false;
	if (copy_from_guest(t->space, &insn, GVA(r->epc), sizeof(insn), NULL))
		return false;
	if (OPCODE(insn) != OP_LB && OPCODE(insn) != OP_LBU && OPCODE(insn) != OP_SB)
		return false;
	if (vtlb_miss(t->space, MAPDB_PORT | port, TAGMA_R) != VTLB_FILLED)
		return false;
	if (OPCODE(insn) == OP_SB) {
		outb((uint16_t)port, (uint8_t)r->gpr[RT(insn)]);
	} else {
		v = inb((uint16_t)port);
		r->gpr[RT(insn)] = OPCODE(insn) == OP_LBU ? v : (uint32_t)(int8_t)v;
	}
	r->epc += 4;
	return true;
}

void arch_io_remove(struct space *s, uint32_t port)
{
	(void)s; /* nothing is kept */
	(void)port;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O ports: the TSS's bitmap is a cache of one space's ports, filled on a miss.
 * While another space runs, the bitmap lies beyond the TSS's limit.
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <hv/space.h>
#include <hv/vtlb.h>
#include <string.h>

#define INSN_MAX 15
#define PORTS 65536u

void io_load_space(const struct space *s) { boot_tss.iomap = (uint16_t)s->arch.iomap; }

static void io_own_bitmap(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (c->io_space != s)
		__builtin_memset(boot_tss.io, 0xff, sizeof(boot_tss.io));
	if (c->io_space)
		c->io_space->arch.iomap = TSS_IO_OFF;
	c->io_space = s;
	s->arch.iomap = offsetof(struct tss, io);
	io_load_space(s);
}

/* Its first port and size in bytes (0: not an I/O instruction). */
static uint32_t io_decode(const struct arch_regs *r, const uint8_t *insn, size_t len,
			  uint32_t *port)
{
	static const uint8_t prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0x2e,
					    0x36, 0x3e, 0x26, 0x64, 0x65 };
	bool word = false;
	size_t i = 0;

	for (; i < len && memchr(prefixes, insn[i], sizeof(prefixes)); i++)
		word |= insn[i] == 0x66;
	if (i == len)
		return 0;
	if (insn[i] >= 0xe4 && insn[i] <= 0xe7 && i + 1 < len)
		*port = insn[i + 1]; /* in, out with an immediate port */
	else if ((insn[i] >= 0xec && insn[i] <= 0xef) || (insn[i] >= 0x6c && insn[i] <= 0x6f))
		*port = r->dx & 0xffff; /* in, out, ins, outs with dx */
	else
		return 0;
	return !(insn[i] & 1) ? 1 : word ? 2 : 4;
}

/* An instruction that crosses into a page that is not there has executed so far only
 * if its bytes before the page's end suffice. */
static size_t fetch(const struct thread *t, uint8_t insn[INSN_MAX])
{
	uint32_t ip = (uint32_t)arch_of_const(t)->regs.ip;
	size_t first = MIN(PAGE_SIZE - (ip & PAGE_MASK), (size_t)INSN_MAX);

	if (copy_from_guest(t->space, insn, GVA(ip), first, NULL))
		return 0;
	if (first == INSN_MAX ||
	    copy_from_guest(t->space, insn + first, GVA(ip + first), INSN_MAX - first, NULL))
		return first;
	return INSN_MAX;
}

bool io_fault(struct thread *t)
{
	struct arch_regs *r = &arch_of(t)->regs;
	uint8_t insn[INSN_MAX];
	bool open = this_cpu()->arch.io_space == t->space;
	uint32_t port = 0, size = r->error ? 0 : io_decode(r, insn, fetch(t, insn), &port);

	if (!size || port + size > PORTS)
		return false;
	for (uint32_t p = port; p < port + size; p++) {
		if (vtlb_miss(t->space, MAPDB_PORT | p, TAGMA_R) != VTLB_FILLED)
			return false;
		open &= !(boot_tss.io[p / 8] >> p % 8 & 1);
	}
	if (open) /* and refused all the same: then not for the sake of the port */
		return false;
	io_own_bitmap(t->space);
	for (uint32_t p = port; p < port + size; p++)
		boot_tss.io[p / 8] &= (uint8_t) ~(1u << p % 8);
	return true;
}

void arch_io_remove(struct space *s, uint32_t port)
{
	if (this_cpu()->arch.io_space == s && port < PORTS)
		boot_tss.io[port / 8] |= (uint8_t)(1u << port % 8);
}

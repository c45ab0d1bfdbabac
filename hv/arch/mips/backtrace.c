/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who called whom. o32 has no frame chain: the size of a frame and where the return
 * address lies in it are read from the function's first instructions, up to where it is.
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/symbols.h>

#define MAX_DEPTH 32
#define ADDIU_SP_SP 0x27bdu /* addiu sp, sp, n: the upper half of the instruction */
#define SW_RA_SP 0xafbfu    /* sw ra, n(sp) */

struct frame_shape {
	uint32_t size, ra; /* ra: where in it, + 1; 0: still in the register */
};

static bool in_text(unsigned long pc)
{
	return pc >= (unsigned long)text_start && pc < (unsigned long)text_end && pc % 4 == 0;
}

static struct frame_shape frame_read(unsigned long start, unsigned long pc)
{
	struct frame_shape f = { 0 };

	for (; start < pc; start += 4) {
		uint32_t insn = *(const uint32_t *)start;
		int16_t n = (int16_t)insn;

		if (insn >> 16 == ADDIU_SP_SP && n < 0)
			f.size = (uint32_t)-n;
		else if (insn >> 16 == SW_RA_SP)
			f.ra = (uint32_t)n + 1;
	}
	return f;
}

void backtrace_from(unsigned long pc, unsigned long sp, unsigned long ra)
{
	unsigned long area = (unsigned long)this_cpu();

	for (unsigned i = 0; i < MAX_DEPTH && in_text(pc); i++) {
		struct frame_shape f;
		uint32_t off = 0;
		const char *name = symbol_lookup(pc, &off);

		kprintf("  %08lx %s+0x%x\n", pc, name ? name : "?", off);
		f = frame_read(pc - off, pc);
		if (sp < area || sp % 4 || sp + f.size > area + CPU_AREA_SIZE - 4)
			return;
		if (f.ra)
			ra = *(const uint32_t *)(sp + f.ra - 1);
		else if (i)
			return; /* only the innermost one may have saved nothing */
		sp += f.size;
		pc = ra - 8; /* the call, not what follows it and its delay slot */
	}
}

void arch_backtrace(void)
{
	unsigned long pc, sp;

	__asm__ volatile("1: la %0, 1b; move %1, $29" : "=r"(pc), "=r"(sp));
	backtrace_from(pc, sp, 0);
}

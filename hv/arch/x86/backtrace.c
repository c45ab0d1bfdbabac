/* SPDX-License-Identifier: GPL-2.0-only */
/* Who called whom, by frame pointers: every one must lie above the last, on our stacks. */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/symbols.h>

#define MAX_DEPTH 32

void symbol_print(unsigned long ip)
{
	uint32_t off = 0;
	const char *name = symbol_lookup(ip, &off);

	kprintf("  %016lx %s+0x%x\n", ip, name ? name : "?", off);
}

void arch_backtrace(void)
{
	unsigned long area = (unsigned long)this_cpu(), last = area;
	const unsigned long *frame = __builtin_frame_address(0);

	for (unsigned i = 0; i < MAX_DEPTH; i++) {
		unsigned long at = (unsigned long)frame;

		if (at <= last || at > area + CPU_AREA_SIZE - 16 || at % 8)
			return;
		symbol_print(frame[1]);
		last = at;
		frame = (const unsigned long *)frame[0];
	}
}

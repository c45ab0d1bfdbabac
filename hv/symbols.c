/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/symbols.h>

const char *symbol_lookup(uint64_t addr, uint32_t *offset)
{
	uint32_t lo = 0, hi = symbol_count;
	uint64_t rel = addr - symbol_base;

	/* The last entry at or below addr lies in [lo, hi). */
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (symbol_table[mid].offset <= rel)
			lo = mid;
		else
			hi = mid;
	}
	if (!symbol_count || addr < symbol_base || rel < symbol_table[lo].offset ||
	    lo + 1 == symbol_count)
		return NULL;
	*offset = (uint32_t)(rel - symbol_table[lo].offset);
	return symbol_names + symbol_table[lo].name;
}

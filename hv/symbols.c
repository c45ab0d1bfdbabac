/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/symbols.h>
#include <string.h>

const char *symbol_lookup(uint64_t addr, uint32_t *offset)
{
	const char *name = symbol_names;
	uint64_t rel = addr - symbol_base;

	for (uint32_t i = 0; i + 1 < symbol_count; i++, name += strlen(name) + 1) {
		if (rel < symbol_offsets[i] || rel >= symbol_offsets[i + 1])
			continue;
		*offset = (uint32_t)(rel - symbol_offsets[i]);
		return name;
	}
	return NULL;
}

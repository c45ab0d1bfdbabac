/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the hypervisor's functions, for backtraces. The build links twice:
 * first with an empty table, then with the one made from the first result.
 */
#ifndef HV_SYMBOLS_H
#define HV_SYMBOLS_H

#include <hv/types.h>

struct symbol {
	uint32_t offset; /* from symbol_base; ascending */
	uint32_t name;	 /* in symbol_names */
};

/* Generated; the last entry marks the end of the text and has an empty name. */
extern const uint64_t symbol_base;
extern const uint32_t symbol_count;
extern const struct symbol symbol_table[];
extern const char symbol_names[];

/* The function that addr is in, and how far; NULL if unknown. */
const char *symbol_lookup(uint64_t addr, uint32_t *offset);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names of the hypervisor's functions, for backtraces. The build links twice:
 * first with an empty table, then with the one made from the first result.
 */
#ifndef HV_SYMBOLS_H
#define HV_SYMBOLS_H

#include <hv/types.h>

/* Generated; the last entry marks the end of the text. Only a backtrace looks here, one name
 * after the other: small rather than fast. */
extern const uint64_t symbol_base;
extern const uint32_t symbol_count;
extern const uint32_t symbol_offsets[]; /* from symbol_base; ascending */
extern const char symbol_names[];	/* in the same order, each with its NUL */

/* The function that addr is in, and how far; NULL if unknown. */
const char *symbol_lookup(uint64_t addr, uint32_t *offset);

#endif

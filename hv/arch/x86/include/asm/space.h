/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A space's hardware part: the piece of linear memory that its segments open (small.c),
 * the root of its page tables while it has one, and the tag of its TLB entries (tag.c).
 */
#ifndef ASM_SPACE_H
#define ASM_SPACE_H

#include <hv/types.h>

struct table; /* vtlb.c */

struct arch_space {
	struct table *root;	 /* NULL: none yet, recycled, or small; made again on resume */
	uint64_t tag;		 /* 0: none */
	uint64_t code, data;	 /* segment descriptors: base and limit */
	uint32_t base;		 /* linear address of its address 0; not 0 iff it is small */
	uint32_t pages;		 /* pages below its limit */
	uint16_t unit, nr_units; /* of the window, if small */
};

static inline bool space_is_small(const struct arch_space *a) { return a->base != 0; }

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A space's hardware part: the piece of linear memory that its segments open (small.c),
 * the root of its page tables while it has one, and the tag of its TLB entries (tag.c).
 */
#ifndef ASM_SPACE_H
#define ASM_SPACE_H

#include <hv/list.h>

struct table; /* vtlb.c */

/* What a load of CR3 need not flush (tag.c). */
struct tag {
	uint64_t generation; /* good while it is the current one; 0: never */
	uint64_t cr3;	     /* to load while the tag is good */
};

struct arch_space {
	struct tag tag;		 /* of its page tables */
	uint32_t iomap;		 /* of the TSS while it runs */
	struct table *root;	 /* NULL: none yet, recycled, or small; made again on resume */
	struct table *leaf;	 /* the last one used; NULL */
	struct list tables;	 /* all of them */
	uint64_t code, data;	 /* segment descriptors: base and limit */
	uint32_t base;		 /* linear address of its address 0; not 0 iff it is small */
	uint32_t pages;		 /* pages below its limit */
	uint64_t limit;		 /* last address that it may use */
	uint16_t unit, nr_units; /* of the window, if small */
};

static inline bool space_is_small(const struct arch_space *a) { return a->base != 0; }

#endif

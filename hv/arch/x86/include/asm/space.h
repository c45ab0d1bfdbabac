/* SPDX-License-Identifier: GPL-2.0-only */
/* A space's hardware part: the root of its page tables, while it has one. */
#ifndef ASM_SPACE_H
#define ASM_SPACE_H

#include <hv/types.h>

struct table; /* vtlb.c */

struct arch_space {
	uint64_t cr3;	    /* of `root`; 0: loading it takes more than CR3 */
	uint32_t iomap;	    /* of the TSS while it runs */
	struct table *root; /* NULL: none yet, or recycled; made again on resume */
};

#endif

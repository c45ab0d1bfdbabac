/* SPDX-License-Identifier: GPL-2.0-only */
/* A space's hardware part: the name of its entries in the TLBs (tag.c). */
#ifndef ASM_SPACE_H
#define ASM_SPACE_H

#include <hv/types.h>

struct arch_space {
	uint64_t tag; /* generation << 8 | ASID; 0: none */
};

#endif

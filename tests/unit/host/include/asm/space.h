/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_SPACE_H
#define ASM_SPACE_H

#include <hv/types.h>

struct arch_space {
	uint32_t small; /* bytes; 0: large */
	bool live;	/* between arch_space_init and arch_space_exit */
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the boot image (docs/boot-image.md) and describes one that exists. */
#ifndef LIB_FITBUILD_H
#define LIB_FITBUILD_H

#include <stdio.h>

#include "lib/guest.h"

struct fitbuild {
	const char *srm_path;	/* named in errors */
	const struct blob *srm; /* the control domain's kernel */
	uint32_t srm_memory_kb; /* 0: the hypervisor's default */
	const struct board *board;
	const char *bootargs; /* the hypervisor's options; "" for none */
	struct guest **guests;
	size_t nr_guests;
};

/* The image in *out. Files used by several guests are stored once. */
int fitbuild(const struct fitbuild *in, struct blob *out, struct err *e);

#endif

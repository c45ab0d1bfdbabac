/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which keys an xl.cfg assigns, and where. libxlutil parses the values but
 * offers no way to list the keys; this scanner knows just enough of the syntax
 * (strings, comments, brackets) to find each `key =` at the top level.
 */
#ifndef LIB_CFGSCAN_H
#define LIB_CFGSCAN_H

#include <stddef.h>

#define CFGSCAN_NAME 64

struct cfgscan {
	const char *p, *end;
	int line;
};

struct cfgscan_key {
	char name[CFGSCAN_NAME]; /* cut if longer */
	int line;
};

void cfgscan_init(struct cfgscan *s, const char *text, size_t size);
/* 1 and the next key, or 0 at the end. */
int cfgscan_next(struct cfgscan *s, struct cfgscan_key *k);
/* Line of the last assignment to `name`; 0 if there is none. */
int cfgscan_line(const char *text, size_t size, const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to config*.c: a parse in progress, and the table of keys. */
#ifndef LIB_CONFIG_KEYS_H
#define LIB_CONFIG_KEYS_H

#include <libxlutil.h>

#include "lib/config.h"

struct config_parse {
	struct config *c;
	XLU_Config *xlu;
	const char *path, *text;
	size_t size;
	int file_lines; /* lines beyond came from the command line; 0: none did */
	struct err *e;
};

struct config_key {
	const char *name;
	/* 1 if the key was there, 0 if not, -1 with the error set. */
	int (*handle)(struct config_parse *p, const char *key);
};

extern const struct config_key config_keys[];
extern const size_t config_nr_keys;

/* Sets "FILE:LINE: key: what"; always -1. */
int config_key_fail(struct config_parse *p, const char *key, const char *what);
int config_line_fail(struct config_parse *p, int line, const char *what);

#endif

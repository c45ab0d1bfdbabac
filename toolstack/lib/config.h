/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's xl.cfg. libxlutil parses it; every error reads `FILE:LINE: what`,
 * an unknown key included. Kernel and ramdisk are not opened here: guest.h.
 */
#ifndef LIB_CONFIG_H
#define LIB_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define CONFIG_MAX_SIZE 65536
#define CONFIG_MAX_NAME 31		/* a node name of a flattened tree holds it */
#define CONFIG_MAX_CMDLINE 1023		/* start_info holds MAX_GUEST_CMDLINE, its NUL included */
#define CONFIG_MAX_MEMORY_MB (1u << 20) /* what there is, the target knows */
#define CONFIG_MAX_VCPUS 32
#define CONFIG_MAX_COLOUR 1023

enum config_type { CONFIG_NATIVE, CONFIG_PV };
enum config_action { CONFIG_DESTROY, CONFIG_RESTART, CONFIG_PRESERVE };

struct config {
	char *path;
	char *name;
	char *kernel;  /* path, resolved */
	char *ramdisk; /* path, resolved; NULL: none */
	char *cmdline; /* "" if none */
	enum config_type type;
	uint32_t memory_mb, maxmem_mb;
	uint32_t vcpus;
	uint32_t priority; /* 1..255; 0: the target's default */
	uint32_t cap;	   /* percent of the processor; 0: no limit */
	char *cpus;	   /* "all", or a list such as "0-1,3" */
	char *llc_colors;  /* list such as "0-3,8"; "" for all */
	enum config_action on_poweroff, on_reboot, on_crash;
	uint8_t uuid[16];
};

/* overrides: more lines, as if they stood at the end of the file; "" for none. NULL with *e
 * set on error. */
struct config *config_load(const char *path, const char *overrides, struct err *e);
/* The same from text; path is what errors call it and what relative files start from. Lines
 * behind number file_lines (0: there are none) were given on the command line. */
struct config *config_parse(const char *path, const char *text, size_t size, int file_lines,
			    struct err *e);
void config_free(struct config *c);

const char *config_action_name(enum config_action a);
const char *config_type_name(enum config_type t);
void config_uuid_text(const uint8_t uuid[16], char out[37]);
/* Checks a list such as "0-3,8": ascending ranges of numbers up to max. */
int config_check_ranges(const char *list, unsigned long max, struct err *e);

#endif

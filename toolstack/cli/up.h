/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting and stopping machines, for `up`, `down` and `run`. */
#ifndef CLI_UP_H
#define CLI_UP_H

#include "cli/qemu.h"
#include "cli/tagma.h"
#include "lib/guest.h"

#define UP_MAX_GUESTS 15 /* domain ids of a default pool, less srm's */

struct up {
	struct qemu_options qemu;
	const char *cmdline;
	const char *image; /* a boot image that is there already; NULL: one is built */
	unsigned timeout_s;
	struct guest *guests[UP_MAX_GUESTS];
	size_t nr_guests;
};

#define UP_SHORTS ""
enum { UP_OPT = OPT_OWN + 100 };
extern const struct option up_longs[];
extern const char up_options[]; /* help text */

void up_init(struct up *u);
/* Handles one option of up_longs; an exit code >= 0 if its argument is bad, else -1. */
int up_option(struct cli *cli, struct up *u, int opt);
/* The configs that are left on the command line. */
int up_load(struct up *u, const struct board *b, int argc, char **argv, struct err *e);
/* The boot image of its guests. */
int up_image(struct up *u, struct blob *fit, struct err *e);
void up_free(struct up *u);

/* Starts machine `name` and waits for srm. Returns an exit code, after an error line. */
int up_start(struct cli *cli, struct up *u, const char *name);
/* What up_start would do, as JSON. */
int up_dry_run(struct up *u, const char *name);
/* Stops it; by force if it does not want to. Returns an exit code. */
int up_stop(const char *name);

#endif

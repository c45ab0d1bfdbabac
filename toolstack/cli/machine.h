/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machines by name. Each has a directory of its own under the runtime directory:
 *
 *	NAME/lock        held by its daemon as long as it lives
 *	NAME/state.json  what `tagma machines` shows, and whom `tagma down` may end
 *	NAME/ctl         socket of the daemon
 *	NAME/hv.log      the hypervisor's log (COM1); qemu.log: what QEMU complained about
 *	NAME/image.fit   the boot image
 */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include <stdbool.h>
#include <time.h>

#include "cli/process.h"
#include "lib/err.h"

#define MACHINE_MAX_NAME 40

struct daemon;

struct machine {
	char *name;
	char *dir;
	int lock_fd; /* -1: not held */
};

struct machine_state {
	struct process daemon, qemu;
	time_t started;
	char kind[16]; /* of board.h */
	char accel[8];
	char boot[16]; /* direct, netboot, iso */
	unsigned memory_mb;
};

/* Names the machine; nothing is created. NULL with *e set: bad name or runtime directory. */
struct machine *machine_open(const char *name, struct err *e);
void machine_close(struct machine *m);
char *machine_path(const struct machine *m, const char *file); /* to be freed */

/* Creates the directory and takes the lock; what a dead one left is removed.
 * -1 with *e set, "already up" if its daemon lives. */
int machine_create(struct machine *m, struct err *e);
/* Removes the directory. The lock must be held. */
void machine_remove(struct machine *m);

enum machine_life { MACHINE_ABSENT, MACHINE_DEAD, MACHINE_ALIVE };
enum machine_life machine_life(const struct machine *m);
/* Removes what a dead machine left, its QEMU included, and says so unless quiet. */
void machine_clean(struct machine *m, bool quiet);

int machine_save(const struct machine *m, const struct machine_state *s, struct err *e);
int machine_load(const struct machine *m, struct machine_state *s);
/* Names of all directories, sorted; to be freed, ends with NULL. */
char **machine_names(struct err *e);
void machine_names_free(char **names);

/* The last lines of one of its files, to stderr, each after "  file: ". */
void machine_tail(const struct machine *m, const char *file, unsigned lines);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The QEMU command line of a machine, and the ways to boot one. */
#ifndef CLI_QEMU_H
#define CLI_QEMU_H

#include "cli/machine.h"
#include "lib/board.h"
#include "lib/file.h"

#define QEMU_MAX_EXTRA 64

enum qemu_boot { QEMU_DIRECT, QEMU_NETBOOT, QEMU_ISO };

struct qemu_options {
	const struct board *board;
	enum qemu_boot boot;
	unsigned memory_mb;
	bool icount;
	const char *append;		   /* on the boot loader's command line; "" for nothing */
	const char *gdb;		   /* port; NULL: none. Stopped until gdb says go */
	const char *hv;			   /* path of hv.elf */
	const char *extra[QEMU_MAX_EXTRA]; /* --qemu-arg */
	size_t nr_extra;
};

const char *qemu_accel(const struct board *b); /* "kvm" where it is worth it, else "tcg" */
const char *qemu_boot_name(enum qemu_boot b);
/* NULL-terminated, to be freed with qemu_argv_free(). */
char **qemu_argv(const struct qemu_options *o, const struct machine *m);
void qemu_argv_free(char **argv);
/* For people: quoted so that a shell takes it. To be freed. */
char *qemu_command_line(char *const *argv);
/* Puts the boot image, and what else the way of booting needs, into the machine's directory. */
int qemu_prepare(const struct qemu_options *o, const struct machine *m, const struct blob *fit,
		 struct err *e);

/* A file that belongs to Tagma on such a board: in TAGMA_LIBDIR, else beside this binary. */
char *lib_path(const struct board *b, const char *name);
char *lib_script(const char *name);

#endif

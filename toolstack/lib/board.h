/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of machines, one row each: all that the host's side has to know of them. */
#ifndef LIB_BOARD_H
#define LIB_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#define BOARD_DIRECT 1u /* ways to boot: bits by enum qemu_boot */
#define BOARD_NETBOOT 2u
#define BOARD_ISO 4u

struct board {
	const char *name;	/* as --machine has it */
	const char *dir;	/* of what is built for it, below build/ */
	const char *arch;	/* in the boot image, for U-Boot's tools */
	uint32_t elf_machine;	/* of its guests */
	const char *qemu;	/* the emulator, */
	const char *type, *cpu; /* its machine and CPU */
	bool kvm;		/* its CPUs are this host's */
	const char *icount;	/* what the hypervisor must be told under --icount; "" */
	unsigned boots;
	unsigned memory_mb, max_memory_mb;
};

extern const struct board *const board_default;
const struct board *board_find(const char *name); /* NULL: there is none */
const char *board_names(void);			  /* "pc, malta" */

#endif

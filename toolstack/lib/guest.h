/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest ready to be sent: its config with kernel and ramdisk read, hashed and
 * checked. What can be found wrong on the host is found before the target hears of it.
 */
#ifndef LIB_GUEST_H
#define LIB_GUEST_H

#include <hv/elf.h>
#include <hv/sha256.h>

#include "lib/board.h"
#include "lib/config.h"
#include "lib/file.h"

#define GUEST_MAX_IMAGE                                                           \
	((size_t)64 << 20) /* PROTO_MAX_UPLOAD: the same from boot image and line \
			    */

struct guest {
	struct config *cfg;
	struct blob kernel, ramdisk; /* ramdisk.data NULL: none */
	uint8_t kernel_sha[SHA256_SIZE], ramdisk_sha[SHA256_SIZE];
	struct elf_image elf; /* points into kernel; not for CONFIG_PV */
};

/* Loads and checks all. overrides: as in config_load. Files that are neither beside the config nor
 * here are looked for in libdir, where the board's own are. NULL with *e set on error. */
struct guest *guest_load(const char *config_path, const char *overrides, const struct board *board,
			 const char *libdir, struct err *e);

/* Arguments of the form key=value behind a config's name are lines put at its end. */
int guest_is_override(const char *arg);
/* Those from argv[i] on, as lines; to be freed. */
char *guest_overrides(int argc, char *const *argv, int i);
void guest_free(struct guest *g);

/* A native executable with Xen's notes, for such a board. */
int guest_check_elf(const char *path, const struct blob *file, const struct board *board,
		    struct elf_image *elf, struct err *e);
void guest_hash(const struct blob *b, uint8_t sha[SHA256_SIZE]);

#endif

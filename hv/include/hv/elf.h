/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF32 executables with Xen's notes. Like fit.h, shared with srm: no dependency,
 * no allocation, and nothing in the file is believed before it is checked.
 */
#ifndef HV_ELF_H
#define HV_ELF_H

#include <hv/fit.h>

#define ELF_MACHINE_386 3u
#define ELF_MACHINE_MIPS 8u

#define ELF_TEXT 32 /* longer texts are cut */

struct elf_image {
	const uint8_t *file;
	uint32_t size;
	uint32_t phoff, phnum;
	uint32_t entry;		 /* XEN_ELFNOTE_ENTRY, or the header's */
	uint32_t lo, hi;	 /* what its segments span: [lo, hi), page aligned */
	uint32_t hypercall_page; /* XEN_ELFNOTE_HYPERCALL_PAGE; 0 if there is none */
	char guest_os[ELF_TEXT]; /* XEN_ELFNOTE_GUEST_OS; "" if there is none */
	char guest_version[ELF_TEXT];
};

/* Puts filesz bytes at addr and zeroes up to memsz. Returns 0, or -1 with *e set. */
typedef int elf_place(void *ctx, uint32_t addr, const void *data, uint32_t filesz, uint32_t memsz,
		      struct fit_error *e);

/* Checks all of it: header, segments (in the file, ascending, disjoint, below 4 GB), notes. */
int elf_open(struct elf_image *img, const void *file, size_t size, uint32_t machine,
	     struct fit_error *e);
int elf_load(const struct elf_image *img, elf_place *place, void *ctx, struct fit_error *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot image: a flattened image tree with hyperlaunch's domains in it
 * (docs/boot-image.md). Compiled for the hypervisor and for srm alike: needs
 * libfdt, <stdint.h> and <string.h>, and allocates nothing. The image may be
 * hostile: everything is checked, and every failure is one line in struct
 * fit_error that names node and property.
 *
 * Calls return 0, or -1 with the error set. Pointers point into the image.
 */
#ifndef HV_FIT_H
#define HV_FIT_H

#include <stddef.h>
#include <stdint.h>

struct fit_error {
	char text[160];
};

struct fit {
	const void *fdt;
	uint32_t size;	   /* bytes there are, data outside the tree included */
	uint32_t external; /* where data-offset counts from */
};

struct fit_image {
	int node;
	const char *name;
	const void *data;
	uint32_t size;
};

#define FIT_DOMID_AUTO 0xffffffffu

struct fit_domain {
	int node;
	const char *name;	/* domain-name, or the node's own */
	uint32_t domid;		/* FIT_DOMID_AUTO if not given */
	uint64_t memory_kb;	/* 0 if not given */
	uint32_t cpus;		/* 1 if not given */
	uint32_t mode;		/* 1 if not given: paravirtualized */
	uint32_t cap;		/* percent of the processor; 0 if not given */
	uint32_t priority;	/* 0 if not given */
	const char *llc_colors; /* the strings below are "" if not given */
	const char *kernel;	/* names of images; a kernel there always is */
	const char *bootargs;
	const char *ramdisk;
	const char *on_poweroff, *on_reboot, *on_crash;
};

/* The tree is whole and well-formed; `size` bytes are there, maybe more than the image. */
int fit_open(struct fit *f, const void *image, size_t size, struct fit_error *e);

int fit_image(const struct fit *f, const char *name, struct fit_image *out, struct fit_error *e);
int fit_image_verify(const struct fit *f, const struct fit_image *img, struct fit_error *e);

const char *fit_bootargs(const struct fit *f); /* of /chosen/hypervisor; "" if there are none */

/* Walk the domains: prev is -1 at first. Returns a node, -1 at the end. */
int fit_next_domain(const struct fit *f, int prev);
int fit_domain(const struct fit *f, int node, struct fit_domain *out, struct fit_error *e);
/* The control domain: the node with domid 0, or named "srm". */
int fit_domain0(const struct fit *f, struct fit_domain *out, struct fit_error *e);

/* Sets e->text to "where: which: what", NULL parts left out. Always returns -1. */
int fit_fail(struct fit_error *e, const char *where, const char *which, const char *what);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping operations. The hypervisor bounds the work of a call; these loop to the end. */
#ifndef TAGMA_MAP_H
#define TAGMA_MAP_H

#include <stdint.h>
#include <public/tagma.h>

/* Do `count` operations (TAGMA_MAP_map, _grant, _flush, _status). Returns 0, or -errno of
 * the first that failed; *done (if not NULL) counts those before it. */
int map_ops(uint32_t cmd, struct tagma_map *ops, uint32_t count, uint32_t *done);

/* One range of pages, any length and alignment: cut into flexpages. Addresses and len are
 * multiples of the page size. */
int map_pages(uint32_t src_space, uint32_t src, uint32_t dst_space, uint32_t dst, uint32_t len,
	      uint32_t rights);
int grant_pages(uint32_t src_space, uint32_t src, uint32_t dst_space, uint32_t dst, uint32_t len,
		uint32_t rights);
/* Take `rights` from all who got these pages from `space`; flags: TAGMA_MAP_F_SELF. */
int flush_pages(uint32_t space, uint32_t addr, uint32_t len, uint32_t rights, uint32_t flags);
/* Rights | TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY of one page; 0: nothing is mapped there. */
int map_status(uint32_t space, uint32_t addr);

/* 2^log2 I/O ports, from the caller's own (for srm: the machine's). */
int map_ports(uint32_t dst_space, uint16_t port, uint32_t log2);

#endif

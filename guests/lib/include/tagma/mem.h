/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's memory: a buddy allocator over all of it, with a reference count for
 * each block, and malloc (<stdlib.h>) on top. Memory is addressed as it is in the root space.
 * Not reentrant: a kernel with upcalls masks them around allocations.
 */
#ifndef TAGMA_MEM_H
#define TAGMA_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <tagma/arch.h>

#define PAGE_MAX_ORDER 10      /* 4 MB */
#define GUEST_FIRST_GPN 0x100u /* a guest's memory is GUEST_FIRST_GPN .. + nr_pages - 1 */

void mem_init(const struct start_info *si);
/* More memory for the allocator (or a module that is no longer needed). */
void mem_add(uintptr_t start, uintptr_t end);

/* 2^order pages with one reference, or NULL; the contents are undefined. */
void *pages_alloc(unsigned int order);
static inline void *page_alloc(void) { return pages_alloc(0); }
void *page_alloc_zero(void);

/* References to a block, by the address of its first page. */
void page_get(void *page);
bool page_put(void *page); /* true: that was the last, and the block is free again */
unsigned int page_refs(const void *page);
unsigned int page_order(const void *page);
/* Whether an address is that of an allocated block. */
bool page_valid(const void *page);

size_t mem_free_pages(void);
size_t mem_total_pages(void);
bool mem_check(void); /* the free lists are sound and add up */

#endif

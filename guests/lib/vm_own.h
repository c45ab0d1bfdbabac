/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages by reference: what copies and private regions have written. Between the vm*.c only. */
#ifndef VM_OWN_H
#define VM_OWN_H

#include <tagma/vm.h>

/* Entry n of `own`, which covers page `m` of `below` (NULL: zeroes). Nobody writes to a page
 * with two references: p->made tells that there is a new one in its place. */
int own_get(struct vm_pages *own, uint32_t n, struct vm_object *below, uint32_t m, uint32_t want,
	    struct vm_page *p);
void own_clear(struct vm_pages *own, uint32_t first, uint32_t last);

static inline uint32_t region_page(const struct vm_region *r, uint32_t addr)
{
	return r->first + (addr - r->start) / 4096;
}

static inline uint32_t region_rights(const struct vm_region *r)
{
	return r->rights ? r->rights | TAGMA_R : 0;
}

#endif

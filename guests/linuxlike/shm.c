/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of anonymous shared mappings: found by all who inherited them, before or after first use.
 */
#include "mm.h"

#define LEAF 1024u

struct shm {
	uint32_t refs, pages;
	void **leaf[]; /* of LEAF pages each */
};

struct shm *shm_new(uint32_t pages)
{
	struct shm *s = kmalloc(sizeof(*s) + (pages / LEAF + 1) * sizeof(void **));

	if (!s)
		return NULL;
	s->refs = 1;
	s->pages = pages;
	return s;
}

void shm_get(struct shm *s) { s->refs++; }

void shm_put(struct shm *s)
{
	if (--s->refs)
		return;
	for (uint32_t i = 0; i < s->pages; i++) {
		if (!s->leaf[i / LEAF]) {
			i |= LEAF - 1;
			continue;
		}
		if (s->leaf[i / LEAF][i % LEAF])
			page_free(s->leaf[i / LEAF][i % LEAF]);
	}
	for (uint32_t i = 0; i <= s->pages / LEAF; i++)
		kfree(s->leaf[i]);
	kfree(s);
}

void *shm_page(struct shm *s, uint32_t pgoff)
{
	void ***leaf, **slot;

	if (pgoff >= s->pages)
		return NULL;
	leaf = &s->leaf[pgoff / LEAF];
	if (!*leaf)
		*leaf = kmalloc(LEAF * sizeof(void *));
	if (!*leaf)
		return NULL;
	slot = &(*leaf)[pgoff % LEAF];
	if (!*slot)
		*slot = page_alloc();
	if (*slot)
		page_get(*slot);
	return *slot;
}

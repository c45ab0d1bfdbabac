/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sparse arrays of pointers: a radix tree of small nodes, as high as its largest index
 * needs. At height 0 the root is entry 0 itself.
 *
 *	root ── [32] ── [32] ── entry		a node is there only if something is below it
 *
 * All zeroes is an empty one. Look-up and insertion cost one step a level, at most 7; walks
 * cost the nodes that are there. Nothing is ordered beyond the index, nothing rebalances.
 */
#ifndef TAGMA_PTREE_H
#define TAGMA_PTREE_H

#include <stdbool.h>
#include <stdint.h>

struct ptree {
	void *root;
	uint32_t shift; /* bits of an index that its height decodes */
	uint32_t last;	/* largest index that has a place at this height */
};

void *ptree_get(const struct ptree *t, uint32_t n); /* NULL: none */
/* Where the entry stands or may be put, with the nodes on the way; NULL: no memory. */
void **ptree_slot(struct ptree *t, uint32_t n);
/* The first entry at *n or behind it, up to last; *n is then its index. NULL: none. */
void *ptree_next(const struct ptree *t, uint32_t *n, uint32_t last);
/* Entries from first to last go, each by way of drop(), and nodes that are empty then. */
void ptree_clear(struct ptree *t, uint32_t first, uint32_t last,
		 void (*drop)(void *arg, void *entry), void *arg);
/* All of `from` in `to`, which is empty; take() sees each entry. False: no memory, and what
 * is in `to` so far is for ptree_clear(). */
bool ptree_clone(struct ptree *to, const struct ptree *from, void (*take)(void *entry));

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Set-associative memories with LRU replacement: caches and TLBs alike. */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_OWNERS 16u

struct entry {
	uint64_t key;  /* address without its low bits; of a TLB, with what tells spaces apart */
	uint64_t used; /* when last; 0: empty */
	bool dirty;
	uint8_t owner;
};

struct cache {
	uint32_t sets, ways, shift; /* of an entry: 1 << shift bytes; sets need no power of two */
	struct entry *entry;
	uint64_t clock;
	uint64_t accesses, misses, writebacks;
};

/* sets * ways entries. False: no such geometry. */
bool cache_make(struct cache *c, uint64_t entries, uint64_t ways, uint32_t shift);
void cache_empty(struct cache *c);
void cache_zero(struct cache *c); /* the counts */

/* The entry of that key, made the most recently used one. On a miss it is empty and *out, if not
 * NULL, is what stood there; the caller fills in the owner. */
struct entry *cache_find(struct cache *c, uint64_t set, uint64_t key, bool *hit, struct entry *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

bool cache_make(struct cache *c, uint64_t entries, uint64_t ways, uint32_t shift)
{
	if (!ways || !entries || entries % ways || entries > 1u << 24 || shift > 21)
		return false;
	*c = (struct cache){
		.sets = (uint32_t)(entries / ways),
		.ways = (uint32_t)ways,
		.shift = shift,
		.entry = calloc(entries, sizeof(struct entry)),
	};
	return c->entry;
}

void cache_empty(struct cache *c)
{
	memset(c->entry, 0, (size_t)c->sets * c->ways * sizeof(struct entry));
}

void cache_zero(struct cache *c) { c->accesses = c->misses = c->writebacks = 0; }

struct entry *cache_find(struct cache *c, uint64_t set, uint64_t key, bool *hit, struct entry *out)
{
	struct entry *e = &c->entry[set % c->sets * c->ways], *victim = e;

	c->accesses++;
	*hit = true;
	for (uint32_t i = 0; i < c->ways; i++, e++) {
		if (e->used && e->key == key) {
			e->used = ++c->clock;
			return e;
		}
		if (e->used < victim->used)
			victim = e;
	}
	*hit = false;
	c->misses++;
	if (out)
		*out = *victim;
	*victim = (struct entry){ .key = key, .used = ++c->clock };
	return victim;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replacement of mappings: a clock over the nodes. Only a node from which nothing derives
 * is taken, so that one step always makes one free, and whoever holds a node holds
 * all above it. Its accessed and dirty bits go to the page it was mapped from.
 */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/cpu.h>
#include <hv/mapdb_node.h>

static uint32_t hand; /* the node it passed last */

/* Locked, if all it depends on is: the nodes above, down from the frame. */
static bool locked(uint32_t i)
{
	for (; i; i = node_at(i)->parent)
		if (!(node_at(i)->state & NODE_LOCKED))
			return false;
	return true;
}

/* The hardware's bits are read for that, and kept for those who will ask for them. */
static bool referenced(struct node *n)
{
	uint32_t bits = 0;
	bool ref = n->state & NODE_REF;

	mapdb_epoch++;
	if (!(n->vpn & MAPDB_PORT))
		bits = arch_vtlb_test_clear(space_at(n->slot), n->vpn);
	n->fresh |= (uint8_t)bits;
	n->state &= (uint8_t)~NODE_REF;
	return ref || (bits & TAGMA_MAP_ACCESSED);
}

static bool candidate(const struct node *n, const struct domain *d, uint32_t class)
{
	const struct domain *owner = space_at(n->slot)->domain;

	return cache_pays(owner == d, owner->nr_nodes, d->nr_nodes, cache_share(mapdb_nr_nodes),
			  class);
}

/* Bounded: once round, with at most MAPDB_BATCH second chances, and once more. */
static bool scan(uint32_t keep, const struct domain *d, uint32_t class)
{
	uint32_t chances = MAPDB_BATCH;

	for (uint32_t n = 2 * mapdb_nr_nodes; n; n--) {
		struct node *v;

		hand = hand < mapdb_nr_nodes ? hand + 1 : 1;
		v = node_at(hand);
		if (hand == keep || !v->rights || v->child[0] || v->child[1])
			continue;
		if (!candidate(v, d, class) || locked(hand))
			continue;
		if (chances && referenced(v)) {
			chances--;
			continue;
		}
		node_remove(hand);
		COUNT(writeback_mapping);
		return true;
	}
	return false;
}

bool mapdb_evict(uint32_t keep, const struct domain *d)
{
	for (uint32_t class = 0; class < CACHE_CLASSES; class ++)
		if (scan(keep, d, class))
			return true;
	return false;
}

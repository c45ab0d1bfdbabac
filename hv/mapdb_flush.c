/* SPDX-License-Identifier: GPL-2.0-only */
/* Flush, teardown and status: walks of mapping trees, without recursion. */
#include <hv/arch.h>
#include <hv/mapdb_node.h>

/* A child of node i (of r if 0) that has any of rights; 0 none. The lists' order tells. */
static uint32_t child_with(struct root r, uint32_t i, uint32_t rights)
{
	for (int w = 1; w >= 0; w--) {
		uint32_t c = *child_head(r, i, w);

		if (c && (node_at(c)->rights & rights))
			return c;
	}
	return 0;
}

/*
 * Children before their parent, always from the heads of the lists: what is done has
 * left them, so there is nothing to remember between two calls. A child's rights are
 * a subset of its parent's: below a node without these rights nobody has them.
 */
bool flush_below(struct root r, uint32_t top, uint32_t rights, uint32_t *budget)
{
	uint32_t cur = top;

	for (;;) {
		uint32_t child = child_with(r, cur, rights), up;

		if (child) {
			cur = child;
			continue;
		}
		if (cur == top)
			return true;
		if (*budget == 0)
			return false;
		--*budget;
		up = node_at(cur)->parent;
		node_reduce(cur, rights);
		cur = up;
	}
}

int mapdb_flush(struct space *s, vpn_t vpn, uint32_t rights, bool self)
{
	struct mapping m = mapping_of(s, vpn);
	uint32_t budget = MAPDB_BATCH;

	if (!m.rights)
		return MAPDB_NOTHING;
	rights &= TAGMA_RWX;
	if (!flush_below(root_of_page(vpn, m.mfn), m.node, rights, &budget))
		return MAPDB_RESTART;
	if (self && m.node)
		node_reduce(m.node, rights);
	return 0;
}

bool mapdb_flush_frame(mfn_t m)
{
	struct root r = { frame_of(m), 0 };
	uint32_t budget = MAPDB_BATCH;
	bool done = !r.frame || flush_below(r, 0, TAGMA_RWX, &budget);

	arch_vtlb_sync();
	return done;
}

bool mapdb_flush_space(struct space *s)
{
	uint32_t budget = MAPDB_BATCH, i;

	for (vpn_t v = 0; s->nr_nodes && budget; budget--) {
		v = node_next(s, v, MAPDB_PORT + PORTS);
		i = node_find(s, v);
		if (!i) {
			budget -= budget / 4; /* a search costs more than a removal */
			continue;
		}
		if (!flush_below(root_of(node_at(i)), i, TAGMA_RWX, &budget))
			break;
		node_remove(i);
		budget += budget == 0; /* the last turn's own is free: no call without progress */
	}
	arch_vtlb_sync();
	return !s->nr_nodes;
}

/* --- accessed and dirty bits */

/* Node i's news, with those of the hardware, are told to it and to who is above it. */
static uint32_t tell(uint32_t i)
{
	struct node *n = node_at(i);
	uint32_t bits = n->fresh | arch_vtlb_test_clear(space_at(n->slot), n->vpn);

	n->fresh = 0;
	n->seen |= (uint8_t)bits;
	node_note(n->parent, n->mfn, bits);
	return bits;
}

/* From node i down to one that nothing derives from. */
static uint32_t lowest(uint32_t i)
{
	const struct node *n = node_at(i);

	while (i && (n->child[0] | n->child[1])) {
		i = n->child[1] ? n->child[1] : n->child[0];
		n = node_at(i);
	}
	return i;
}

static uint32_t next_sibling(uint32_t i)
{
	const struct node *n = node_at(i);
	struct root r = root_of(n);
	bool w = n->rights & TAGMA_W;

	if (n->next != *child_head(r, n->parent, w))
		return n->next;
	return w ? *child_head(r, n->parent, false) : 0;
}

/*
 * All below `top`, or below frame r, are told, children before their parents: what has been
 * found has then moved up one level, whenever the walk stops. One walk can be continued;
 * if another comes between, or the node where it stopped goes, it starts again.
 */
static bool tell_below(struct root r, uint32_t top)
{
	static const void *walk_of;
	const void *of = top ? (const void *)node_at(top) : r.frame;
	uint32_t budget = MAPDB_BATCH, first = *child_head(r, top, true), i = mapdb_walk_at;

	if (!i || walk_of != of)
		i = lowest(first ? first : *child_head(r, top, false));
	walk_of = of;
	while (i && budget--) {
		uint32_t next = next_sibling(i);

		tell(i);
		if (next)
			i = lowest(next);
		else
			i = node_at(i)->parent == top ? 0 : node_at(i)->parent;
	}
	mapdb_walk_at = i;
	return !i;
}

uint32_t mapdb_status(struct space *s, vpn_t vpn)
{
	struct mapping m = mapdb_lookup(s, vpn);
	struct frame *f;
	uint32_t bits;

	if (!m.rights || vpn & MAPDB_PORT)
		return 0;
	mapdb_epoch++;
	f = frame_at(m.mfn);
	if (!tell_below((struct root){ f, 0 }, m.node)) {
		bits = MAPDB_MORE;
	} else if (m.node) {
		tell(m.node);
		bits = node_at(m.node)->seen;
		node_at(m.node)->seen = 0;
	} else {
		bits = arch_vtlb_test_clear(s, vpn) | mapdb_from_frame_bits(f->flags);
		f->flags &= (uint8_t) ~(FRAME_ACCESSED | FRAME_DIRTY);
	}
	arch_vtlb_sync(); /* or the TLB would not set them again */
	return bits;
}

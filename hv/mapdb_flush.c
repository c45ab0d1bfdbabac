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

bool mapdb_flush_batch(struct space *s, vpn_t vpn, uint32_t rights, bool self)
{
	struct mapping m = mapdb_lookup(s, vpn);
	uint32_t budget = MAPDB_BATCH;

	if (!m.rights)
		return true;
	rights &= TAGMA_RWX;
	if (!flush_below(root_of_page(vpn, m.mfn), m.node, rights, &budget))
		return false;
	if (self && m.node)
		node_reduce(m.node, rights);
	return true;
}

bool mapdb_flush(struct space *s, vpn_t vpn, uint32_t rights, bool self)
{
	bool done = mapdb_flush_batch(s, vpn, rights, self);

	arch_vtlb_sync();
	return done;
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
	uint32_t budget = MAPDB_BATCH;

	while (s->first_node && budget) {
		uint32_t i = s->first_node;

		if (!flush_below(root_of(node_at(i)), i, TAGMA_RWX, &budget))
			break;
		/* Its own turn is free of charge if it was the last one: no call without progress.
		 */
		node_remove(i);
		budget -= budget != 0;
	}
	arch_vtlb_sync();
	return !s->first_node;
}

/* --- accessed and dirty bits */

/* What node i and those above it have not been told of. */
static uint8_t node_collect(uint32_t i)
{
	struct node *n = node_at(i);
	uint32_t bits = n->fresh | arch_vtlb_test_clear(space_at(n->slot), n->vpn);

	n->fresh = 0;
	return (uint8_t)bits;
}

static uint32_t first_child(struct root r, uint32_t i)
{
	uint32_t c = *child_head(r, i, true);

	return c ? c : *child_head(r, i, false);
}

static uint32_t next_sibling(struct root r, uint32_t i)
{
	const struct node *n = node_at(i);
	bool w = n->rights & TAGMA_W;

	if (n->next != *child_head(r, n->parent, w))
		return n->next;
	return w ? *child_head(r, n->parent, false) : 0;
}

/* Bits of all below top, which every node on the way is told of. */
static uint8_t collect_below(struct root r, uint32_t top)
{
	uint8_t acc[MAPDB_MAX_DEPTH + 1]; /* by depth: of the subtree walked so far */
	uint32_t base = top ? node_at(top)->depth : 0, d = base, cur = top;

	acc[d] = 0;
	for (;;) {
		uint32_t next = first_child(r, cur);

		while (!next) {
			if (cur == top)
				return acc[base];
			node_at(cur)->seen |= acc[d];
			acc[d - 1] |= acc[d];
			d--;
			next = next_sibling(r, cur);
			cur = node_at(cur)->parent;
		}
		cur = next;
		acc[++d] = node_collect(cur);
	}
}

uint32_t mapdb_status(struct space *s, vpn_t vpn)
{
	struct mapping m = mapdb_lookup(s, vpn);
	struct root r = root_of_page(vpn, m.mfn);
	uint32_t bits;

	if (!m.rights || !r.frame)
		return 0;
	bits = collect_below(r, m.node);
	if (m.node) {
		bits |= node_collect(m.node);
		node_note(node_at(m.node)->parent, r, bits);
		bits |= node_at(m.node)->seen;
		node_at(m.node)->seen = 0;
	} else {
		bits |= arch_vtlb_test_clear(s, vpn) | mapdb_from_frame_bits(r.frame->flags);
		r.frame->flags &= (uint8_t) ~(FRAME_ACCESSED | FRAME_DIRTY);
	}
	arch_vtlb_sync(); /* or the TLB would not set them again */
	return bits;
}

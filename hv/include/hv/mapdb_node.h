/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the mapping database: shared by mapdb*.c and physmap.c, by nobody else.
 *
 *   frame or port ── child[] ──> node ── child[] ──> node ...
 *                                 └ siblings: circular, doubly linked
 *
 * The children of a node (a frame, a port) are two lists: child[1] of those with W,
 * child[0] of those without; in each, the ones with X come first. So the children
 * that have any given right can be taken from the lists' heads, one after the other,
 * without looking at those that do not have it: a flush of some rights that is
 * stopped and called again never visits what it has finished.
 */
#ifndef HV_MAPDB_NODE_H
#define HV_MAPDB_NODE_H

#include <hv/domain.h>
#include <hv/mapdb.h>
#include <hv/space.h>
#include <public/tagma.h>

struct node {
	uint32_t parent; /* 0: a frame or port; free: next free node */
	uint32_t child[2];
	uint32_t next, prev; /* siblings */
	uint32_t hash_next;
	uint32_t space_next, space_prev; /* nodes of the space; 0 ends */
	vpn_t vpn;
	mfn_t mfn;	/* memory: P(v), kept beside σ(v) */
	uint16_t slot;	/* of the space */
	uint8_t rights; /* 0: free */
	uint8_t depth;	/* 1 below a frame or port */
	uint8_t seen;	/* TAGMA_MAP_*D that the holder was not told of */
	uint8_t fresh;	/* TAGMA_MAP_*D that neither it nor those above were told of */
	uint8_t state;	/* NODE_* */
};

#define NODE_REF 1u    /* used since the clock's hand came by */
#define NODE_LOCKED 2u /* within its domain's quota; see mapdb_evict.c */

/* Where a tree hangs: the frame or port of a node, or of a physmap page or port of σ0. */
struct root {
	struct frame *frame; /* NULL: a port */
	uint32_t port;
};

extern struct node *mapdb_nodes; /* [0] is unused */
extern uint32_t mapdb_nr_nodes;
extern uint32_t *mapdb_port_child; /* per port: child[1]; ports have W, so no child[0] */
extern uint32_t mapdb_no_child;	   /* that child[0]: always 0 */

#define PORTS 65536u

static inline struct node *node_at(uint32_t i) { return &mapdb_nodes[i]; }

static inline struct root root_of_page(vpn_t vpn, mfn_t m)
{
	if (vpn & MAPDB_PORT)
		return (struct root){ NULL, vpn & (PORTS - 1) };
	return (struct root){ frame_of(m), 0 };
}

static inline struct root root_of(const struct node *n) { return root_of_page(n->vpn, n->mfn); }

/* Head of the children of node i, or of the root if i is 0, with or without W. */
static inline uint32_t *child_head(struct root r, uint32_t i, bool w)
{
	if (i)
		return &node_at(i)->child[w];
	if (r.frame)
		return &r.frame->child[w];
	return w ? &mapdb_port_child[r.port] : &mapdb_no_child;
}

/* Rights as hardware can tell them apart (mapdb.h). */
static inline uint32_t rights_norm(vpn_t vpn, uint32_t rights)
{
	if (vpn & MAPDB_PORT)
		return (rights & TAGMA_RW) == TAGMA_RW ? TAGMA_RW : 0;
	return rights & TAGMA_R ? rights & TAGMA_RWX : 0;
}

static inline uint8_t mapdb_to_frame_bits(uint32_t bits)
{
	return (uint8_t)((bits & TAGMA_MAP_ACCESSED ? FRAME_ACCESSED : 0) |
			 (bits & TAGMA_MAP_DIRTY ? FRAME_DIRTY : 0));
}

static inline uint32_t mapdb_from_frame_bits(uint8_t flags)
{
	return (flags & FRAME_ACCESSED ? TAGMA_MAP_ACCESSED : 0) |
	       (flags & FRAME_DIRTY ? TAGMA_MAP_DIRTY : 0);
}

/* Does s hold vpn itself, by its physmap or as σ0's holder? */
bool mapdb_is_first(const struct space *s, vpn_t vpn);
bool mapdb_port_lent(uint32_t port); /* granted away by σ0's holder */
void mapdb_set_port_lent(uint32_t port, bool lent);

uint32_t node_find(const struct space *s, vpn_t vpn); /* 0: none */
/* Takes rights from a node whose children no longer have them; removes it with the last. */
void node_reduce(uint32_t i, uint32_t rights);
void node_note(uint32_t i, struct root r, uint32_t bits); /* bits to be told to i and all above */
void node_remove(uint32_t i);				  /* it has no children */
/* A node for node_insert() is free, if need be another was replaced: not `keep` or one above
 * it. False: -ENOMEM. The one place where a full pool is noticed, before the operation
 * changes anything. */
bool node_reserve(uint32_t keep, const struct domain *d);
void node_insert(uint32_t parent, struct space *s, vpn_t vpn, mfn_t m, uint32_t rights);

/* Takes rights from all below node top, or below root r if top is 0. *budget counts
 * down per node changed; false when it reached 0 first. */
bool flush_below(struct root r, uint32_t top, uint32_t rights, uint32_t *budget);

/* physmap.c */
uint32_t physmap_next(const struct domain *d, uint32_t gpn, uint32_t end);
void physmap_remove(struct domain *d, uint32_t gpn); /* the TLB is not in step */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the mapping database: shared by mapdb*.c, physmap.c, and for their short paths
 * guest.c and vtlb.c; by nobody else.
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
	uint32_t hash_next;  /* 0 ends */
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
extern uint32_t *mapdb_hash;	   /* first of the chain; by the upper bits of a product */
extern uint64_t mapdb_hash_key;	   /* a random odd number */
extern uint32_t mapdb_hash_shift;
extern uint32_t mapdb_walk_at; /* where mapdb_status() goes on; 0: node_remove() took it away */

#define PORTS 65536u
extern uint8_t mapdb_lent[PORTS / 8];

static inline struct node *node_at(uint32_t i) { return &mapdb_nodes[i]; }

static inline struct root root_of_page(vpn_t vpn, mfn_t m)
{
	if (vpn & MAPDB_PORT)
		return (struct root){ NULL, vpn & (PORTS - 1) };
	return (struct root){ frame_at(m), 0 };
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

static inline uint32_t *hash_slot(uint32_t slot, vpn_t vpn)
{
	return &mapdb_hash[((uint64_t)slot << 32 | vpn) * mapdb_hash_key >> mapdb_hash_shift];
}

/* In the chain that starts with i. 0: none */
static inline uint32_t node_in(uint32_t i, uint32_t slot, vpn_t vpn)
{
	while (i && (node_at(i)->vpn != vpn || node_at(i)->slot != slot))
		i = node_at(i)->hash_next;
	return i;
}

static inline uint32_t node_find(const struct space *s, vpn_t vpn)
{
	return node_in(*hash_slot(space_slot(s), vpn), space_slot(s), vpn);
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

/* Bits to be told to node i (without one: to frame m, if there is one) and to all above. */
static inline void node_note(uint32_t i, mfn_t m, uint32_t bits)
{
	if (i)
		node_at(i)->fresh |= (uint8_t)bits;
	else if (mfn_ok(m))
		frame_at(m)->flags |= mapdb_to_frame_bits(bits);
}

/* Granted away by σ0's holder. */
static inline bool mapdb_port_lent(uint32_t port) { return mapdb_lent[port / 8] >> port % 8 & 1; }

#define PHYSMAP_BITS 10
#define PHYSMAP_SIZE (1u << PHYSMAP_BITS) /* entries of each of the two levels */

static inline uint32_t *physmap_leaf(const struct domain *d, uint32_t gpn)
{
	if (gpn >= PHYSMAP_SIZE * PHYSMAP_SIZE || !d->physmap || !d->physmap[gpn >> PHYSMAP_BITS])
		return NULL;
	return frame_ptr((mfn_t){ d->physmap[gpn >> PHYSMAP_BITS] });
}

static inline mfn_t physmap_get(const struct domain *d, uint32_t gpn)
{
	const uint32_t *leaf = physmap_leaf(d, gpn);

	return (mfn_t){ leaf ? leaf[gpn % PHYSMAP_SIZE] : 0 };
}

/* What s holds itself: by its physmap, or as σ0's holder. */
INLINE struct mapping mapping_first(const struct space *s, vpn_t vpn)
{
	struct mapping m = { MFN_NONE, 0, 0 };

	if (!(s->flags & SPACE_ROOT))
		return m;
	if (vpn & MAPDB_PORT) {
		m.rights = s->domain->control && !mapdb_port_lent(vpn & (PORTS - 1)) ? TAGMA_RW : 0;
		return m;
	}
	m.mfn = physmap_get(s->domain, vpn);
	m.rights = mfn_ok(m.mfn) ? TAGMA_RWX : 0;
	return m;
}

/* mapdb_lookup() and mapdb_touch() for the short paths. */
INLINE struct mapping mapping_of(const struct space *s, vpn_t vpn)
{
	struct mapping m = mapping_first(s, vpn);

	if (m.rights)
		return m;
	m.node = node_find(s, vpn);
	if (m.node) {
		m.mfn = node_at(m.node)->mfn;
		m.rights = node_at(m.node)->rights;
	}
	return m;
}

INLINE void mapping_touch(struct mapping m, uint32_t bits)
{
	if (m.node)
		node_at(m.node)->state |= NODE_REF;
	node_note(m.node, m.mfn, bits);
}

bool mapdb_is_first(const struct space *s, vpn_t vpn);
void mapdb_set_port_lent(uint32_t port, bool lent);

/* As mapdb_next, for nodes alone. Looks into four groups at most. */
vpn_t node_next(struct space *s, vpn_t vpn, vpn_t end);
/* Takes rights from a node whose children no longer have them; removes it with the last. */
void node_reduce(uint32_t i, uint32_t rights);
void node_remove(uint32_t i); /* it has no children */
/* Takes rights from all below node top, or below root r if top is 0. *budget counts
 * down per node changed; false when it reached 0 first. */
bool flush_below(struct root r, uint32_t top, uint32_t rights, uint32_t *budget);

/* physmap.c */
uint32_t physmap_next(const struct domain *d, uint32_t gpn, uint32_t end);
void physmap_remove(struct domain *d, uint32_t gpn); /* the TLB is not in step */

#endif

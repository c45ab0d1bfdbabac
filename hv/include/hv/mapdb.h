/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapping database: recursive address spaces (seed L4-1, appendix A).
 *
 * σ0 is the machine: frames, and I/O ports. A domain's *physmap* (gpn → frame) is
 * the first level and has no nodes: its entry is the frame's record. Every other
 * mapping is a node (space, vpn) → parent, in a tree that hangs from its frame or
 * port. Nodes come from one pool of fixed size, found through one hash table keyed
 * by (space slot, vpn), and each space lists its own.
 *
 * Page numbers: memory pages are vpn 0..0xfffff (0..2^36-1 later); port p is
 * MAPDB_PORT | p, so that ports are "very small pages" of the same space.
 *
 * Invariants: a node's rights are a subset of its parent's; a (space, vpn) has at
 * most one node and none where the root space has a physmap entry; the hardware
 * structures (arch_vtlb_*) hold nothing that the database does not.
 * Lock: the kernel lock. Lookup O(1); a flush is O(nodes removed), with a
 * preemption point every MAPDB_BATCH nodes.
 */
#ifndef HV_MAPDB_H
#define HV_MAPDB_H

#include <hv/frame.h>

#define MAPDB_PORT 0x80000000u
#define MAPDB_BATCH 64

/* What a space has at a page. */
struct mapping {
	mfn_t mfn;       /* memory only */
	uint32_t rights; /* TAGMA_R/W/X; 0: nothing there */
	uint32_t node;   /* 0: a physmap entry or σ0's port */
};

void mapdb_init(uint32_t nr_nodes);

struct mapping mapdb_lookup(const struct space *s, vpn_t vpn);

/* One page each. dst's old mapping there, with all derived from it, goes first.
 * -EINVAL nothing at src; -EEXIST dst is a physmap page, or derives from src's own ancestry;
 * -ENOMEM no node left. */
int mapdb_map(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights);
int mapdb_grant(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights);

/* Takes `rights` from all derived from (s, vpn), and from itself if `self`.
 * Returns true when done, false when MAPDB_BATCH was used up: call again. */
bool mapdb_flush(struct space *s, vpn_t vpn, uint32_t rights, bool self);

/* Accessed and dirty bits (TAGMA_MAP_*D) of (s, vpn) and all derived from it; cleared. */
uint32_t mapdb_status(struct space *s, vpn_t vpn);

/* Teardown, in steps like mapdb_flush. */
bool mapdb_flush_frame(mfn_t m);       /* everything that hangs from a frame */
bool mapdb_flush_space(struct space *s); /* every node of a space, with what derives from it */

uint32_t mapdb_count(void);
bool mapdb_check(void);

#endif

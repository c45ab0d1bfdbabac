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
 * Page numbers: memory pages are vpn 0..0xfffff; port p is
 * MAPDB_PORT | p, so that ports are "very small pages" of the same space.
 *
 * Invariants: a node's rights are a subset of its parent's; a (space, vpn) has at
 * most one node and none where the root space has a physmap entry; the hardware
 * structures (arch_vtlb_*) hold nothing that the database does not.
 * W or X without R mean nothing, and a port is RW or nothing: hardware cannot tell
 * them apart, so the database does not pretend to.
 * Lock: the kernel lock. Lookup O(1); a flush is O(nodes removed), with a
 * preemption point every MAPDB_BATCH nodes.
 */
#ifndef HV_MAPDB_H
#define HV_MAPDB_H

#include <hv/frame.h>

#define MAPDB_PORT 0x100000u
#ifndef MAPDB_BATCH /* tests choose smaller ones, to stop everywhere */
#define MAPDB_BATCH 64
#endif
#define MAPDB_MAX_DEPTH 250u   /* of a chain of maps; bounds every walk towards the root */
#define MAPDB_GROUP_WORDS 272u /* of a space's `groups`: a bit for 64 pages or ports */
#define MAPDB_NOTHING (-4098)  /* nothing is mapped at the source; not for guests */
#define MAPDB_RESTART (-4097)  /* MAPDB_BATCH was used up: call again. Is HC_RESTART */

/* What a space has at a page. */
struct mapping {
	mfn_t mfn;	 /* memory only */
	uint32_t rights; /* TAGMA_R/W/X; 0: nothing there */
	uint32_t node;	 /* 0: a physmap entry or σ0's port */
};

void mapdb_init(uint32_t nr_nodes);

/* As long as it is the same, what was found in a space is still there with the same rights,
 * and what was marked as used still is. 0 is before all time. */
extern uint64_t mapdb_epoch;

struct mapping mapdb_lookup(const struct space *s, vpn_t vpn);

/*
 * Of what follows, all that takes mappings away leaves it to the caller to bring the TLB
 * into step: arch_vtlb_sync() before any guest runs or any frame is freed.
 *
 * One page each: σ'(v') := (σ, v) and σ'(v') := σ(v), σ(v) := nil (seed L4 appendix A).
 * dst's old mapping there, with all derived from it, goes first; a grant also
 * takes the page from all who got it from the granter. `rights` is cut down to
 * what src has. The granter of a physmap page loses its physmap entry; the frame stays its
 * owner's for accounting.
 * *made is what dst has there afterwards (its node need not be set).
 * MAPDB_NOTHING is at src; -EINVAL no right left; -EEXIST dst is a physmap page, or src
 * itself or what src derives from (the model would destroy both); -ENOMEM no node
 * left; -EMLINK chain too deep: all these leave no trace. MAPDB_RESTART: part of
 * what must go first is gone.
 */
int mapdb_map(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights,
	      struct mapping *made);
int mapdb_grant(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights,
		struct mapping *made);

/* A page that the VTLB dropped or the hypervisor itself used: TAGMA_MAP_*D bits that
 * the hardware structures no longer hold. m must be fresh from mapdb_lookup. */
void mapdb_touch(struct mapping m, uint32_t bits);

/* First page in [vpn, end) that may be mapped (for after one that was not); all before it are not.
 * end if none. Bounded: may stop early at a page that turns out to be empty. */
vpn_t mapdb_next(struct space *s, vpn_t vpn, vpn_t end);

/* Takes `rights` from all derived from (s, vpn), and from itself if `self`.
 * A physmap entry itself stays (memory_op gives it back). 0; MAPDB_NOTHING is at (s, vpn);
 * MAPDB_RESTART when MAPDB_BATCH was used up: call again; every call makes progress. */
int mapdb_flush(struct space *s, vpn_t vpn, uint32_t rights, bool self);

/* Accessed and dirty bits (TAGMA_MAP_*D) of (s, vpn) and all derived from it since the
 * last status of (s, vpn). Each holder has bits of its own: reading them takes nothing
 * from the holders above and below. MAPDB_MORE: MAPDB_BATCH was used up, call again. */
#define MAPDB_MORE 0x80000000u
uint32_t mapdb_status(struct space *s, vpn_t vpn);

/* Teardown, in steps like mapdb_flush; the TLB is in step afterwards. */
bool mapdb_flush_frame(mfn_t m);	 /* everything that hangs from a frame */
bool mapdb_flush_space(struct space *s); /* every node of a space, with what derives from it */

uint32_t mapdb_count(void);
uint32_t mapdb_size(void); /* of the pool */
bool mapdb_check(void);

#endif

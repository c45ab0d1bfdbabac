/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine frames: one record each, allocation by colour, owners, counts.
 *
 * colour = mfn mod nr_colours, nr_colours = L2 size / ways / page size, rounded
 * down to a power of two, 1..64. Free frames hang on one list per colour.
 * Invariant: every RAM frame is free, or owned by one owner; counts add up.
 * alloc and free are O(1) (O(colours) when the preferred colours are empty).
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <asm/mm.h>
#include <hv/types.h>

#define FRAME_OWNER_NONE 0xffffu /* not RAM, or reserved by firmware */
#define FRAME_OWNER_FREE 0xfffeu
#define FRAME_OWNER_HV 0xfffdu /* else: the domain's domid */

#define GPN_NONE 0xffffffffu

#define FRAME_ACCESSED 1u /* gathered from mappings that went away */
#define FRAME_DIRTY 2u
#define FRAME_MESSAGE 4u /* has message mappings (signal.h) */

struct frame {
	/* mapdb: nodes below σ0's entry, as in struct node. Free: next, previous mfn. */
	uint32_t child[2];
	uint32_t gpn; /* page of the owner's root space that this frame backs; GPN_NONE */
	uint16_t owner;
	uint8_t flags;
	uint8_t pad;
	/* Counting lock (RV-6): hypervisor pointers into the frame; 0 means movable. */
	uint32_t pins;
};

extern struct frame *frame_table; /* by mfn */

struct boot_info;

void frame_init(const struct boot_info *b); /* after the direct map covers all RAM */
/* Zeroed; only of these colours, 0: any. MFN_NONE if there is none. */
mfn_t frame_alloc(uint16_t owner, uint64_t colours);
/* nr contiguous zeroed frames for boot-time tables; panics if there are none. */
void *frame_alloc_hv(uint32_t nr);
void frame_free(mfn_t m);	 /* nothing maps or pins it any more, and the TLB is in step */
struct frame *frame_of(mfn_t m); /* NULL for a frame that is not RAM */
mfn_t frame_mfn(const void *p);
/* A frame set aside at boot (the boot image's) gets an owner; false if it is none. */
bool frame_adopt(mfn_t m, uint16_t owner);
uint32_t frame_colour(mfn_t m);
uint32_t frame_nr_colours(void);
/* Bits of the colours that the machine has. */
static inline uint64_t frame_all_colours(void) { return ~0ull >> (64 - frame_nr_colours()); }
uint32_t frame_count(uint16_t owner); /* O(frames) */
uint32_t frame_count_free(void);
uint32_t frame_total(void); /* RAM frames, free or owned */
uint32_t frame_limit(void); /* one past the highest mfn: for walks over all frames */
bool frame_check(void);	    /* the invariant; logs and returns false if broken */

/* Of a frame that is known to be RAM. */
static inline struct frame *frame_at(mfn_t m) { return &frame_table[m.n]; }

/* Through the direct map. */
static inline void *frame_ptr(mfn_t m) { return arch_phys_ptr((paddr_t)m.n << PAGE_SHIFT); }

#endif

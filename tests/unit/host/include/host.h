/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host as a third architecture: memory is an array, the VTLB a small table that
 * behaves like a TLB (direct mapped, so that entries collide and get replaced) and
 * that can be compared with the mapping database at any time.
 */
#ifndef HOST_H
#define HOST_H

#include <hv/arch.h>
#include <hv/mapdb.h>
#include <hv/space.h>
#include <hv/vtlb.h>

#define HOST_RAM_FIRST 16u /* frames below are not RAM */
#define HOST_VTLB_SETS 32u /* entries per space */

/* A machine with RAM from HOST_RAM_FIRST up to `frames`, with a hole. */
void host_boot_info(struct boot_info *b, uint32_t frames);
/* All memory, counters and the VTLB as at power-on. Options are forgotten. */
void host_reset(void);
void host_set_option(const char *name, uint64_t value); /* what boot_option_u64 answers */
uint64_t host_option(const char *name, uint64_t def);
extern bool host_preempt; /* what preempt_point() answers where hv/preempt.c is not linked */
extern uint32_t host_preempt_points;
void host_set_time(uint64_t ns);

/* Frames, space pool and database, all empty; domains as hv/domain.c makes them, as far as
 * memory goes (link host/world.c: only with UNIT_CORE). */
void world_init(uint32_t frames, uint32_t nr_nodes);
struct domain *world_domain(uint16_t domid, uint32_t max_pages); /* with a root space; 0 controls */

/* One page, with the TLB in step afterwards. */
static inline int host_map(struct space *src, vpn_t sv, struct space *dst, vpn_t dv,
			   uint32_t rights)
{
	struct mapping made;
	int r = mapdb_map(src, sv, dst, dv, rights, &made);

	arch_vtlb_sync();
	return r;
}

static inline int host_grant(struct space *src, vpn_t sv, struct space *dst, vpn_t dv,
			     uint32_t rights)
{
	struct mapping made;
	int r = mapdb_grant(src, sv, dst, dv, rights, &made);

	arch_vtlb_sync();
	return r;
}

static inline bool host_flush(struct space *s, vpn_t vpn, uint32_t rights, bool self)
{
	int r = mapdb_flush(s, vpn, rights, self);

	arch_vtlb_sync();
	return r != MAPDB_RESTART;
}

static inline uint32_t host_status(struct space *s, vpn_t vpn)
{
	uint32_t bits;

	while ((bits = mapdb_status(s, vpn)) == MAPDB_MORE)
		;
	return bits;
}

/* A user access as the hardware does it: hit, or miss and retry; sets A and D. */
enum vtlb_result host_access(struct space *s, vpn_t vpn, uint32_t want);
/* Drops an entry as a full VTLB does, giving its A and D bits back to the database. */
void host_evict(struct space *s, vpn_t vpn);
/* Every entry is allowed by the database and points to its frame, and nothing stale
 * is left in the TLB. Says what is wrong. */
bool host_vtlb_check(void);
uint32_t host_vtlb_count(void);
bool host_io_allowed(const struct space *s, uint32_t port); /* the I/O bitmap's bit */

#endif

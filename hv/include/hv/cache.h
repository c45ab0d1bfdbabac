/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object cache (CK-1 to CK-3): who makes room when all descriptors of a type are in
 * use. docs/object-cache.md has the policy and its reasons. Lock: the kernel lock.
 */
#ifndef HV_CACHE_H
#define HV_CACHE_H

#include <hv/domain.h>
#include <hv/object.h>

/* What a domain may have of a pool before it is asked to give first. */
static inline uint32_t cache_share(uint32_t nr)
{
	uint32_t domains = domain_count();

	return domains > 1 ? MAX(nr / domains, 1u) : nr;
}

/*
 * Does `owner` give one of the `has` descriptors it holds to a loader that holds
 * `loader_has`? Asked in order, class by class:
 * 0: a loader at its share replaces its own; below it, those above theirs give.
 * 1: those above their share give (the loader's own are all locked).
 * 2: anyone, to a loader below its share (all that is above a share is locked).
 */
#define CACHE_CLASSES 3u
static inline bool cache_pays(bool own, uint32_t has, uint32_t loader_has, uint32_t share,
			      uint32_t class)
{
	bool above = loader_has >= share;

	if (class == 0 && above)
		return own;
	return class == 2 ? !above : has > share;
}

/*
 * There is a free descriptor for one object of d (of a new domain: NULL), or
 * HC_RESTART:    the replaced space is not gone yet, call again;
 * -XEN_EAGAIN:   d's ring has no place for it: it must take records out;
 * -XEN_ENOMEM:   d has more than its share and no channel to get its own back by;
 * -XEN_ENOSPC:   d has more than its share and all of it locked.
 */
int cache_reserve_space(const struct domain *d);
int cache_reserve_thread(const struct domain *d);
int cache_reserve_domain(void); /* for domain 0, to whom all of them are written back */
int cache_lock_domain(struct domain *d, bool lock); /* -ENOSPC */

/* --- locks: an object of d is never replaced while what it depends on is locked, too */
static inline bool cache_lock(struct domain *d, struct object *o, enum lock_type type)
{
	if (o->flags & OBJ_LOCKED)
		return true;
	if (d->locked[type] >= d->lock_quota[type])
		return false;
	d->locked[type]++;
	o->flags |= OBJ_LOCKED;
	return true;
}

/* o goes away. */
static inline void cache_unlock(struct domain *d, struct object *o, enum lock_type type)
{
	if (o->flags & OBJ_LOCKED)
		d->locked[type]--;
	o->flags &= ~OBJ_LOCKED;
}

int cache_set_quota(struct domain *d, const uint32_t quota[LOCK_TYPES]); /* -ENOSPC, -EBUSY */
bool cache_check(void);

/* --- writeback.c */
long channel_open(struct domain *d, const struct tagma_channel *c);
bool channel_ok(const struct tagma_channel *c);
bool channel_room(const struct domain *d, uint32_t places); /* true if there is no channel */
bool channel_check(const struct domain *d);
void writeback_thread(struct thread *t); /* a record, and t is unloaded */
bool writeback_space(struct space *s);	 /* the same, in steps: false means call again */
void writeback_domain(const struct tagma_saved_domain *s); /* the record alone, to domain 0 */

/* --- mapdb_evict.c: a node becomes free for one of d's; not node `keep` or one above it */
bool mapdb_evict(uint32_t keep, const struct domain *d);

#endif

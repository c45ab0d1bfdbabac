/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Versioned ids and fixed pools for spaces and threads (seed L4-7, CK-1).
 *
 * A pool is an array fixed at boot. A slot is free or live; its version grows
 * with each load, so an id names one load of one slot. Free slots are reused in
 * FIFO order. Lock: the kernel lock (docs/locking.md). All calls are O(1).
 */
#ifndef HV_OBJECT_H
#define HV_OBJECT_H

#include <hv/list.h>
#include <public/tagma.h>

#define OBJ_LIVE 1u
#define OBJ_LOCKED 2u	  /* never written back (CK-3) */
#define OBJ_REF 4u	  /* touched since the clock hand came by; for replacement */
#define OBJ_DYING 8u	  /* being torn down in steps; lookups no longer find it */
#define OBJ_WRITEBACK 16u /* with OBJ_DYING: to make room, its owner gets a record */

struct object {
	uint32_t id; /* 0 while free */
	uint32_t flags;
	uint32_t version; /* of the last load; survives while free */
	struct list link; /* free list, or the pool's clock list while live */
};

struct pool {
	char *base;
	size_t stride; /* bytes from one object to the next; mem points at the first struct object,
			  which may lie inside its host */
	uint32_t type; /* TAGMA_TYPE_* */
	uint32_t nr, nr_free;
	uint32_t mask; /* slots up to here are found without a look at nr: 2^n - 1 */
	struct list free, live;
};

void pool_init(struct pool *p, uint32_t type, void *mem, size_t stride, uint32_t nr);
void *pool_load(struct pool *p);	     /* NULL when all are live */
void pool_unload(struct pool *p, void *obj); /* its id is stale from here on */

static inline struct object *pool_at(const struct pool *p, uint32_t slot)
{
	return (struct object *)(void *)(p->base + (size_t)slot * p->stride);
}

/* NULL: stale, wrong type, out of range, dying. A live object's id is not 0. */
static inline void *pool_lookup(const struct pool *p, uint32_t id)
{
	uint32_t slot = TAGMA_ID_SLOT(id);
	struct object *o = pool_at(p, slot);

	if (slot >= p->nr || id == TAGMA_NIL || o->id != id || (o->flags & OBJ_DYING))
		return NULL;
	o->flags |= OBJ_REF;
	return o;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's object cache, seen by a guest kernel: it may take back any space or
 * thread that is not locked, and says so by a record. Load through these calls, keep what
 * a record says, and load the object again when it is next needed (seed CK-1, CK-2).
 *
 * An id is stale (-ESRCH) from the moment that its object is gone; a thread's record can
 * then be taken with cache_drain(), a space's may come a little later.
 */
#ifndef TAGMA_CACHE_H
#define TAGMA_CACHE_H

#include <stdbool.h>
#include <tagma/thread.h>

/* The record is good until the handler returns. It must not load anything. */
typedef void cache_fn(const struct tagma_record *r);

/* A channel with a place for every descriptor that the machine has; call it before the first
 * load. Events then drain it. 0 or -errno. */
int cache_init(cache_fn *written_back);
int cache_init_places(cache_fn *written_back, uint32_t places); /* with so many instead */

/* Calls the handler for all records that are there; how many. */
unsigned int cache_drain(void);

/* Something of ours that was written back is wanted (a signal for a thread; for srm, an event
 * for a domain): load it again. False: no more. Look after each event of the channel. */
bool cache_wanted(struct tagma_wanted *w);

/* As space_load() and TAGMA_THREAD_load or _reload, but -EAGAIN is dealt with. All records
 * of what they replaced have been handled on return, so that a slot's old owner
 * is known before its new one. whole: with t->ext. */
int cache_space_load(uint32_t *id, uint32_t cookie, uint32_t flags);
int cache_thread_load(struct tagma_saved_thread *t, bool whole);

#endif

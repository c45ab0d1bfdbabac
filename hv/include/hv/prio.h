/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Propagation of priorities (docs/ipc.md). A thread that waits for another (queued at it
 * with a message, for the answer to a call, for the reply of its pager or handler, or for
 * its partner's pager in an open transfer) lends it its priority, and it in turn the one
 * that it waits for, so that no priority in between can hold up the first.
 *
 * t->prio is base_prio or the highest priority lent, but never above the top priority of
 * the thread's domain. t->boosts names whom t lends to: only set if t->prio is above the
 * other's base_prio, so that threads of equal priority pay nothing.
 */
#ifndef HV_PRIO_H
#define HV_PRIO_H

#include <hv/thread.h>

void prio_wait(struct thread *t);   /* t has begun to wait for ipc.partner */
void prio_unwait(struct thread *t); /* it no longer waits; needed if t->boosts is set */
void prio_set_base(struct thread *t, uint8_t prio);
void prio_refresh(struct thread *t); /* its domain is over its share now, or no longer */
bool prio_check(void);		     /* the invariants above; logs and returns false */

#endif

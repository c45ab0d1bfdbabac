/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/ipc.h>
#include <hv/prio.h>

/* Chains are as long as guests make them; beyond this nobody counts on it. */
#define PRIO_CHAIN 16u

/* Whom t waits for; NULL if for nobody in particular. */
static struct thread *prio_target(const struct thread *t)
{
	struct thread *r;

	if (t->state == THREAD_SENDING || t->state == THREAD_RECEIVING)
		return thread_lookup(t->ipc.partner); /* finds neither TAGMA_ANY nor hardware */
	if (t->state != THREAD_XFER)
		return NULL;
	r = thread_lookup(t->ipc.peer);
	return r != NULL && r->ipc.kind == IPC_XFER_FAULT ? r : NULL;
}

static void prio_return(struct thread *t)
{
	struct thread *r = thread_lookup(t->boosts);

	t->boosts = TAGMA_NIL;
	if (r != NULL)
		r->nr_boosters--;
}

/* Lends t's priority, as it is now, to whom t waits for, and tells who that is. */
static struct thread *prio_lend(struct thread *t)
{
	struct thread *r = prio_target(t);

	if (t->boosts != TAGMA_NIL)
		prio_return(t);
	if (r == NULL || r == t)
		return NULL;
	if (t->prio > r->base_prio) {
		t->boosts = r->obj.id;
		r->nr_boosters++;
	}
	return r;
}

/* Its own: none, if its domain is over its share. What is lent to it counts all the same. */
static uint8_t prio_own(const struct thread *t) { return t->domain->over_share ? 0 : t->base_prio; }

static uint8_t prio_effective(const struct thread *t)
{
	uint32_t left = t->nr_boosters, prio = prio_own(t);

	list_for_each (l, &thread_pool.live) {
		const struct thread *b = thread_of_object(list_entry(l, struct object, link));

		if (left == 0)
			break;
		if (b->boosts != t->obj.id)
			continue;
		prio = MAX(prio, b->prio);
		left--;
	}
	return (uint8_t)MAX(MIN(prio, t->domain->top_prio), prio_own(t));
}

static void prio_apply(struct thread *t, uint8_t prio)
{
	bool queued = !list_empty(&t->run_link);

	if (queued)
		sched_dequeue(t);
	t->prio = prio;
	if (queued)
		sched_enqueue(t);
	ipc_requeue(t);
	/* It may have sunk below a thread that waits. */
	t->cpu->resched = true;
}

/* What t is lent has changed: so may what it lends. A circle of threads that wait for
 * each other ends where nothing changes any more. */
static void prio_settle(struct thread *t)
{
	for (uint32_t i = 0; t != NULL && i < PRIO_CHAIN; i++) {
		uint8_t prio = prio_effective(t);

		if (prio == t->prio)
			return;
		prio_apply(t, prio);
		t = prio_lend(t);
	}
}

void prio_wait(struct thread *t)
{
	struct thread *r = prio_lend(t);

	if (t->boosts != TAGMA_NIL && t->prio > r->prio)
		prio_settle(r);
}

void prio_unwait(struct thread *t)
{
	struct thread *r = thread_lookup(t->boosts);

	prio_return(t);
	if (r != NULL && r->prio != r->base_prio)
		prio_settle(r);
}

/* Who lends to t may have come into question, or out of it. */
void prio_set_base(struct thread *t, uint8_t prio)
{
	t->base_prio = prio;
	list_for_each (l, &thread_pool.live) {
		struct thread *b = thread_of_object(list_entry(l, struct object, link));

		if (b != t && prio_target(b) == t)
			prio_lend(b);
	}
	prio_refresh(t);
}

void prio_refresh(struct thread *t)
{
	prio_apply(t, prio_effective(t));
	prio_settle(prio_lend(t));
}

static bool complain(const struct thread *t, const char *what)
{
	kprintf("prio: thread %x (base %u, now %u, state %d): %s\n", t->obj.id, t->base_prio,
		t->prio, (int)t->state, what);
	return false;
}

static uint32_t boosters(const struct thread *t)
{
	uint32_t n = 0;

	list_for_each (l, &thread_pool.live)
		n += thread_of_object(list_entry(l, struct object, link))->boosts == t->obj.id;
	return n;
}

/* Chains beyond PRIO_CHAIN may be out of date: no thread is below its base, though. */
bool prio_check(void)
{
	list_for_each (l, &thread_pool.live) {
		const struct thread *t = thread_of_object(list_entry(l, struct object, link));
		const struct thread *r = prio_target(t);

		if (t->prio < prio_own(t) || (t->nr_boosters == 0 && t->prio != prio_own(t)))
			return complain(t, "not what it is lent");
		if (boosters(t) != t->nr_boosters)
			return complain(t, "its boosters are miscounted");
		if ((r != NULL && r != t && t->prio > r->base_prio ? r->obj.id : TAGMA_NIL) !=
		    t->boosts)
			return complain(t, "lends to the wrong thread");
	}
	return true;
}

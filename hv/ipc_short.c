/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall, and what of it is short: a message in registers to who waits for just that,
 * and the answer to a fault by one page. What these can't do is left to ipc_general() before
 * anything has changed; it does the same for all cases. The faults themselves: ipc_fault.c.
 */
#include <hv/arch.h>
#include <hv/clan.h>
#include <hv/ipc_impl.h>
#include <hv/mapdb.h>
#include <hv/prio.h>

/* s waits from anyone, and there is nothing for it yet. */
static inline bool ipc_idle(const struct thread *s)
{
	return list_empty(&s->ipc.senders) && s->nr_irqs_pending == 0 &&
	       (s->vcpu == NULL || !evtchn_pending(s->vcpu));
}

/*
 * Call, or reply-and-wait with nothing waiting, of up to three words in registers to a
 * thread that waits for just that. Whatever else there may be is left to the general
 * path, which does the same. No timer is set on either side: those need LONG.
 */
static inline bool ipc_short(struct thread *s, uint32_t tag, uint32_t dest, uint32_t from,
			     const uint32_t w[3])
{
	struct thread *r;

	if (tag & ~(0xffu | IPC_SHORT))
		return false;
	r = ipc_find(dest);
	if (r == NULL || !ipc_waits(r) || (r->ipc.tag & TAGMA_T_LONG) || clan_border(s, r) ||
	    (r->ipc.partner != TAGMA_ANY && r->ipc.partner != s->obj.id))
		return false;
	if (from != dest && (from != TAGMA_ANY || !ipc_idle(s)))
		return false;

	COUNT(ipc);
	arch_ipc_put(r, tag & IPC_PASSED, s->obj.id, w);
	s->state = THREAD_RECEIVING;
	s->ipc.alias = TAGMA_NIL;
	s->ipc.partner = from;
	s->ipc.tag = tag;
	if (from == dest) {
		r->state = THREAD_READY; /* what s lends to it is not lent on */
		prio_wait(s);
	}
	ipc_switch(r);
	return true;
}

static __attribute__((noinline)) void ipc_any(struct thread *t)
{
	uint32_t tag, dest, from, w[3];

	arch_ipc_get(t, &tag, &dest, &from, w);
	TRACE(ipc, tag, dest);
	if (!ipc_short(t, tag, dest, from, w))
		ipc_general(t, tag, dest, from, w);
}

/*
 * Reply-and-wait with nothing waiting that answers a fault with one page, in registers. If
 * it is the page that was missing it is entered now: the access does not fault again. As
 * ipc_short(), it leaves all else to the general path before anything has changed.
 */
static __attribute__((noinline)) void ipc_answer(struct thread *s)
{
	uint32_t tag, dest, from, w[3];
	struct mapping made;
	struct thread *r;

	arch_ipc_get(s, &tag, &dest, &from, w);
	r = ipc_find(dest);
	if (r == NULL || !ipc_waits(r) || r->ipc.partner != s->obj.id || r->ipc.kind != IPC_FAULT ||
	    from != TAGMA_ANY || !ipc_idle(s) || (w[1] & PAGE_MASK) != 0 ||
	    (w[0] & ~(0xfffff000u | TAGMA_RWX)) != TAGMA_FPAGE(0, PAGE_SHIFT, 0) ||
	    mapdb_map(s->space, w[0] >> PAGE_SHIFT, r->space, w[1] >> PAGE_SHIFT,
		      TAGMA_FP_RIGHTS(w[0]), &made) != 0) {
		ipc_any(s);
		return;
	}
	arch_ipc_get(s, &tag, &dest, &from, w); /* not kept: they are still there */
	if (((w[1] ^ r->fault_addr) & ~(uint64_t)PAGE_MASK) == 0)
		arch_vtlb_enter(r->space, w[1] >> PAGE_SHIFT, made.mfn, made.rights);
	else
		arch_vtlb_sync();
	r->ipc.kind = IPC_USER;
	s->state = THREAD_RECEIVING;
	s->ipc.alias = TAGMA_NIL;
	s->ipc.partner = TAGMA_ANY;
	s->ipc.tag = tag;
	COUNT(ipc);
	ipc_switch(r);
}

void hc_ipc(struct thread *t)
{
	uint32_t tag = arch_ipc_tag(t);

	if ((tag & ~(0xffu | TAGMA_T_WORDS(3) | TAGMA_T_SND_ZERO)) == TAGMA_T_ITEMS(1))
		ipc_answer(t);
	else
		ipc_any(t);
}

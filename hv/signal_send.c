/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signals: from an address that a thread can write to the queues of those who listen
 * there. How they come out of the queue is ipc_deliver_event()'s matter, as of event
 * channels; a vCPU that takes upcalls hears of it by TAGMA_VIRQ_SIGNAL.
 */
#include <asm/mm.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/space.h>

/* --- the queue */

/* An address that waits already is not put in again: the message behind it is in memory,
 * and its reader finds the latest state, as with the pending bit of an event channel. */
static void queue_put(struct thread *t, uint32_t addr)
{
	struct signal_queue *q = &t->signal;

	for (uint32_t i = 0; i < q->nr; i++)
		if (q->addr[(q->head + i) % SIGNAL_QUEUE] == addr)
			return;
	if (q->nr == SIGNAL_QUEUE) {
		/* The receiver is told how many; the sender is not, who could not help it. */
		q->lost++;
		COUNT(signal_lost);
		return;
	}
	q->addr[(q->head + q->nr) % SIGNAL_QUEUE] = addr;
	if (q->nr++ == 0)
		t->nr_irqs_pending++;
}

bool signal_first(const struct thread *t, uint32_t w[3])
{
	const struct signal_queue *q = &t->signal;

	if (q->nr == 0)
		return false;
	w[0] = q->addr[q->head];
	w[1] = q->lost;
	w[2] = q->nr - 1;
	return true;
}

void signal_take(struct thread *t)
{
	struct signal_queue *q = &t->signal;

	q->head = (q->head + 1) % SIGNAL_QUEUE;
	q->lost = 0;
	if (--q->nr == 0)
		t->nr_irqs_pending--;
}

/* At once if it waits for one; else when it does, or by upcall. */
void signal_post(struct thread *t, uint32_t addr)
{
	queue_put(t, addr);
	if (t->state == THREAD_RECEIVING && ipc_deliver_event(t))
		return;
	COUNT(signal_queued);
	if (t->vcpu != NULL)
		evtchn_raise_virq(t->domain, TAGMA_VIRQ_SIGNAL);
}

/* --- the reverse TLB */

static struct rtlb_entry *rtlb_set(mfn_t m)
{
	return this_cpu()->rtlb.way[(m.n * 0x9e3779b1u >> 16) % RTLB_SETS];
}

static struct rtlb_entry *rtlb_find(mfn_t m, uint32_t space, vpn_t vpn)
{
	struct rtlb_entry *e = rtlb_set(m);

	for (unsigned i = 0; i < 2; i++)
		if (mfn_eq(e[i].mfn, m) && e[i].space == space && e[i].vpn == vpn)
			return &e[i];
	return NULL;
}

static void rtlb_enter(struct rtlb_entry n)
{
	struct rtlb_entry *e = rtlb_set(n.mfn);

	e[1] = e[0];
	e[0] = n;
}

void rtlb_forget(mfn_t m)
{
	struct rtlb_entry *e = rtlb_set(m);

	for (unsigned i = 0; i < 2; i++)
		if (mfn_eq(e[i].mfn, m))
			e[i].mfn = MFN_NONE;
}

/* --- sending */

struct delivery {
	struct rtlb_entry last;
	uint32_t offset;
};

static uint32_t page_addr(vpn_t vpn, uint32_t offset) { return vpn << PAGE_SHIFT | offset; }

static void deliver_one(void *arg, uint32_t thread, vpn_t to)
{
	struct delivery *d = arg;
	struct thread *t = thread_lookup(thread);

	d->last.thread = thread;
	d->last.to = to;
	if (t != NULL)
		signal_post(t, page_addr(to, d->offset));
}

int signal_send(struct thread *s, gva_t va)
{
	vpn_t vpn = (vpn_t)(va.a >> PAGE_SHIFT);
	struct delivery d = { .offset = (uint32_t)(va.a & PAGE_MASK) };
	struct rtlb_entry *e;
	struct mapping m;
	uint32_t n;

	if (va.a >> PAGE_SHIFT >> ARCH_VPN_BITS)
		return -XEN_EFAULT;
	m = mapdb_lookup(s->space, vpn);
	if (!(m.rights & TAGMA_W))
		return -XEN_EFAULT;
	COUNT(signal);
	e = rtlb_find(m.mfn, s->space->obj.id, vpn);
	if (e != NULL) {
		COUNT(rtlb_hit);
		deliver_one(&d, e->thread, e->to);
		return 0;
	}
	COUNT(rtlb_miss);
	d.last = (struct rtlb_entry){ .mfn = m.mfn, .space = s->space->obj.id, .vpn = vpn };
	n = signal_for_others(m.mfn, s->space, vpn, d.offset, deliver_one, &d);
	if (n == 1 && d.last.thread != TAGMA_NIL)
		rtlb_enter(d.last);
	return n != 0 ? 0 : -XEN_ESRCH;
}

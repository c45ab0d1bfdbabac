/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transfer of a message between two threads: words, then items, then the string, then
 * the switch. Each step is bounded and leaves its progress in the sender, so that a
 * page fault or a preemption can stop the transfer between any two of them.
 */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/guest.h>
#include <hv/ipc_impl.h>
#include <hv/mapdb.h>
#include <hv/mapitem.h>
#include <hv/preempt.h>
#include <hv/prio.h>
#include <hv/space.h>
#include <string.h>

enum xfer_step { XFER_NEXT, XFER_MORE, XFER_FAULT, XFER_ERROR };

/* Why a step could not be done. */
struct xfer_stop {
	struct thread *who; /* whose page is missing */
	gva_t bad;
	uint32_t want;
	int err;
};

static enum xfer_step xfer_missing(struct xfer_stop *st, struct thread *who, gva_t bad,
				   uint32_t want)
{
	st->who = who;
	st->bad = bad;
	st->want = want;
	return XFER_FAULT;
}

int ipc_read(struct thread *t, void *to, size_t at, size_t len, gva_t *bad)
{
	if (t->ipc.epoch != mapdb_epoch)
		return copy_from_guest(t->space, to, GVA(t->ipc.msg.a + at), len, bad);
	memcpy(to, t->ipc.buf + at, len);
	return 0;
}

int ipc_write(struct thread *t, size_t at, const void *from, size_t len, gva_t *bad)
{
	if (t->ipc.epoch != mapdb_epoch)
		return copy_to_guest(t->space, GVA(t->ipc.msg.a + at), from, len, bad);
	memcpy(t->ipc.buf + at, from, len);
	return 0;
}

int ipc_read_item(struct thread *s, struct tagma_item *item, uint32_t i, gva_t *bad)
{
	if (s->ipc.tag & TAGMA_T_LONG)
		return ipc_read(s, item, offsetof(struct tagma_msg, item[i]), sizeof(*item), bad);
	*item = (struct tagma_item){ s->ipc.w[0], s->ipc.w[1] };
	return 0;
}

static enum xfer_step xfer_words(struct thread *s, struct thread *r, struct xfer_stop *st)
{
	uint32_t n = TAGMA_T_NWORDS(s->ipc.tag);
	struct ipc_words out;
	gva_t bad = GVA(0);

	for (unsigned i = 0; i < 3; i++)
		out.w[i] = r->ipc.w[i] = s->ipc.w[i];
	if (n > 3 && ipc_read(s, &out.w[3], offsetof(struct tagma_msg, w[3]),
			      (n - 3) * sizeof(uint32_t), &bad) != 0)
		return xfer_missing(st, s, bad, TAGMA_R);
	if (!(r->ipc.tag & TAGMA_T_LONG))
		return XFER_NEXT;
	out.strlen = s->ipc.tag & TAGMA_T_STRING ? s->ipc.snd_len : 0;
	out.via = s->ipc.intended;
	if (ipc_write(r, offsetof(struct tagma_msg, strlen), &out,
		      offsetof(struct ipc_words, w) + n * sizeof(uint32_t), &bad) != 0)
		return xfer_missing(st, r, bad, TAGMA_W);
	return XFER_NEXT;
}

static enum xfer_step xfer_item(struct thread *s, struct thread *r, struct xfer_stop *st)
{
	struct tagma_item item;
	gva_t bad = GVA(0);

	if (s->ipc.done >= TAGMA_T_NITEMS(s->ipc.tag))
		return XFER_NEXT;
	if (ipc_read_item(s, &item, s->ipc.done, &bad) != 0)
		return xfer_missing(st, s, bad, TAGMA_R);
	st->err = map_item(s->space, r->space, item, r->ipc.window, s->ipc.tag & TAGMA_T_GRANTED);
	if (st->err != 0)
		return XFER_ERROR;
	s->ipc.done++;
	return XFER_MORE;
}

static enum xfer_step xfer_string(struct thread *s, struct thread *r, struct xfer_stop *st)
{
	gva_t from = GVA((uint64_t)s->ipc.snd_str + s->ipc.done);
	gva_t to = GVA((uint64_t)r->ipc.rcv_str + s->ipc.done);
	bool fault_dst;
	size_t n;

	if (!(s->ipc.tag & TAGMA_T_STRING) || s->ipc.done == s->ipc.snd_len)
		return XFER_NEXT;
	n = copy_guest_to_guest(r->space, to, s->space, from, s->ipc.snd_len - s->ipc.done,
				&fault_dst);
	if (n == 0)
		return fault_dst ? xfer_missing(st, r, to, TAGMA_W)
				 : xfer_missing(st, s, from, TAGMA_R);
	s->ipc.done += (uint32_t)n;
	return s->ipc.done == s->ipc.snd_len ? XFER_NEXT : XFER_MORE;
}

static void xfer_close(struct thread *t)
{
	t->ipc.peer = TAGMA_NIL;
	t->ipc.kind = IPC_USER;
}

static enum ipc_result xfer_deliver(struct thread *s, struct thread *r)
{
	uint32_t tag = (s->ipc.tag & IPC_PASSED) | (r->ipc.tag & TAGMA_T_LONG);

	COUNT(ipc);
	xfer_close(s);
	xfer_close(r);
	if ((s->ipc.alias | s->ipc.intended) != TAGMA_NIL)
		tag |= TAGMA_T_REDIRECTED;
	arch_ipc_put(r, tag, ipc_name(s), r->ipc.w);
	ipc_wake(r);
	return IPC_SENT;
}

enum ipc_result ipc_break(struct thread *a, struct thread *b, int err)
{
	xfer_close(a);
	xfer_close(b);
	ipc_fail(a, err);
	ipc_fail(b, err);
	return IPC_BROKEN;
}

/* The partners may differ in their patience; the shorter one counts. */
static uint32_t xfer_patience(const struct thread *a, const struct thread *b)
{
	return MIN(a->ipc.xfer_us, b->ipc.xfer_us);
}

/* The pager of the thread whose page is missing gets a fault message; its partner
 * waits. If the partner is that pager, nobody could ever answer. */
static enum ipc_result xfer_fault(struct thread *s, struct thread *r, const struct xfer_stop *st)
{
	struct thread *f = st->who, *o = f == s ? r : s;
	struct thread *pager = thread_lookup(f->pager);
	uint32_t us = xfer_patience(s, r);

	if (pager == NULL || pager == f || pager == o || us == 0)
		return ipc_break(s, r, -XEN_EFAULT);
	f->ipc.kind = IPC_XFER_FAULT;
	f->fault_addr = st->bad.a;
	f->fault_want = st->want;
	if (guest_ptr(f->space, st->bad, TAGMA_R) != NULL)
		f->fault_want |= TAGMA_FAULT_PRESENT;
	if (us != TAGMA_NEVER)
		timer_set(&o->ipc.timer, time_ns() + us * NSEC_PER_USEC);
	COUNT(ipc_fault);
	ipc_handled_send(f, pager);
	prio_wait(o); /* for f, and so for the pager */
	return IPC_OPEN;
}

/* Others may run now. Whichever of the two is picked first goes on: so neither can
 * be held up by a partner that is stopped or of low priority. */
static enum ipc_result xfer_preempted(struct thread *s, struct thread *r)
{
	thread_set_state(s, THREAD_READY);
	thread_set_state(r, THREAD_READY);
	return IPC_OPEN;
}

static enum xfer_step xfer_one(struct thread *s, struct thread *r, struct xfer_stop *st)
{
	switch (s->ipc.phase) {
	case IPC_WORDS:
		return xfer_words(s, r, st);
	case IPC_ITEMS:
		return xfer_item(s, r, st);
	default:
		return xfer_string(s, r, st);
	}
}

enum ipc_result ipc_advance(struct thread *s, struct thread *r)
{
	struct xfer_stop st = { 0 };

	thread_set_state(s, THREAD_XFER);
	thread_set_state(r, THREAD_XFER);
	while (s->ipc.phase != IPC_DELIVER) {
		switch (xfer_one(s, r, &st)) {
		case XFER_NEXT:
			s->ipc.phase++;
			s->ipc.done = 0;
			break;
		case XFER_MORE:
			if (preempt_point())
				return xfer_preempted(s, r);
			break;
		case XFER_FAULT:
			return xfer_fault(s, r, &st);
		case XFER_ERROR:
			return ipc_break(s, r, st.err);
		}
	}
	return xfer_deliver(s, r);
}

static bool xfer_fits(const struct thread *s, const struct thread *r)
{
	uint32_t tag = s->ipc.tag;

	if (!(r->ipc.tag & TAGMA_T_LONG))
		return s->ipc.intended == TAGMA_NIL && TAGMA_T_NWORDS(tag) <= 3 &&
		       TAGMA_T_NITEMS(tag) == 0 && !(tag & TAGMA_T_STRING);
	if (TAGMA_T_NITEMS(tag) != 0 && r->ipc.window == 0)
		return false;
	return !(tag & TAGMA_T_STRING) || s->ipc.snd_len <= r->ipc.rcv_len;
}

enum ipc_result ipc_transfer(struct thread *s, struct thread *r)
{
	struct xfer_stop st;

	timer_stop(&s->ipc.timer);
	if (r->ipc.kind != IPC_USER)
		return ipc_reply(s, r);
	timer_stop(&r->ipc.timer);
	if (!xfer_fits(s, r))
		return ipc_break(s, r, -XEN_EMSGSIZE);
	/* Words alone mostly go over in one step: that needs no open transfer. */
	if (!(s->ipc.tag & (TAGMA_T_ITEMS(0xf) | TAGMA_T_STRING)) &&
	    xfer_words(s, r, &st) == XFER_NEXT)
		return xfer_deliver(s, r);
	s->ipc.peer = r->obj.id;
	r->ipc.peer = s->obj.id;
	s->ipc.outgoing = true;
	r->ipc.outgoing = false;
	s->ipc.phase = IPC_WORDS;
	s->ipc.done = 0;
	return ipc_advance(s, r);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two phases of an IPC, and all that ends a wait. What is transferred is in
 * ipc_xfer.c, what the hypervisor itself sends in ipc_fault.c.
 */
#include <hv/arch.h>
#include <hv/clan.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc_impl.h>
#include <hv/mapdb.h>
#include <hv/preempt.h>
#include <hv/prio.h>
#include <hv/trace.h>

/* Of no use without a struct tagma_msg. */
#define IPC_NEEDS_LONG (TAGMA_T_ITEMS(0xe) | TAGMA_T_TIMED | TAGMA_T_STRING | TAGMA_T_ALIAS)

void ipc_wake(struct thread *t)
{
	if (timer_is_set(&t->ipc.timer))
		timer_stop(&t->ipc.timer);
	t->state = THREAD_READY;
	if (t->boosts != TAGMA_NIL)
		prio_unwait(t);
	sched_switch_to(t);
}

void ipc_fail(struct thread *t, int err)
{
	list_del(&t->ipc.link);
	arch_hc_result(t, err);
	ipc_wake(t);
}

static void ipc_insert(struct thread *s, struct thread *r)
{
	struct list *pos = r->ipc.senders.prev;

	for (; pos != &r->ipc.senders; pos = pos->prev) {
		const struct thread *q = list_entry(pos, struct thread, ipc.link);

		if (q->prio > s->prio ||
		    (q->prio == s->prio && (int32_t)(q->ipc.since - s->ipc.since) < 0))
			break;
	}
	list_add(pos, &s->ipc.link);
}

void ipc_queue(struct thread *s, struct thread *r)
{
	static uint32_t clock;

	s->ipc.since = clock++;
	ipc_insert(s, r);
	thread_set_state(s, THREAD_SENDING);
}

void ipc_requeue(struct thread *t)
{
	if (t->state != THREAD_SENDING || list_empty(&t->ipc.link))
		return;
	list_del(&t->ipc.link);
	ipc_insert(t, thread_lookup(t->ipc.partner));
}

/* A page of t's message is missing: a fault as of any other access, and the call is made
 * again. Without a pager it is a bad argument. */
static long ipc_touch(struct thread *t, gva_t bad, uint32_t want)
{
	struct thread *pager = thread_lookup(t->pager);

	if (pager == NULL || pager == t)
		return -XEN_EFAULT;
	arch_thread_restart_hypercall(t);
	if (guest_ptr(t->space, bad, TAGMA_R) != NULL)
		want |= TAGMA_FAULT_PRESENT;
	ipc_fault(t, bad.a, want);
	return HC_RESTART;
}

/* Mostly the message is where it was the last time: then that need not be found again. */
static bool ipc_find_buffer(struct thread *t, gva_t msg, uint32_t want)
{
	struct ipc *ipc = &t->ipc;

	if (ipc->epoch == mapdb_epoch && ipc->msg.a == msg.a && (ipc->buf_rights & want))
		return true;
	ipc->msg = msg;
	ipc->epoch = 0;
	ipc->buf_rights = want == TAGMA_W ? TAGMA_RW : TAGMA_R;
	if ((msg.a & PAGE_MASK) + sizeof(struct tagma_msg) > PAGE_SIZE)
		return false;
	ipc->buf = guest_ptr(t->space, msg, want);
	if (ipc->buf != NULL)
		ipc->epoch = mapdb_epoch;
	return ipc->buf != NULL;
}

/* Copies the head in, once, and sees that the rest is there: for a receive it is
 * touched for writing now, while a fault still has no effect on others. */
static long ipc_read_msg(struct thread *t, gva_t msg)
{
	uint32_t want = t->ipc.from != TAGMA_NIL ? TAGMA_W : TAGMA_R;
	gva_t bad = msg, last = GVA(msg.a + sizeof(struct tagma_msg) - 1);
	bool there = ipc_find_buffer(t, msg, want);
	struct ipc *ipc = &t->ipc;
	struct tagma_msg m;

	/* All of it but the words and items that are read when they are sent. */
	if (ipc_read(t, &m, 0, offsetof(struct tagma_msg, w[3]), &bad) != 0)
		return ipc_touch(t, bad, TAGMA_R);
	if (!there && guest_ptr(t->space, msg, want) == NULL)
		return ipc_touch(t, msg, want);
	if (!there && guest_ptr(t->space, last, want) == NULL)
		return ipc_touch(t, last, want);

	ipc->w[2] = TAGMA_T_NWORDS(ipc->tag) > 2 ? m.w[2] : 0;
	ipc->window = m.window;
	ipc->alias = ipc->tag & TAGMA_T_ALIAS ? m.via : TAGMA_NIL;
	ipc->snd_str = m.snd_str;
	ipc->snd_len = m.snd_len;
	ipc->rcv_str = m.rcv_str;
	ipc->rcv_len = m.rcv_len;
	if (ipc->tag & TAGMA_T_TIMED) {
		ipc->snd_us = m.snd_us;
		ipc->rcv_us = m.rcv_us;
		ipc->xfer_us = m.xfer_us;
	}
	return 0;
}

/* Arguments are copied in and checked; nothing else has happened when this fails. */
static long ipc_enter(struct thread *t, uint32_t tag, uint32_t from, const uint32_t w[3])
{
	struct ipc *ipc = &t->ipc;

	if (TAGMA_T_NWORDS(tag) > TAGMA_MSG_WORDS)
		return -XEN_EINVAL;
	if (!(tag & TAGMA_T_LONG) && ((tag & IPC_NEEDS_LONG) || TAGMA_T_NWORDS(tag) > 3))
		return -XEN_EINVAL;
	ipc->tag = tag;
	ipc->alias = ipc->intended = TAGMA_NIL;
	ipc->from = from == TAGMA_SELF ? t->obj.id : from;
	for (unsigned i = 0; i < 3; i++)
		ipc->w[i] = w[i];
	ipc->snd_us = tag & TAGMA_T_SND_ZERO ? 0 : TAGMA_NEVER;
	ipc->rcv_us = tag & TAGMA_T_RCV_ZERO ? 0 : TAGMA_NEVER;
	ipc->xfer_us = TAGMA_NEVER;
	if (!(tag & TAGMA_T_LONG))
		return 0;
	return ipc_read_msg(t, GVA(w[2]));
}

static void ipc_set_timer(struct thread *t, uint32_t us)
{
	if (us != TAGMA_NEVER)
		timer_set(&t->ipc.timer, time_ns() + us * NSEC_PER_USEC);
}

/* Whom the message reaches: every user message passes here, or through the short path,
 * which does nothing at the border of a clan. NULL and an error. */
static struct thread *ipc_route(struct thread *s, uint32_t dest, int *err)
{
	struct thread *r = thread_lookup(dest);

	*err = r == NULL ? -XEN_ESRCH : r == s ? -XEN_EINVAL : 0;
	if (*err == 0 && (s->ipc.tag & TAGMA_T_ALIAS))
		*err = clan_check_alias(s, r);
	if (*err != 0)
		return NULL;
	/* The answer to a fault or trap is not theirs who speak: no chief, no other name. */
	if (r->ipc.kind != IPC_USER && r->ipc.partner == s->obj.id && s->ipc.alias == TAGMA_NIL)
		return r;
	if (clan_border(s, r) || s->ipc.alias != TAGMA_NIL) {
		r = clan_route(s, r);
		*err = r == NULL ? -XEN_ESRCH : 0;
	}
	return r;
}

/* A signal to a page that is not there is a fault, as the write to it before would be. */
static int ipc_send_hw(struct thread *s, uint32_t dest)
{
	gva_t va = GVA(s->ipc.w[0]);
	int err;

	if (dest == TAGMA_SIGNAL_ID) {
		err = signal_send(s, va);
		return err == -XEN_EFAULT ? (int)ipc_touch(s, va, TAGMA_W) : err;
	}
	if (dest != TAGMA_IRQ_ID(TAGMA_ID_SLOT(dest)))
		return -XEN_ESRCH;
	return irq_attach(s, TAGMA_ID_SLOT(dest));
}

/* The send phase. True if it is over and the receive phase is next. */
static bool ipc_send(struct thread *s, uint32_t dest)
{
	struct thread *r;
	int err = 0;

	if (TAGMA_ID_TYPE(dest) == TAGMA_TYPE_HW) {
		err = ipc_send_hw(s, dest);
		if (err != 0 && err != HC_RESTART)
			ipc_fail(s, err);
		return err == 0;
	}
	r = ipc_route(s, dest, &err);
	if (r != NULL && ipc_accepts(r, ipc_name(s)) &&
	    (r->ipc.kind == IPC_USER || s->ipc.alias == TAGMA_NIL)) {
		s->ipc.partner = r->obj.id;
		return ipc_transfer(s, r) == IPC_SENT;
	}
	if (err == 0 && s->ipc.snd_us == 0)
		err = -XEN_EAGAIN;
	if (err != 0) {
		ipc_fail(s, err);
		return false;
	}
	s->ipc.partner = r->obj.id;
	ipc_queue(s, r);
	ipc_set_timer(s, s->ipc.snd_us);
	return false;
}

/* The sender that a waiting t should hear first. */
static struct thread *ipc_next_sender(const struct thread *t)
{
	list_for_each (l, &t->ipc.senders) {
		struct thread *s = list_entry(l, struct thread, ipc.link);

		if (t->ipc.partner == TAGMA_ANY || t->ipc.partner == ipc_name(s))
			return s;
	}
	return NULL;
}

static int ipc_wait_error(const struct thread *t)
{
	uint32_t from = t->ipc.partner;

	if (from != TAGMA_ANY && TAGMA_ID_TYPE(from) != TAGMA_TYPE_HW &&
	    thread_lookup(from) == NULL)
		return -XEN_ESRCH;
	return t->ipc.rcv_us == 0 ? -XEN_EAGAIN : 0;
}

/*
 * t's receive phase. Returns a queued sender whose message has gone through, so that it
 * is in its own receive phase now; NULL if there is none.
 */
static struct thread *ipc_receive(struct thread *t)
{
	struct thread *s;
	int err;

	if (t->ipc.from == TAGMA_NIL) {
		arch_hc_result(t, 0);
		ipc_wake(t);
		return NULL;
	}
	t->ipc.partner = t->ipc.from;
	thread_set_state(t, THREAD_RECEIVING);
	if (t->nr_irqs_pending != 0)
		irq_deliver_pending(t);
	if ((t->vcpu != NULL || t->signal.nr != 0) && t->state == THREAD_RECEIVING)
		ipc_deliver_event(t);
	if (t->state != THREAD_RECEIVING)
		return NULL;

	s = ipc_next_sender(t);
	if (s != NULL) {
		list_del(&s->ipc.link);
		if (s->ipc.kind == IPC_USER)
			return ipc_transfer(s, t) == IPC_SENT ? s : NULL;
		ipc_handled_deliver(s, t);
		return NULL;
	}
	err = ipc_wait_error(t);
	if (err != 0)
		ipc_fail(t, err);
	else
		ipc_set_timer(t, t->ipc.rcv_us);
	return NULL;
}

/* Each sender that is let in starts to receive at once, as a reply to it may not wait,
 * and may let in another. A loop, for the chain can be as long as there are threads;
 * every turn empties a place in a queue and nobody runs to fill one. */
static void ipc_receive_all(struct thread *t)
{
	while (t != NULL)
		t = ipc_receive(t);
}

void ipc_general(struct thread *t, uint32_t tag, uint32_t dest, uint32_t from, const uint32_t w[3])
{
	long err;

	latency_begin();
	err = ipc_enter(t, tag, from, w);
	if (err == HC_RESTART)
		return;
	if (err != 0)
		arch_hc_result(t, err);
	else if (dest == TAGMA_NIL || ipc_send(t, dest))
		ipc_receive_all(t);
	latency_end(__HYPERVISOR_tagma_ipc);
}

void ipc_continue(struct thread *t)
{
	struct thread *p = thread_lookup(t->ipc.peer);
	struct thread *s = t->ipc.outgoing ? t : p;

	latency_begin();
	if (ipc_advance(s, s == t ? p : t) == IPC_SENT)
		ipc_receive_all(s);
}

void ipc_cancel(struct thread *t, int err)
{
	if (t->ipc.peer != TAGMA_NIL) {
		ipc_break(t, thread_lookup(t->ipc.peer), err);
	} else if (t->ipc.kind != IPC_USER) {
		list_del(&t->ipc.link);
		t->ipc.kind = IPC_USER;
		thread_set_state(t, THREAD_STOPPED);
	} else if (t->state != THREAD_READY && t->state != THREAD_STOPPED) {
		ipc_fail(t, err);
	}
}

/* A call's send is done and must not be made again. Nobody can answer to an id that is
 * stale, so only a receive from anyone, or from hardware, is worth making again. */
void ipc_freeze(struct thread *t)
{
	bool open = t->ipc.partner == TAGMA_ANY || TAGMA_ID_TYPE(t->ipc.partner) == TAGMA_TYPE_HW;

	if (t->ipc.peer != TAGMA_NIL)
		ipc_break(t, thread_lookup(t->ipc.peer), -XEN_EINTR);
	if (t->ipc.kind != IPC_USER || t->state == THREAD_READY || t->state == THREAD_STOPPED)
		return;
	if (t->state == THREAD_RECEIVING && open)
		arch_hc_set_arg(t, 0, TAGMA_NIL);
	if (t->state == THREAD_SENDING || (t->state == THREAD_RECEIVING && open))
		arch_ipc_restart(t, t->ipc.tag);
	else if (t->state != THREAD_BLOCKED) /* whose result stands: it is woken, and looks again */
		arch_hc_result(t, -XEN_EINTR);
	list_del(&t->ipc.link);
	timer_stop(&t->ipc.timer);
	t->state = THREAD_READY;
}

static void ipc_timeout(struct timer *timer)
{
	struct thread *t = container_of(timer, struct thread, ipc.timer);

	if (t->state == THREAD_BLOCKED)
		ipc_fail(t, 0);
	else
		ipc_cancel(t, t->state == THREAD_XFER ? -XEN_EFAULT : -XEN_ETIMEDOUT);
}

void ipc_init(struct thread *t)
{
	list_init(&t->ipc.senders);
	list_init(&t->ipc.link);
	timer_init(&t->ipc.timer, ipc_timeout);
}

void ipc_release(struct thread *t)
{
	if (t->ipc.peer != TAGMA_NIL)
		ipc_break(t, thread_lookup(t->ipc.peer), -XEN_ESRCH);
	list_del(&t->ipc.link);
	timer_stop(&t->ipc.timer);
	t->ipc.kind = IPC_USER;
	thread_set_state(t, THREAD_STOPPED);
	while (!list_empty(&t->ipc.senders))
		ipc_orphan(list_first(&t->ipc.senders, struct thread, ipc.link));
	/* Closed receivers are in no list: that would cost every call two more. */
	list_for_each (l, &thread_pool.live) {
		struct thread *r = thread_of_object(list_entry(l, struct object, link));

		if (r->state == THREAD_RECEIVING && r->ipc.partner == t->obj.id)
			ipc_orphan(r);
	}
}

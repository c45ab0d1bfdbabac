/* SPDX-License-Identifier: GPL-2.0-only */
/* The invariants of IPC, for debug builds, TAGMA_DEBUG_check and the tests. */
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/ipc_impl.h>

static bool complain(const struct thread *t, const char *what)
{
	kprintf("ipc: thread %x (state %d, kind %d): %s\n", t->obj.id, (int)t->state,
		(int)t->ipc.kind, what);
	return false;
}

/* Priorities fall along the queue, and all in it send to t. */
static bool check_senders(const struct thread *t)
{
	uint32_t last = 255, since = 0;

	list_for_each (l, &t->ipc.senders) {
		const struct thread *s = list_entry(l, struct thread, ipc.link);

		if (s->state != THREAD_SENDING || s->ipc.partner != t->obj.id)
			return complain(s, "in a queue where it does not belong");
		if (s->prio > last)
			return complain(s, "behind a lower priority");
		if (s->prio == last && since != 0 && (int32_t)(s->ipc.since - since) < 0)
			return complain(s, "before one that came earlier");
		last = s->prio;
		since = s->ipc.since;
	}
	return true;
}

static bool in_queue(const struct thread *s, const struct thread *r)
{
	list_for_each (l, &r->ipc.senders)
		if (l == &s->ipc.link)
			return true;
	return false;
}

static bool check_sending(const struct thread *t)
{
	const struct thread *r = thread_lookup(t->ipc.partner);

	if (r == NULL)
		return complain(t, "sends to nobody");
	return in_queue(t, r) || complain(t, "sends, but is in no queue");
}

/* Nobody waits for a thread that is gone, or past a sender that is there. */
static bool check_receiving(const struct thread *t)
{
	uint32_t from = t->ipc.partner;

	if (from == TAGMA_ANY)
		return list_empty(&t->ipc.senders) || complain(t, "does not see its senders");
	if (TAGMA_ID_TYPE(from) == TAGMA_TYPE_HW)
		return true;
	if (thread_lookup(from) == NULL)
		return complain(t, "receives from nobody");
	list_for_each (l, &t->ipc.senders) {
		const struct thread *s = list_entry(l, struct thread, ipc.link);

		if (t->ipc.kind == IPC_USER && ipc_name(s) == from)
			return complain(t, "does not see its sender");
	}
	return true;
}

static bool waits_for_pager(const struct thread *t)
{
	return t->ipc.kind == IPC_XFER_FAULT &&
	       (t->state == THREAD_SENDING || t->state == THREAD_RECEIVING);
}

static bool check_open(const struct thread *t)
{
	const struct thread *p = thread_lookup(t->ipc.peer);

	if (p == NULL || p->ipc.peer != t->obj.id || p->ipc.outgoing == t->ipc.outgoing)
		return complain(t, "its open transfer has no other end");
	if (t->state == THREAD_READY && t->ipc.kind == IPC_USER)
		return p->state == THREAD_READY || complain(t, "ready, but its partner is not");
	if (t->state == THREAD_XFER && t->ipc.kind == IPC_USER)
		return waits_for_pager(p) || complain(t, "waits for a pager that does nothing");
	return waits_for_pager(t) || complain(t, "in an open transfer and in a wrong state");
}

static bool check_thread(const struct thread *t)
{
	bool entry = t->state == THREAD_BLOCKED && t->ipc.kind != IPC_USER;
	bool waits = t->state == THREAD_SENDING || t->state == THREAD_RECEIVING;

	if (entry && (list_empty(&t->ipc.link) || t->domain->vcpu[0].entry_user == TAGMA_NIL))
		return complain(t, "waits for an entry stack that is free");
	if (!check_senders(t))
		return false;
	if (t->state == THREAD_SENDING ? !check_sending(t) : !entry && !list_empty(&t->ipc.link))
		return complain(t, "linked wrongly");
	if (t->state == THREAD_RECEIVING && !check_receiving(t))
		return false;
	if (t->ipc.peer != TAGMA_NIL ? !check_open(t) : t->state == THREAD_XFER)
		return complain(t, "no transfer is open");
	if (t->ipc.kind != IPC_USER &&
	    ((!waits && !entry) || (t->ipc.kind == IPC_XFER_FAULT) != (t->ipc.peer != TAGMA_NIL)))
		return complain(t, "its message has no reason");
	if (t->ipc.kind != IPC_USER && !(t->ipc.tag & TAGMA_T_LONG))
		return complain(t, "the short path would take it for a receiver");
	if (timer_is_set(&t->ipc.timer) && t->state != THREAD_BLOCKED && t->state != THREAD_XFER &&
	    !(waits && t->ipc.kind == IPC_USER))
		return complain(t, "a timeout of nothing");
	return true;
}

bool ipc_check(void)
{
	list_for_each (l, &thread_pool.live)
		if (!check_thread(thread_of_object(list_entry(l, struct object, link))))
			return false;
	return true;
}

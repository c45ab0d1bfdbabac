/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that the hypervisor makes (L4-6): faults and traps for a thread's pager or
 * handler with the replies to them, interrupts, events. They are made when they are
 * delivered, from the thread itself, and delivered whole or not at all.
 */
#include <string.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/forward.h>
#include <hv/ipc_impl.h>
#include <hv/mapdb.h>
#include <hv/mapitem.h>
#include <hv/space.h>

#define FAULT_TAG (TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_FAULT) | TAGMA_T_WORDS(3))

_Static_assert(TAGMA_REGS_WORDS <= TAGMA_MSG_WORDS, "a trap message holds all registers");

/* 0: r has the n words of m and is READY. Else its receive has failed with what is returned. */
static int kernel_deliver(struct thread *r, uint32_t label, uint32_t sender, struct ipc_words *m,
			  uint32_t n)
{
	uint32_t tag = TAGMA_T_KERNEL | TAGMA_T_LABEL(label) | TAGMA_T_WORDS(n) |
		       (r->ipc.tag & TAGMA_T_LONG);
	int err = 0;

	m->strlen = m->via = 0;
	if (!(r->ipc.tag & TAGMA_T_LONG))
		err = n > 3 ? -XEN_EMSGSIZE : 0;
	else if (ipc_write(r, offsetof(struct tagma_msg, strlen), m,
			   offsetof(struct ipc_words, w) + n * sizeof(uint32_t), NULL) != 0)
		err = -XEN_EFAULT;
	if (err != 0) {
		ipc_fail(r, err);
		return err;
	}
	arch_ipc_put(r, tag, sender, m->w);
	ipc_wake(r);
	return 0;
}

/* Registers in full for a trap, three words for a fault. */
static inline uint32_t handled_words(const struct thread *t, uint32_t *w)
{
	struct tagma_regs *regs = (struct tagma_regs *)(void *)w;

	if (t->ipc.kind == IPC_TRAP) {
		arch_thread_get_regs(t, regs);
		regs->trap = t->fault_want;
		regs->code = (uint32_t)t->fault_addr;
		return TAGMA_REGS_WORDS;
	}
	w[0] = (uint32_t)t->fault_addr;
	w[1] = arch_thread_ip(t);
	w[2] = t->fault_want;
	return 3;
}

/* The handler can't take what it was made for: a bug of the guest, told once. */
static void handled_drop(struct thread *t, const struct thread *h)
{
	t->ipc.kind = IPC_USER;
	thread_set_state(t, THREAD_STOPPED);
	if (t->domain->trap_logged)
		return;
	t->domain->trap_logged = true;
	kprintf("domain %u: thread %x stopped: its handler %x receives without a message buffer\n",
		t->domain->domid, t->obj.id, h->obj.id);
}

void ipc_handled_deliver(struct thread *t, struct thread *h)
{
	uint32_t label = t->ipc.kind == IPC_TRAP ? TAGMA_K_TRAP : TAGMA_K_FAULT;
	struct ipc_words m;
	uint32_t n = handled_words(t, m.w);
	int err;

	ipc_wait_for(t, h);
	err = kernel_deliver(h, label, t->obj.id, &m, n);
	if (err == -XEN_EMSGSIZE)
		handled_drop(t, h);
	else if (err != 0)
		ipc_queue(t, h); /* until its buffer is there */
}

void ipc_handled_send(struct thread *t, struct thread *h)
{
	t->ipc.partner = h->obj.id;
	/* h may be in a fault of its own that t is to answer: that is no receive. */
	if (ipc_accepts(h, t->obj.id) && h->ipc.kind == IPC_USER)
		ipc_handled_deliver(t, h);
	else
		ipc_queue(t, h);
}

/* Nobody is there to handle it: it is forwarded, when it can be. */
void ipc_handled_forward(struct thread *t)
{
	bool trap = t->ipc.kind == IPC_TRAP;

	if (!t->domain->dying && forward_wait(t))
		return;
	t->ipc.kind = IPC_USER;
	if (t->domain->dying) {
		thread_set_state(t, THREAD_STOPPED);
		return;
	}
	thread_set_state(t, THREAD_READY);
	if (trap)
		forward_trap(t, t->fault_want, (uint32_t)t->fault_addr, 0);
	else
		forward_trap(t, TAGMA_TRAP_FAULT, t->fault_want, t->fault_addr);
}

static void handled_start(struct thread *t, enum ipc_kind kind, uint32_t handler)
{
	struct thread *h = thread_lookup(handler);

	t->ipc.kind = kind;
	t->ipc.tag = TAGMA_T_LONG; /* a receive that the short path has no business with */
	if (h != NULL && h != t)
		ipc_handled_send(t, h);
	else
		ipc_handled_forward(t);
}

/* To a pager that waits for it without a buffer: what handled_start() would do. t runs. */
INLINE bool fault_short(struct thread *t, uint32_t addr, uint32_t want)
{
	struct thread *h = ipc_find(t->pager);
	const uint32_t w[3] = { addr, arch_thread_ip(t), want };

	if (h == NULL || !ipc_waits(h) || (h->ipc.tag & TAGMA_T_LONG) ||
	    (h->ipc.partner != TAGMA_ANY && h->ipc.partner != t->obj.id) || t->prio > h->base_prio)
		return false;
	t->ipc.kind = IPC_FAULT;
	t->ipc.tag = TAGMA_T_LONG;
	t->ipc.partner = h->obj.id;
	t->state = THREAD_RECEIVING;
	arch_ipc_put(h, FAULT_TAG, t->obj.id, w);
	ipc_switch(h);
	return true;
}

void ipc_fault(struct thread *t, uint64_t addr, uint32_t want)
{
	COUNT(ipc_fault);
	TRACE(fault, addr, want);
	t->fault_addr = addr;
	t->fault_want = want;
	if (!fault_short(t, (uint32_t)addr, want))
		handled_start(t, IPC_FAULT, t->pager);
}

void ipc_trap(struct thread *t, uint32_t trap, uint32_t code)
{
	COUNT(ipc_trap);
	TRACE(trap, trap, code);
	t->fault_addr = code;
	t->fault_want = trap;
	handled_start(t, IPC_TRAP, t->handler);
}

void ipc_orphan(struct thread *t)
{
	list_del(&t->ipc.link);
	if (t->ipc.kind == IPC_USER)
		ipc_fail(t, -XEN_ESRCH);
	else if (t->ipc.kind == IPC_XFER_FAULT)
		ipc_break(t, thread_lookup(t->ipc.peer), -XEN_EFAULT);
	else
		ipc_handled_forward(t);
}

/* --- replies */

/* Reads the registers that a trap's reply sets; none if it has no words. */
static int reply_regs(struct thread *s, uint32_t w[TAGMA_REGS_WORDS])
{
	uint32_t n = TAGMA_T_NWORDS(s->ipc.tag);

	if (n == 0)
		return 0;
	if (n != TAGMA_REGS_WORDS)
		return -XEN_EINVAL;
	memcpy(w, s->ipc.w, sizeof(s->ipc.w));
	return ipc_read(s, &w[3], offsetof(struct tagma_msg, w[3]), (n - 3) * sizeof(w[0]), NULL);
}

static int reply_items(struct thread *s, const struct thread *r)
{
	struct tagma_item item;
	int err = 0;

	for (uint32_t i = 0; i < TAGMA_T_NITEMS(s->ipc.tag) && err == 0; i++) {
		err = ipc_read_item(s, &item, i, NULL);
		if (err == 0)
			err = map_item(s->space, r->space, item, TAGMA_FP_ALL,
				       s->ipc.tag & TAGMA_T_GRANTED);
	}
	return err;
}

/* The page that t's fault is about is entered, if it is there now: no second fault. */
static void refill(struct thread *t)
{
	vpn_t vpn = (vpn_t)(t->fault_addr >> PAGE_SHIFT);
	struct mapping m = mapdb_lookup(t->space, vpn);

	if (m.rights & t->fault_want)
		arch_vtlb_enter(t->space, vpn, m.mfn, m.rights);
}

/* The transfer that r's fault has held up goes on in whichever of the two runs first. */
static void reply_resume(struct thread *r)
{
	struct thread *o = thread_lookup(r->ipc.peer);

	r->ipc.kind = IPC_USER;
	ipc_wake(r);
	if (o != NULL)
		ipc_wake(o);
}

/* A bad reply is an error of the sender alone: r still waits for a better one. */
enum ipc_result ipc_reply(struct thread *s, struct thread *r)
{
	uint32_t regs[TAGMA_REGS_WORDS];
	bool trap = r->ipc.kind == IPC_TRAP;
	int err = s->ipc.tag & TAGMA_T_STRING ? -XEN_EMSGSIZE : 0;

	if (err == 0 && trap)
		err = reply_regs(s, regs);
	if (err == 0)
		err = reply_items(s, r);
	if (err != 0) {
		ipc_fail(s, err);
		return IPC_BROKEN;
	}
	COUNT(ipc);
	if (trap && TAGMA_T_NWORDS(s->ipc.tag) != 0)
		arch_thread_set_regs(r, (const struct tagma_regs *)(const void *)regs);
	if (r->ipc.kind == IPC_FAULT)
		refill(r);
	reply_resume(r);
	return IPC_SENT;
}

/* --- interrupts and events */

static bool hw_accepts(const struct thread *t, uint32_t id)
{
	return t->ipc.kind == IPC_USER && ipc_accepts(t, id);
}

static bool deliver_signal(struct thread *t)
{
	struct ipc_words m;

	if (!hw_accepts(t, TAGMA_SIGNAL_ID) || !signal_first(t, m.w) ||
	    kernel_deliver(t, TAGMA_K_SIGNAL, TAGMA_SIGNAL_ID, &m, 3) != 0)
		return false;
	signal_take(t);
	return true;
}

bool ipc_deliver_event(struct thread *t)
{
	struct ipc_words m;

	m.w[0] = m.w[1] = m.w[2] = 0;
	if (deliver_signal(t))
		return true;
	return t->vcpu != NULL && hw_accepts(t, TAGMA_EVENT_ID) && evtchn_pending(t->vcpu) &&
	       kernel_deliver(t, TAGMA_K_EVENT, TAGMA_EVENT_ID, &m, 0) == 0;
}

bool ipc_deliver_irq(struct thread *t, uint32_t irq)
{
	struct ipc_words m;

	m.w[0] = irq;
	m.w[1] = m.w[2] = 0;
	return hw_accepts(t, TAGMA_IRQ_ID(irq)) &&
	       kernel_deliver(t, TAGMA_K_IRQ, TAGMA_IRQ_ID(irq), &m, 1) == 0;
}

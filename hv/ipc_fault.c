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
#include <hv/guest.h>
#include <hv/ipc_impl.h>
#include <hv/mapitem.h>
#include <hv/space.h>

_Static_assert(TAGMA_REGS_WORDS <= TAGMA_MSG_WORDS, "a trap message holds all registers");

/* 0: r has it and is READY. Else its receive has failed with what is returned. */
static int kernel_deliver(struct thread *r, uint32_t label, uint32_t sender, const uint32_t *w,
			  uint32_t n)
{
	uint32_t tag = TAGMA_T_KERNEL | TAGMA_T_LABEL(label) | TAGMA_T_WORDS(n) |
		       (r->ipc.tag & TAGMA_T_LONG);
	static const uint32_t head[2];
	int err = 0;

	if (!(r->ipc.tag & TAGMA_T_LONG))
		err = n > 3 ? -XEN_EMSGSIZE : 0;
	else if (ipc_put_words(r, w, n, head, NULL) != 0)
		err = -XEN_EFAULT;
	if (err != 0) {
		ipc_fail(r, err);
		return err;
	}
	arch_ipc_put(r, tag, sender, w);
	ipc_wake(r);
	return 0;
}

static uint32_t handled_words(const struct thread *t, uint32_t w[TAGMA_MSG_WORDS])
{
	struct tagma_regs regs;

	arch_thread_get_regs(t, &regs);
	if (t->ipc.kind == IPC_TRAP) {
		regs.trap = t->fault_want;
		regs.code = (uint32_t)t->fault_addr;
		memcpy(w, &regs, sizeof(regs));
		return TAGMA_REGS_WORDS;
	}
	w[0] = (uint32_t)t->fault_addr;
	w[1] = regs.ip;
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
	uint32_t w[TAGMA_MSG_WORDS];
	uint32_t n = handled_words(t, w);
	int err;

	t->ipc.partner = h->obj.id;
	thread_set_state(t, THREAD_RECEIVING);
	err = kernel_deliver(h, label, t->obj.id, w, n);
	if (err == -XEN_EMSGSIZE)
		handled_drop(t, h);
	else if (err != 0)
		ipc_queue(t, h); /* until its buffer is there */
}

void ipc_handled_send(struct thread *t, struct thread *h)
{
	t->ipc.partner = h->obj.id;
	if (ipc_accepts(h, t->obj.id))
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
		forward_trap(t, ARCH_TRAP_FAULT, t->fault_want, t->fault_addr);
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

void ipc_fault(struct thread *t, uint64_t addr, uint32_t want, bool present)
{
	COUNT(ipc_fault);
	TRACE(fault, addr, want);
	t->fault_addr = addr;
	t->fault_want = want | (present ? TAGMA_FAULT_PRESENT : 0);
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
static int reply_regs(const struct thread *s, struct tagma_regs *regs)
{
	uint32_t n = TAGMA_T_NWORDS(s->ipc.tag), w[TAGMA_REGS_WORDS];
	gva_t src = GVA(s->ipc.msg.a + offsetof(struct tagma_msg, w[3]));

	if (n == 0)
		return 0;
	if (n != TAGMA_REGS_WORDS)
		return -XEN_EINVAL;
	if (copy_from_guest(s->space, &w[3], src, sizeof(w) - 3 * sizeof(w[0]), NULL) != 0)
		return -XEN_EFAULT;
	for (unsigned i = 0; i < 3; i++)
		w[i] = s->ipc.w[i];
	memcpy(regs, w, sizeof(*regs));
	return 0;
}

static int reply_items(const struct thread *s, const struct thread *r)
{
	struct tagma_item item[TAGMA_MSG_ITEMS];
	uint32_t n = TAGMA_T_NITEMS(s->ipc.tag);
	gva_t src = GVA(s->ipc.msg.a + offsetof(struct tagma_msg, item));
	int err = 0;

	if (n != 0 && copy_from_guest(s->space, item, src, n * sizeof(item[0]), NULL) != 0)
		return -XEN_EFAULT;
	for (uint32_t i = 0; i < n && err == 0; i++)
		err = map_item(s->space, r->space, item[i], TAGMA_FP_ALL,
			       s->ipc.tag & TAGMA_T_GRANTED);
	return err;
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
	struct tagma_regs regs;
	bool trap = r->ipc.kind == IPC_TRAP;
	int err = s->ipc.tag & TAGMA_T_STRING ? -XEN_EMSGSIZE : 0;

	if (err == 0 && trap)
		err = reply_regs(s, &regs);
	if (err == 0)
		err = reply_items(s, r);
	if (err != 0) {
		ipc_fail(s, err);
		return IPC_BROKEN;
	}
	COUNT(ipc);
	if (trap && TAGMA_T_NWORDS(s->ipc.tag) != 0)
		arch_thread_set_regs(r, &regs);
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
	uint32_t w[3];

	if (!hw_accepts(t, TAGMA_SIGNAL_ID) || !signal_first(t, w) ||
	    kernel_deliver(t, TAGMA_K_SIGNAL, TAGMA_SIGNAL_ID, w, 3) != 0)
		return false;
	signal_take(t);
	return true;
}

bool ipc_deliver_event(struct thread *t)
{
	static const uint32_t none[3];

	if (deliver_signal(t))
		return true;
	return t->vcpu != NULL && hw_accepts(t, TAGMA_EVENT_ID) && evtchn_pending(t->vcpu) &&
	       kernel_deliver(t, TAGMA_K_EVENT, TAGMA_EVENT_ID, none, 0) == 0;
}

bool ipc_deliver_irq(struct thread *t, uint32_t irq)
{
	const uint32_t w[3] = { irq };

	return hw_accepts(t, TAGMA_IRQ_ID(irq)) &&
	       kernel_deliver(t, TAGMA_K_IRQ, TAGMA_IRQ_ID(irq), w, 1) == 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the three parts of IPC share: ipc.c, ipc_xfer.c, ipc_fault.c. */
#ifndef HV_IPC_IMPL_H
#define HV_IPC_IMPL_H

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/ipc.h>

/* The parts of a sent tag that the receiver sees; it can't forge TAGMA_T_KERNEL. */
#define IPC_PASSED                                                                      \
	(TAGMA_T_WORDS(0x7f) | TAGMA_T_ITEMS(0xf) | TAGMA_T_STRING | TAGMA_T_LABEL(7) | \
	 TAGMA_T_GRANTED)

/* A message that the short path takes has these bits at most: no more than three words. */
#define IPC_SHORT (TAGMA_T_WORDS(3) | TAGMA_T_LABEL(7) | TAGMA_T_SND_ZERO)

enum ipc_result {
	IPC_SENT,   /* the receiver has it and is READY; the sender's receive phase is next */
	IPC_OPEN,   /* stopped half way */
	IPC_BROKEN, /* over: the sender has its error */
};

/* r waits for a message that this sender may send. */
static inline bool ipc_accepts(const struct thread *r, uint32_t sender)
{
	return r->state == THREAD_RECEIVING &&
	       (r->ipc.partner == sender || r->ipc.partner == TAGMA_ANY);
}

/* The name under which s sends. */
static inline uint32_t ipc_name(const struct thread *s)
{
	return s->ipc.kind == IPC_USER && s->ipc.alias != TAGMA_NIL ? s->ipc.alias : s->obj.id;
}

/* The hypervisor's view of a message buffer, from msg->strlen on. */
struct ipc_words {
	uint32_t strlen, via, w[TAGMA_MSG_WORDS];
};

_Static_assert(offsetof(struct tagma_msg, w) ==
		       offsetof(struct tagma_msg, strlen) + offsetof(struct ipc_words, w),
	       "one copy fills them");

/* t, whose message h has, waits for what h answers. */
static inline void ipc_wait_for(struct thread *t, const struct thread *h)
{
	t->ipc.partner = h->obj.id;
	if (t == t->cpu->current && t->boosts == TAGMA_NIL && t->prio <= h->base_prio)
		t->state = THREAD_RECEIVING; /* it is in no queue, and lends nothing */
	else
		thread_set_state(t, THREAD_RECEIVING);
}

/* thread_lookup() on the short paths. NULL also for slots beyond the pool's mask, and a free
 * slot's descriptor for TAGMA_NIL: that one does not wait. */
INLINE struct thread *ipc_find(uint32_t id)
{
	size_t at = (size_t)(id & thread_pool.mask) * sizeof(struct thread);
	struct object *o = (struct object *)(void *)(thread_pool.base + at);

	if (o->id != id)
		return NULL;
	o->flags |= OBJ_REF;
	return container_of(o, struct thread, obj);
}

/* t waits in a receive, is not stopped, and lends its priority to nobody: one word. */
static inline bool ipc_waits(const struct thread *t)
{
	static const struct {
		enum thread_state state;
		uint8_t other[7];
	} want = { .state = THREAD_RECEIVING };

	return __builtin_memcmp(&t->state, &want, sizeof(want)) == 0;
}

/*
 * The running thread waits now; `to`, for which ipc_waits() held, has got what it waited for.
 * If nothing else is to be looked at, it runs at once in the same time slice, and the clock
 * is not read: this is sched_switch_to() with sched_exit() in it. At an entry from a guest
 * neither cpu->next, resched nor a slice that is over is set.
 */
static inline void ipc_switch(struct thread *to)
{
	struct cpu *c = this_cpu();

	to->state = THREAD_READY;
	if (c->rq.top > (int)to->prio || to->domain->pause_count != 0 || to->vcpu != NULL) {
		sched_switch_to(to);
		return;
	}
	c->counter[COUNTER_thread_switch]++;
	TRACE(switch, to->obj.id, 0);
	c->current = to;
}

/* --- ipc.c */
void ipc_general(struct thread *t, uint32_t tag, uint32_t dest, uint32_t from, const uint32_t w[3]);
void ipc_wake(struct thread *t);	  /* its result is in its registers */
void ipc_fail(struct thread *t, int err); /* its wait and its hypercall end */
void ipc_queue(struct thread *s, struct thread *r);

/* --- ipc_xfer.c */
enum ipc_result ipc_transfer(struct thread *s, struct thread *r); /* ipc_accepts(r, s) holds */
enum ipc_result ipc_advance(struct thread *s, struct thread *r);  /* go on with an open one */
enum ipc_result ipc_break(struct thread *a, struct thread *b, int err); /* both get err */
/* Part of t's message, from or to `at` bytes behind its start. -EFAULT and *bad. */
int ipc_read(struct thread *t, void *to, size_t at, size_t len, gva_t *bad);
int ipc_write(struct thread *t, size_t at, const void *from, size_t len, gva_t *bad);
/* The item of a message that is not LONG, or one of one that is. */
int ipc_read_item(struct thread *s, struct tagma_item *item, uint32_t i, gva_t *bad);

/* --- ipc_fault.c */
void ipc_handled_send(struct thread *t, struct thread *h);    /* t's fault or trap, to h */
void ipc_handled_deliver(struct thread *t, struct thread *h); /* the same; h accepts it */
enum ipc_result ipc_reply(struct thread *s,
			  struct thread *r); /* r waits for its fault's or trap's reply */
void ipc_orphan(struct thread *t);	     /* whom t waits for is gone */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the three parts of IPC share: ipc.c, ipc_xfer.c, ipc_fault.c. */
#ifndef HV_IPC_IMPL_H
#define HV_IPC_IMPL_H

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

/* --- ipc.c */
void ipc_wake(struct thread *t);	  /* its result is in its registers */
void ipc_fail(struct thread *t, int err); /* its wait and its hypercall end */
void ipc_queue(struct thread *s, struct thread *r);

/* --- ipc_xfer.c */
enum ipc_result ipc_transfer(struct thread *s, struct thread *r); /* ipc_accepts(r, s) holds */
enum ipc_result ipc_advance(struct thread *s, struct thread *r);  /* go on with an open one */
enum ipc_result ipc_break(struct thread *a, struct thread *b, int err); /* both get err */
/* Fills msg->strlen, ->via and ->w of a LONG receiver. -EFAULT and *bad. */
int ipc_put_words(struct thread *r, const uint32_t *w, uint32_t n, const uint32_t head[2],
		  gva_t *bad);

/* --- ipc_fault.c */
void ipc_handled_send(struct thread *t, struct thread *h);    /* t's fault or trap, to h */
void ipc_handled_deliver(struct thread *t, struct thread *h); /* the same; h accepts it */
enum ipc_result ipc_reply(struct thread *s,
			  struct thread *r); /* r waits for its fault's or trap's reply */
void ipc_orphan(struct thread *t);	     /* whom t waits for is gone */

#endif

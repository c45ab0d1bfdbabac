/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads: a thread that does not run is wholly in its descriptor. */
#ifndef HV_THREAD_H
#define HV_THREAD_H

#include <asm/thread.h>
#include <hv/object.h>
#include <hv/signal.h>
#include <hv/time.h>
#include <public/tagma.h>

enum __attribute__((packed)) thread_state {
	THREAD_READY,	/* in a run queue, or running */
	THREAD_STOPPED, /* newly loaded, or its fault or trap was withdrawn: runs when started */
	THREAD_SENDING, /* queued at ipc.partner->ipc.senders */
	THREAD_RECEIVING,
	THREAD_XFER,	/* in a long transfer: the partner's pager works, or a step is under way */
	THREAD_BLOCKED, /* SCHEDOP_block or _poll */
};

/* Why a thread sends or waits: what the reply does to it. */
enum ipc_kind { IPC_USER, IPC_FAULT, IPC_TRAP, IPC_XFER_FAULT };

/* Parts of a long message, in the order they are transferred. */
enum ipc_phase { IPC_WORDS, IPC_ITEMS, IPC_STRING, IPC_DELIVER };

/*
 * IPC state. A thread is in at most one list through `link`: the senders' queue
 * of its partner. A queue is ordered by priority, then by time. Partners are kept
 * by id and looked up when needed: a stale id can never reach a new thread.
 *
 * A transfer that stopped half way is *open*: each side has the other in `peer`.
 * Both are READY (whoever runs first goes on with it), or one waits for its pager
 * with IPC_XFER_FAULT and the other is in THREAD_XFER. The sender holds the progress.
 */
struct ipc {
	uint32_t partner; /* whom we send to, or the closed receive's source; TAGMA_ANY */
	uint32_t tag;	  /* as sent; survives while queued */
	uint32_t from;	  /* receive phase to enter after sending; TAGMA_NIL none */
	uint32_t w[3];	  /* first words as sent, or as received so far */
	gva_t msg;	  /* struct tagma_msg of a LONG call, in our space; 0 none */
	char *buf;	  /* the same in the direct map, while `epoch` is mapdb_epoch; with */
	uint64_t epoch;
	uint32_t buf_rights; /* this right */
	uint32_t since; /* while queued: a clock of sends, so that lent priorities keep the order */
	uint32_t alias; /* a chief sends under this name; TAGMA_NIL under its own */
	uint32_t intended; /* the message goes to a chief instead of this one; TAGMA_NIL */
	uint32_t window;   /* copied in at entry: receive window, string buffer and limits */
	uint32_t rcv_str, rcv_len, snd_str, snd_len;
	uint32_t snd_us, rcv_us, xfer_us;
	uint32_t peer; /* the other end of an open transfer; TAGMA_NIL none */
	uint32_t done; /* items, then bytes of the string transferred so far: progress lives here */
	enum ipc_phase phase;
	bool outgoing; /* in the open transfer we are the sender */
	enum ipc_kind kind;
	struct list senders; /* threads waiting to send to us */
	struct list link;
	struct timer timer;
};

struct vcpu; /* event.h */

struct thread {
	struct arch_thread arch; /* first: the trap entry pushes registers here */
	struct object obj;
	struct space *space;
	struct domain *domain;
	struct cpu *cpu;
	/* One word for the short path: THREAD_RECEIVING alone in it is who can be sent to
	 * without more ado. */
	enum thread_state state;
	bool stopped;	     /* TAGMA_THREAD_F_STOPPED: not run even if READY */
	uint8_t reserved[2]; /* 0: see ipc_waits() */
	uint32_t boosts;     /* whom this thread lends its priority; TAGMA_NIL nobody (prio.h) */
	uint8_t prio;	     /* base_prio, or what is lent to it: all ordering is by this one */
	uint8_t base_prio;
	uint16_t nr_boosters; /* threads whose `boosts` is this one */
	uint32_t slice_us;
	uint64_t slice_left;  /* ns */
	uint64_t run_ns;      /* used so far, up to cpu->rq.start when running */
	struct list run_link; /* cpu->rq, iff READY, not stopped, domain not paused */
	struct list space_link;
	uint32_t pager, handler, cookie;
	uint64_t fault_addr;	  /* of the fault being handled; of a trap: its code */
	uint32_t fault_want;	  /* rights wanted | TAGMA_FAULT_*; of a trap: its number */
	uint32_t nr_irqs;	  /* interrupts attached to this thread, and of them, */
	uint32_t nr_irqs_pending; /* raised and not yet received; + 1 if signals wait */
	struct signal_queue signal;
	struct ipc ipc;
	struct vcpu *vcpu; /* this thread is a domain's vCPU */
};

extern struct pool thread_pool;

void thread_init_pool(uint32_t nr);
struct thread *thread_load(struct domain *d,
			   struct space *s); /* stopped, no registers; NULL: pool empty */
void thread_unload(struct thread *t);	     /* partners get -ESRCH; O(its senders) */
struct thread *thread_lookup(uint32_t id);
struct thread *thread_get(struct domain *caller, uint32_t id, int *err); /* as space_get */

void thread_fill(const struct thread *t, struct tagma_thread *a);   /* all but `set` */
void thread_record(struct thread *t, struct tagma_saved_thread *s); /* for a reload */
/* What `set` names of a: values for a thread of a domain with that top priority; then set. */
int thread_check(uint32_t top_prio, const struct tagma_thread *a, uint32_t set);
void thread_apply(struct thread *t, const struct tagma_thread *a, uint32_t set);

/* State changes keep the run queue right; nothing else touches run_link. */
void thread_set_state(struct thread *t, enum thread_state s);
void thread_set_stopped(struct thread *t,
			bool stopped); /* false also starts a THREAD_STOPPED one */
void thread_set_prio(struct thread *t, uint8_t prio);
void thread_move(struct thread *t, struct space *s); /* it runs there from now on */
bool thread_runnable(const struct thread *t);

static inline struct thread *thread_of_object(void *obj)
{
	return obj != NULL ? container_of(obj, struct thread, obj) : NULL;
}

long hc_thread(struct thread *t, uint32_t cmd, gva_t arg);

#endif

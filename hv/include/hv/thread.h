/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads: a thread that does not run is wholly in its descriptor. */
#ifndef HV_THREAD_H
#define HV_THREAD_H

#include <asm/thread.h>
#include <hv/object.h>
#include <hv/time.h>
#include <public/tagma.h>

enum thread_state {
	THREAD_READY,    /* in a run queue, or running */
	THREAD_STOPPED,
	THREAD_SENDING,  /* queued at ipc.partner->ipc.senders */
	THREAD_RECEIVING,
	THREAD_XFER,     /* in a string transfer that waits for a page fault reply */
	THREAD_BLOCKED,  /* SCHEDOP_block or _poll */
};

/* Why a thread sends or waits: what the reply does to it. */
enum ipc_kind { IPC_USER, IPC_FAULT, IPC_TRAP, IPC_XFER_FAULT };

/*
 * IPC state. A thread is in at most one list through `link`: the senders' queue
 * of its partner. A queue is ordered by priority, then by time. Partners are kept
 * by id and looked up when needed: a stale id can never reach a new thread.
 */
struct ipc {
	uint32_t partner; /* whom we send to, or the closed receive's source; TAGMA_ANY */
	uint32_t tag;     /* as sent; survives while queued */
	uint32_t from;    /* receive phase to enter after sending; TAGMA_NIL none */
	uint32_t w[3];
	gva_t msg;        /* struct tagma_msg of a LONG call, in our space */
	uint32_t window;  /* copied in at entry: receive window, string buffer and limits */
	uint32_t rcv_str, rcv_len, snd_str, snd_len;
	uint32_t rcv_us, xfer_us;
	uint32_t done;    /* bytes of the string transferred so far: progress lives here */
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
	enum thread_state state;
	bool stopped;    /* TAGMA_THREAD_F_STOPPED: not run even if READY */
	uint8_t prio;
	uint32_t slice_us;
	uint64_t slice_left;  /* ns */
	uint64_t run_ns;      /* used so far, up to last_start when running */
	uint64_t last_start;
	struct list run_link; /* cpu->rq, iff READY, not stopped, domain not paused */
	struct list space_link;
	uint32_t pager, handler, cookie;
	struct space *home;   /* during a forwarded trap: where it will return to */
	uint64_t fault_addr;  /* of the fault being handled */
	uint32_t fault_want;
	struct ipc ipc;
	struct vcpu *vcpu;    /* this thread is a domain's vCPU */
};

extern struct pool thread_pool;

void thread_init_pool(uint32_t nr);
struct thread *thread_load(struct domain *d, struct space *s); /* stopped, no registers; NULL: pool empty */
void thread_unload(struct thread *t); /* partners get -ESRCH; O(its senders) */
struct thread *thread_lookup(uint32_t id);
struct thread *thread_get(struct domain *caller, uint32_t id, int *err); /* as space_get */

/* State changes keep the run queue right; nothing else touches run_link. */
void thread_set_state(struct thread *t, enum thread_state s);
void thread_set_stopped(struct thread *t, bool stopped);

long hc_thread(struct thread *t, uint32_t cmd, gva_t arg);

#endif

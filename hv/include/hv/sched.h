/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduler: 256 priorities, round robin within one, by time slices (L4-12).
 * A two-level bitmap finds the highest ready priority in O(1).
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/time.h>

struct runqueue {
	struct list ready[256];
	uint64_t bitmap[4];
	int top; /* the highest priority in the queue; -1: it is empty */
	uint32_t nr_ready;
	uint64_t start;	    /* from when on the running thread has not been charged */
	uint64_t slice_end; /* of the running time slice; TIMER_NEVER: idle */
	bool slice_over;
};

#define SCHED_SLICE_US 10000u /* the default time slice */

void sched_init(struct cpu *c);
void sched_tick(struct cpu *c, uint64_t now); /* the hardware timer fired: is the slice over? */
/* The thread that runs, and the one to switch to, are not in the queue. */
/* If it may run: at the tail of its priority; preempts if higher. */
void sched_enqueue(struct thread *t);
void sched_dequeue(struct thread *t);
void sched_rotate(struct thread *t); /* yield: to the tail of its priority, with a new slice */

/* If the caller blocks: run `to`, which has just become READY, at once in the time
 * slice of the caller, without passing the queue (L4-5), unless something of higher
 * priority is ready. */
void sched_switch_to(struct thread *to);

/* The last act of every entry: accounts time, picks the thread to resume, idles
 * when there is none. Delivers pending upcalls and checks preemption. */
struct thread *sched_exit(void);

/* t is unloaded: charge what it used and forget it. */
void sched_forget(struct thread *t);
/* CPU time used, up to now if it runs. */
uint64_t sched_run_ns(const struct thread *t);
bool sched_check(void); /* the invariants of this CPU's queue; logs and returns false */

long hc_sched_op(struct thread *t, uint32_t cmd, gva_t arg);

#endif

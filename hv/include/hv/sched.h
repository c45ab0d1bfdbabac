/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduler: 256 priorities, round robin within one, by time slices (L4-12).
 * A two-level bitmap finds the highest ready priority in O(1).
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/list.h>

struct runqueue {
	struct list ready[256];
	uint64_t bitmap[4];
	uint32_t nr_ready;
};

void sched_init(struct cpu *c);
void sched_enqueue(struct thread *t); /* at the tail of its priority; preempts if higher */
void sched_dequeue(struct thread *t);
void sched_yield(struct thread *t);   /* to the tail of its priority, with a new slice */

/* Run `to` at once in the time slice of the caller, without passing the queue
 * (L4-5), if nothing of higher priority is ready. */
void sched_switch_to(struct thread *to);

/* The last act of every entry: accounts time, picks the thread to resume, idles
 * when there is none. Delivers pending upcalls and checks preemption. */
struct thread *sched_exit(void);

long hc_sched_op(struct thread *t, uint32_t cmd, gva_t arg);

#endif

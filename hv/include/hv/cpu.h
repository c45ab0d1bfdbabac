/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-processor state: all of it is in one struct. */
#ifndef HV_CPU_H
#define HV_CPU_H

#include <asm/cpu.h>
#include <hv/counter.h>
#include <hv/sched.h>
#include <hv/signal.h>
#include <hv/trace.h>

struct cpu {
	struct arch_cpu arch; /* first */
	uint32_t id;
	struct thread *current; /* whose registers are live, or were at entry; NULL idle */
	struct thread *next;	/* sched_switch_to: resume this one, if nothing is higher */
	bool resched;
	struct runqueue rq;
	struct list timers;
	uint64_t timer_armed; /* what the hardware timer is set to; TIMER_NEVER */
	uint64_t idle_ns;
	uint64_t counter[NR_COUNTERS];
	struct trace trace;
	bool latency;		/* option: keep preempt.max_ns */
	uint64_t latency_start; /* interrupts have been off since then */
	struct rtlb rtlb;
};

/* this_cpu() comes from <asm/cpu.h> */

#define COUNT(name) (this_cpu()->counter[COUNTER_##name]++)

#endif

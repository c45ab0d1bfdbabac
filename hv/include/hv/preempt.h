/* SPDX-License-Identifier: GPL-2.0-only */
/* Preemption points of long operations (RV-3), and how long interrupts stay off between. */
#ifndef HV_PREEMPT_H
#define HV_PREEMPT_H

#include <hv/cpu.h>

/* True if the operation should stop and be restarted: takes pending interrupts for
 * an instant, then looks whether anything else should run. */
bool preempt_point(void);

/* With the option `latency` the longest time with interrupts off is kept in the counter
 * preempt.max_ns, and each that is an eighth longer than the last is logged with what was done. */
#define LATENCY_TOLD_NS 10000u
void latency_init(struct cpu *c);
void latency_note_begin(struct cpu *c);
void latency_note_end(struct cpu *c, uint32_t what);

static inline void latency_begin(void)
{
	if (__builtin_expect(this_cpu()->latency, 0))
		latency_note_begin(this_cpu());
}

/* what: a hypercall's number, or LATENCY_* */
#define LATENCY_TRAP 0x100u
#define LATENCY_STEP 0x200u /* up to a preemption point */

static inline void latency_end(uint32_t what)
{
	if (__builtin_expect(this_cpu()->latency, 0))
		latency_note_end(this_cpu(), what);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/preempt.h>
#include <hv/thread.h>

void latency_init(struct cpu *c) { c->latency = boot_option_u64("latency", 0) != 0; }

void latency_note_begin(struct cpu *c) { c->latency_start = time_ns(); }

void latency_note_end(struct cpu *c, uint32_t what)
{
	uint64_t ns = time_ns() - c->latency_start, *max = &c->counter[COUNTER_preempt_max];
	bool news = ns >= LATENCY_TOLD_NS && ns > *max + *max / 8;

	if (ns <= *max)
		return;
	*max = ns;
	if (news)
		kprintf("latency: %llu ns in %s%u\n", (unsigned long long)ns,
			what == LATENCY_TRAP   ? "a trap of thread "
			: what == LATENCY_STEP ? "a step of thread "
					       : "hypercall ",
			what < LATENCY_TRAP  ? what
			: c->current != NULL ? c->current->obj.id
					     : 0);
}

bool preempt_point(void)
{
	COUNT(preempt);
	latency_end(LATENCY_STEP);
	arch_irq_window();
	latency_begin();
	return this_cpu()->resched;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <host.h>
#include <hv/preempt.h>

bool preempt_point(void)
{
	host_preempt_points++;
	return host_preempt;
}

void latency_note_begin(struct cpu *c) { (void)c; }

void latency_note_end(struct cpu *c, uint32_t what)
{
	(void)c;
	(void)what;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/cpu.h>

const char *const counter_names[NR_COUNTERS] = {
#define X(name, dotted) [COUNTER_##name] = dotted,
	COUNTERS(X)
#undef X
};

uint64_t counter_read(const struct cpu *c, enum counter which)
{
	uint64_t n = c->counter[which];

	if (which == COUNTER_hypercall || which == COUNTER_ipc || which == COUNTER_thread_switch)
		n += c->counter[COUNTER_ipc_fast];
	return n;
}

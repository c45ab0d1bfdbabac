/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trace: per CPU, a ring of what was entered and who ran, read with
 * TAGMA_DEBUG_trace. Off unless booted with trace=ENTRIES; then one compare each.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include <hv/types.h>
#include <public/tagma.h>

struct trace {
	struct tagma_trace_entry *ring; /* NULL: off */
	uint32_t mask;			/* entries - 1; a power of two of them */
	uint64_t next;			/* entries ever written */
};

void trace_init(struct cpu *c);
void trace_add(uint32_t event, uint32_t a, uint32_t b);

/* Needs <hv/cpu.h>. event is the tail of a TAGMA_TRACE_* name. */
#define TRACE(event, a, b)                                                            \
	do {                                                                          \
		if (__builtin_expect(this_cpu()->trace.ring != NULL, 0))              \
			trace_add(TAGMA_TRACE_##event, (uint32_t)(a), (uint32_t)(b)); \
	} while (0)

#endif

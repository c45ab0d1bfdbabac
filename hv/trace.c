/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/boot.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/thread.h>

#define TRACE_MAX 65536u

void trace_init(struct cpu *c)
{
	uint64_t want = boot_option_u64("trace", 0);
	uint32_t nr = 1, bytes;

	if (!want)
		return;
	while (nr < TRACE_MAX && nr * 2ull <= want)
		nr *= 2;
	bytes = nr * (uint32_t)sizeof(struct tagma_trace_entry);
	c->trace.ring = frame_alloc_hv((bytes + PAGE_MASK) >> PAGE_SHIFT);
	c->trace.mask = nr - 1;
	kprintf("trace: %u entries\n", nr);
}

void trace_add(uint32_t event, uint32_t a, uint32_t b)
{
	struct cpu *c = this_cpu();

	c->trace.ring[c->trace.next++ & c->trace.mask] = (struct tagma_trace_entry){
		.time_ns = time_ns(),
		.event = event,
		.thread = c->current ? c->current->obj.id : TAGMA_NIL,
		.a = a,
		.b = b,
	};
}

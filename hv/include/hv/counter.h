/* SPDX-License-Identifier: GPL-2.0-only */
/* Event counters, per CPU; read with TAGMA_DEBUG_counters. */
#ifndef HV_COUNTER_H
#define HV_COUNTER_H

#include <hv/types.h>

/* X(name, "dotted.name"): dotted names are stable, tests and tools use them. */
#define COUNTERS(X)                                     \
	X(hypercall, "entry.hypercall")                 \
	X(page_fault, "entry.page_fault")               \
	X(exception, "entry.exception")                 \
	X(irq, "entry.irq")                             \
	X(timer, "entry.timer")                         \
	X(ipc_fast, "ipc.fast")                         \
	X(ipc, "ipc.transfers")                         \
	X(ipc_fault, "ipc.fault")                       \
	X(ipc_trap, "ipc.trap")                         \
	X(event, "event.raised")                        \
	X(upcall, "event.upcall")                       \
	X(forward, "trap.forwarded")                    \
	X(thread_switch, "switch.thread")               \
	X(space_switch, "switch.space")                 \
	X(cr3_load, "switch.cr3_load")                  \
	X(small_switch, "switch.small")                 \
	X(promoted, "small.promoted")                   \
	X(tag_kept, "tlb.tag_kept")                     \
	X(tlb_flush, "tlb.flush_all")                   \
	X(tlb_flush_page, "tlb.flush_page")             \
	X(vtlb_miss, "vtlb.miss")                       \
	X(vtlb_evict, "vtlb.evict")                     \
	X(vtlb_table_ns, "vtlb.table_ns")               \
	X(io_miss, "vtlb.io_miss")                      \
	X(fpu_switch, "switch.fpu")                     \
	X(map, "mapdb.map")                             \
	X(grant, "mapdb.grant")                         \
	X(unmap, "mapdb.unmap")                         \
	X(writeback_domain, "cache.writeback.domain")   \
	X(writeback_space, "cache.writeback.space")     \
	X(writeback_thread, "cache.writeback.thread")   \
	X(writeback_mapping, "cache.writeback.mapping") \
	X(preempt, "preempt.point")                     \
	X(preempt_max, "preempt.max_ns")                \
	X(signal, "signal.sent")                        \
	X(signal_queued, "signal.queued")               \
	X(signal_lost, "signal.lost")                   \
	X(rtlb_hit, "signal.rtlb_hit")                  \
	X(rtlb_miss, "signal.rtlb_miss")

enum counter {
#define X(name, dotted) COUNTER_##name,
	COUNTERS(X)
#undef X
		NR_COUNTERS
};

extern const char *const counter_names[NR_COUNTERS];

struct cpu;
/* The short path counts once what is several things: it is added here. */
uint64_t counter_read(const struct cpu *c, enum counter which);

#endif

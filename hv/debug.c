/* SPDX-License-Identifier: GPL-2.0-only */
/* What developers and tools ask about the hypervisor itself. */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/prio.h>
#include <hv/signal.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <xen/errno.h>

#define TRACE_READ_MAX 256u

_Static_assert(NR_COUNTERS <= TAGMA_MAX_COUNTERS, "struct tagma_counters");

static long debug_counters(struct thread *t, gva_t arg)
{
	uint32_t head[2] = { NR_COUNTERS, 0 };

	if (copy_to_guest(t->space, arg, head, sizeof(head), NULL))
		return -XEN_EFAULT;
	for (uint32_t i = 0; i < NR_COUNTERS; i++) {
		struct tagma_counter c = { .value = counter_read(this_cpu(), i) };

		ksnprintf(c.name, sizeof(c.name), "%s", counter_names[i]);
		if (copy_to_guest(t->space,
				  GVA(arg.a + offsetof(struct tagma_counters, c) + i * sizeof(c)),
				  &c, sizeof(c), NULL))
			return -XEN_EFAULT;
	}
	return 0;
}

/* Walks everything, so it is not for everybody: it holds the machine up. */
static long debug_check(struct thread *t)
{
	static const struct {
		const char *name;
		bool (*check)(void);
	} checks[] = {
		{ "frames", frame_check },	 { "mappings", mapdb_check },
		{ "domains", domain_check },	 { "IPC", ipc_check },
		{ "scheduler", sched_check },	 { "priorities", prio_check },
		{ "object cache", cache_check }, { "signals", signal_check },
	};
	long r = 0;

	if (!t->domain->control)
		return -XEN_EPERM;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (checks[i].check())
			continue;
		kprintf("check: %s broken\n", checks[i].name);
		r = -XEN_EILSEQ;
	}
	return r;
}

static long debug_trace(struct thread *t, gva_t arg)
{
	const struct trace *tr = &this_cpu()->trace;
	struct tagma_trace_read rd;
	uint64_t oldest;
	uint32_t n = 0;

	if (!t->domain->control)
		return -XEN_EPERM;
	if (copy_from_guest(t->space, &rd, arg, sizeof(rd), NULL))
		return -XEN_EFAULT;
	if (rd.cpu != this_cpu()->id)
		return -XEN_EINVAL;
	if (!tr->ring)
		return -XEN_ENODEV;
	oldest = tr->next > tr->mask ? tr->next - tr->mask - 1 : 0;
	rd.lost = rd.index < oldest ? (uint32_t)MIN(oldest - rd.index, (uint64_t)UINT32_MAX) : 0;
	rd.index = MIN(MAX(rd.index, oldest), tr->next);
	for (; n < MIN(rd.max, TRACE_READ_MAX) && rd.index < tr->next; n++, rd.index++) {
		const struct tagma_trace_entry *e = &tr->ring[rd.index & tr->mask];

		if (copy_to_guest(t->space, GVA(rd.buf + n * sizeof(*e)), e, sizeof(*e), NULL))
			return -XEN_EFAULT;
	}
	return copy_to_guest(t->space, arg, &rd, sizeof(rd), NULL) ? -XEN_EFAULT : (long)n;
}

static long debug_machine(struct thread *t, gva_t arg)
{
	struct tagma_machine m = {
		.abi = TAGMA_ABI_VERSION,
		.nr_colours = frame_nr_colours(),
		.nr_irqs = arch_nr_irqs(),
		.nr_domains = domain_pool_size(),
		.nr_spaces = space_pool.nr,
		.nr_threads = thread_pool.nr,
		.nr_mappings = mapdb_size(),
	};

	arch_cache_geometry(&m.llc_size, &m.llc_ways, &m.llc_line);
	arch_cpu_info(m.cpu, sizeof(m.cpu));
	return copy_to_guest(t->space, arg, &m, sizeof(m), NULL) ? -XEN_EFAULT : 0;
}

long hc_debug(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case TAGMA_DEBUG_counters:
		return debug_counters(t, arg);
	case TAGMA_DEBUG_check:
		return debug_check(t);
	case TAGMA_DEBUG_trace:
		return debug_trace(t, arg);
	case TAGMA_DEBUG_machine:
		return debug_machine(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

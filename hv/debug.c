/* SPDX-License-Identifier: GPL-2.0-only */
/* What developers and tools ask about the hypervisor itself. */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/cpu.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/prio.h>
#include <hv/space.h>

#define TRACE_READ_MAX 256u

_Static_assert(NR_COUNTERS <= TAGMA_MAX_COUNTERS, "struct tagma_counters");

static long debug_counters(struct thread *t, void *arg)
{
	gva_t to = *(const gva_t *)arg;
	uint32_t head[2] = { NR_COUNTERS, 0 };
	long r = copy_to_guest(t->space, to, head, sizeof(head), NULL);

	to.a += offsetof(struct tagma_counters, c);
	for (uint32_t i = 0; i < NR_COUNTERS && !r; i++, to.a += sizeof(struct tagma_counter)) {
		struct tagma_counter c = { .value = counter_read(this_cpu(), i) };

		ksnprintf(c.name, sizeof(c.name), "%s", counter_names[i]);
		r = copy_to_guest(t->space, to, &c, sizeof(c), NULL);
	}
	return r;
}

/* Walks everything, so it is not for everybody: it holds the machine up. */
static long debug_check(struct thread *t, void *none)
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

	(void)none;
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

static long debug_trace(struct thread *t, void *arg)
{
	const struct trace *tr = &this_cpu()->trace;
	struct tagma_trace_read *rd = arg;
	uint64_t oldest = tr->next > tr->mask ? tr->next - tr->mask - 1 : 0;
	uint32_t n = 0;

	if (!t->domain->control)
		return -XEN_EPERM;
	if (rd->cpu != this_cpu()->id)
		return -XEN_EINVAL;
	if (!tr->ring)
		return -XEN_ENODEV;
	rd->lost = rd->index < oldest ? (uint32_t)MIN(oldest - rd->index, (uint64_t)UINT32_MAX) : 0;
	rd->index = MIN(MAX(rd->index, oldest), tr->next);
	for (; n < MIN(rd->max, TRACE_READ_MAX) && rd->index < tr->next; n++, rd->index++) {
		const struct tagma_trace_entry *e = &tr->ring[rd->index & tr->mask];

		if (copy_to_guest(t->space, GVA(rd->buf + n * sizeof(*e)), e, sizeof(*e), NULL))
			return -XEN_EFAULT;
	}
	return (long)n;
}

static long debug_machine(struct thread *t, void *arg)
{
	struct tagma_machine *m = arg;

	(void)t;
	*m = (struct tagma_machine){
		.abi = TAGMA_ABI_VERSION,
		.nr_colours = frame_nr_colours(),
		.nr_irqs = arch_nr_irqs(),
		.nr_domains = domain_pool.nr,
		.nr_spaces = space_pool.nr,
		.nr_threads = thread_pool.nr,
		.nr_mappings = mapdb_size(),
	};
	arch_cache_geometry(&m->llc_size, &m->llc_ways, &m->llc_line);
	arch_cpu_info(m->cpu, sizeof(m->cpu));
	return 0;
}

static long debug_mark(struct thread *t, void *arg)
{
	(void)t;
	arch_mark((uint8_t)((const gva_t *)arg)->a);
	return 0;
}

long hc_debug(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[TAGMA_DEBUG_counters] = HC_ADDR(debug_counters),
		[TAGMA_DEBUG_check] = HC_ADDR(debug_check),
		[TAGMA_DEBUG_trace] = HC_INOUT(debug_trace, struct tagma_trace_read),
		[TAGMA_DEBUG_machine] = HC_INOUT(debug_machine, struct tagma_machine),
		[TAGMA_DEBUG_mark] = HC_ADDR(debug_mark),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

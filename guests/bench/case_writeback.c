/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads into a full cache: each writes another object of ours back (seed CK-2). What is loaded is
 * left there, so all but the first samples replace what an earlier one has loaded.
 */
#include <errno.h>
#include <tagma/arch_lib.h>
#include <tagma/cache.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include "bench.h"

#define MAPPINGS_AT 0x10000000u
#define FILL_ORDER 8u /* pages mapped at a time */

static struct tagma_machine machine;
static struct series *series;
static uint32_t records;
static uint32_t at; /* where the next mapping goes */
static void *pages;

static void written_back(const struct tagma_record *r)
{
	(void)r;
	records++;
}

static void channel(void)
{
	static bool open;
	int err = open ? 0 : cache_init(written_back);

	open = true;
	if (!err)
		err = (int)HYPERVISOR_tagma_debug(TAGMA_DEBUG_machine, &machine);
	if (err)
		bench_fail("a writeback channel", err);
	event_disable();
}

static void load(uint32_t nr, uint32_t cmd, void *arg)
{
	static struct stamp st;

	cache_drain();
	count_on();
	stamp_hypercall(&st, nr, cmd, stamp_ptr(arg), 0);
	count_off();
	if (st.a)
		bench_fail("a load", (int)st.a);
	if (series)
		series_add(series, st.t0, st.t1);
}

static void thread(const struct bench_case *c)
{
	static struct tagma_thread t __attribute__((aligned(256)));

	t = (struct tagma_thread){
		.space = place_space(c->server),
		.flags = TAGMA_THREAD_F_STOPPED,
		.prio = 1,
	};
	arch_thread_regs(&t.regs, party_client, 0, &t);
	load(__HYPERVISOR_tagma_thread, TAGMA_THREAD_load, &t);
}

static void space(const struct bench_case *c)
{
	static struct tagma_space s __attribute__((aligned(64)));

	(void)c;
	s = (struct tagma_space){ 0 };
	load(__HYPERVISOR_tagma_space, TAGMA_SPACE_load, &s);
}

static void fill(const struct bench_case *c, void (*fn)(const struct bench_case *c), uint32_t n)
{
	series = NULL;
	bench_warming = true;
	while (n-- && !bench_failed())
		fn(c);
	bench_warming = false;
}

/* What has no record, a mapping, is counted as written back by the hypervisor alone. */
static void measure(const struct bench_case *c, void (*fn)(const struct bench_case *c),
		    bool has_record)
{
	uint32_t n = bench_iterations_max(400);

	cache_drain();
	records = 0;
	series = series_open(c->name, "");
	for (uint32_t i = 0; i < n && !bench_failed(); i++)
		fn(c);
	cache_drain();
	if (has_record && records < n)
		bench_fail("loads without a writeback", (int)(n - records));
	series_close(series, n);
}

static void run_thread(const struct bench_case *c)
{
	channel();
	fill(c, thread, 2 * machine.nr_threads);
	measure(c, thread, true);
}

static void run_space(const struct bench_case *c)
{
	channel();
	fill(c, space, 2 * machine.nr_spaces);
	measure(c, space, true);
}

static void map_one(const struct bench_case *c)
{
	static struct tagma_map arg;
	static struct stamp st;

	arg = (struct tagma_map){
		.src_space = TAGMA_SELF,
		.dst_space = place_space(c->server),
		.src = TAGMA_FPAGE(stamp_ptr(pages), PAGE_SHIFT, TAGMA_RW),
		.dst = at,
	};
	at += PAGE_SIZE;
	count_on();
	stamp_hypercall(&st, __HYPERVISOR_tagma_map, TAGMA_MAP_map, stamp_ptr(&arg), 1);
	count_off();
	if (st.a != 1)
		bench_fail("a map operation", (int)st.a);
	series_add(series, st.t0, st.t1);
}

static void run_map(const struct bench_case *c)
{
	uint32_t size = PAGE_SIZE << FILL_ORDER, space_id = place_space(c->server), i;
	int err;

	channel();
	pages = pages_alloc(FILL_ORDER);
	err = pages ? 0 : -ENOMEM;
	at = MAPPINGS_AT;
	for (i = 0; !err && i < machine.nr_mappings; i += 1u << FILL_ORDER, at += size)
		err = map_pages(TAGMA_SELF, stamp_ptr(pages), space_id, at, size, TAGMA_RW);
	if (err) {
		bench_fail("mappings to fill the cache", err);
		return;
	}
	measure(c, map_one, false);
	err = flush_pages(TAGMA_SELF, stamp_ptr(pages), size, TAGMA_RWX, 0);
	if (err)
		bench_fail("flush of what filled the cache", err);
	page_put(pages);
}

const struct bench_case writeback_cases[] = {
	{ .name = "map.1.writeback", .run = run_map, .server = PLACE_LARGE_B },
	{ .name = "load.thread.writeback", .run = run_thread, .server = PLACE_ROOT },
	{ .name = "load.space.writeback", .run = run_space },
	{ 0 },
};

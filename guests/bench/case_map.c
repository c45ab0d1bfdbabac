/* SPDX-License-Identifier: GPL-2.0-only */
/* Map, grant and flush by hypercall, out of the root space. */
#include <errno.h>
#include <list.h>
#include <tagma/hypercall.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include "bench.h"

#define DST 0x60000000u /* in another space; nothing of the kernel's is there */
#define SRC_ORDER 4u
#define FLUSH_BATCH 64u /* mappings made by one call */

static struct series *series;
static char *pages;

static void one(uint32_t cmd, const struct tagma_map *op, uint32_t wanted)
{
	static struct tagma_map arg; /* not on the stack: in one page */
	static struct stamp st;

	arg = *op;
	count_on();
	stamp_hypercall(&st, __HYPERVISOR_tagma_map, cmd, stamp_ptr(&arg), 1);
	count_off();
	if (st.a != wanted)
		bench_fail("a map operation", (int)st.a);
	series_add(series, st.t0, st.t1);
}

static void flush_all(uint32_t n)
{
	int err = flush_pages(TAGMA_SELF, stamp_ptr(pages), n << PAGE_SHIFT, TAGMA_RWX, 0);

	if (err)
		bench_fail("flush", err);
}

static void map(const struct bench_case *c)
{
	const struct tagma_map op = {
		.src_space = TAGMA_SELF,
		.dst_space = place_space(c->server),
		.src = TAGMA_FPAGE(stamp_ptr(pages), PAGE_SHIFT + (uint32_t)__builtin_ctz(c->n),
				   TAGMA_RW),
		.dst = DST,
	};

	one(TAGMA_MAP_map, &op, 1);
	flush_all(c->n);
}

static void grant(const struct bench_case *c)
{
	uint32_t from = place_space(c->client);
	const struct tagma_map op = {
		.src_space = from,
		.dst_space = place_space(c->server),
		.src = TAGMA_FPAGE(DST, PAGE_SHIFT, TAGMA_RW),
		.dst = DST,
	};
	int err = map_pages(TAGMA_SELF, stamp_ptr(pages), from, DST, PAGE_SIZE, TAGMA_RW);

	if (err)
		bench_fail("a page to grant", err);
	one(TAGMA_MAP_grant, &op, 1);
	flush_all(1);
}

/* The same page at n places of another space. */
static void map_often(uint32_t space, uint32_t n)
{
	static struct tagma_map op[FLUSH_BATCH];

	for (uint32_t done = 0; done < n;) {
		uint32_t i = 0;
		int err;

		for (; i < FLUSH_BATCH && done < n; i++, done++)
			op[i] = (struct tagma_map){
				.src_space = TAGMA_SELF,
				.dst_space = space,
				.src = TAGMA_FPAGE(stamp_ptr(pages), PAGE_SHIFT, TAGMA_RW),
				.dst = DST + (done << PAGE_SHIFT),
			};
		err = map_ops(TAGMA_MAP_map, op, i, 0);
		if (err) {
			bench_fail("mappings to flush", err);
			return;
		}
	}
}

static const struct tagma_map *flush_op(void)
{
	static struct tagma_map op;

	op = (struct tagma_map){
		.src_space = TAGMA_SELF,
		.src = TAGMA_FPAGE(stamp_ptr(pages), PAGE_SHIFT, TAGMA_RWX),
	};
	return &op;
}

static void flush(const struct bench_case *c)
{
	map_often(place_space(c->server), c->n);
	one(TAGMA_MAP_flush, flush_op(), 1);
}

/* The processor knows the mapping: it was used. */
static void flush_used(const struct bench_case *c)
{
	map_often(TAGMA_SELF, c->n);
	for (uint32_t i = 0; i < c->n && !bench_failed(); i++)
		*(volatile char *)(DST + (i << PAGE_SHIFT)) = 1;
	one(TAGMA_MAP_flush, flush_op(), 1);
}

static void measure(const struct bench_case *c, void (*fn)(const struct bench_case *c), uint32_t n)
{
	pages = pages_alloc(SRC_ORDER);
	if (!pages) {
		bench_fail("memory", 0);
		return;
	}
	series = series_open(c->name, "");
	bench_loop(fn, c, n);
	series_close(series, n);
	page_put(pages);
}

static void run_map(const struct bench_case *c) { measure(c, map, bench_iterations()); }

static void run_grant(const struct bench_case *c) { measure(c, grant, bench_iterations()); }

/* As many mappings in all whatever their number at a time. */
static void run_flush(const struct bench_case *c)
{
	measure(c, flush, bench_iterations_max(c->n < 1000 ? 1000 : 10));
}

static void run_flush_used(const struct bench_case *c)
{
	measure(c, flush_used, bench_iterations());
}

const struct bench_case map_cases[] = {
	{ .name = "map.1", .run = run_map, .server = PLACE_LARGE_A, .n = 1 },
	{ .name = "map.2", .run = run_map, .server = PLACE_LARGE_A, .n = 2 },
	{ .name = "map.4", .run = run_map, .server = PLACE_LARGE_A, .n = 4 },
	{ .name = "map.8", .run = run_map, .server = PLACE_LARGE_A, .n = 8 },
	{ .name = "map.16", .run = run_map, .server = PLACE_LARGE_A, .n = 16 },
	{ .name = "grant.1", .run = run_grant, .client = PLACE_LARGE_A, .server = PLACE_LARGE_B },
	{ .name = "flush.1", .run = run_flush, .server = PLACE_LARGE_A, .n = 1 },
	{ .name = "flush.1.used", .run = run_flush_used, .n = 1 },
	{ .name = "flush.100", .run = run_flush, .server = PLACE_LARGE_A, .n = 100 },
	{ .name = "flush.10000", .run = run_flush, .server = PLACE_LARGE_A, .n = 10000 },
	{ 0 },
};

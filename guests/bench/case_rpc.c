/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call costs an application that has a working set (figure 2 of the L4 paper): it calls a
 * server that touches little, then touches all its pages again. The same without the call is
 * taken off, so what is left is the call there and back, and what of the TLB it cost.
 * The application is in a large space; the server is in a small one or in another large one.
 */
#include <tagma/arch_lib.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include "bench.h"

#define PAGES_AT 0x30000000u
#define PAGES_ORDER 6u
#define LINE 64u    /* pages are touched in different lines: caches hold them all */
#define ROUNDS 64u  /* calls a sample */
#define SAMPLES 48u /* at most */

static struct {
	uint32_t pages;
	bool call;
	uint64_t ticks;
} plan;

static void serve(void *arg)
{
	struct ipc m = { 0 };

	(void)arg;
	ipc_receive(&m, TAGMA_ANY);
	for (;;) {
		m.tag = TAGMA_T_WORDS(2);
		ipc_reply_wait(&m, m.sender);
	}
}

static void work(uint32_t n)
{
	uint64_t from = arch_cycles();

	(void)n;
	for (uint32_t r = 0; r < ROUNDS; r++) {
		struct ipc m = { .tag = TAGMA_T_WORDS(2) };

		if (plan.call && ipc_call(&m, server.id))
			bench_fail("a call", ipc_error(&m));
		for (uint32_t i = 0; i < plan.pages; i++)
			++*(volatile uint32_t *)(PAGES_AT + (i << PAGE_SHIFT) +
						 (i * LINE & (PAGE_SIZE - 1)));
	}
	plan.ticks = arch_cycles() - from;
}

static void work_calling(uint32_t n)
{
	plan.call = true;
	party_run(&client, work, n);
}

static void work_alone(uint32_t n)
{
	plan.call = false;
	party_run(&client, work, n);
}

/* On a host that others use, the least is what the work itself takes. */
static uint64_t least_alone(uint32_t n)
{
	uint64_t least = UINT64_MAX;

	for (uint32_t i = 0; i < n; i++) {
		work_alone(0);
		least = plan.ticks < least ? plan.ticks : least;
	}
	return least;
}

static void sample(struct series *s, uint64_t alone)
{
	count_on();
	work_calling(0);
	count_off();
	series_ticks(s, plan.ticks > alone ? (plan.ticks - alone) / ROUNDS : 0);
}

static void measure(const struct bench_case *c, uint32_t n)
{
	const struct party_how ch = { .place = c->client }, sh = { .place = c->server };
	struct series *s = series_open(c->name, "");
	uint64_t alone;

	party_start(&server, &sh, serve, NULL);
	party_start(&client, &ch, party_client, NULL);
	bench_warming = true;
	sample(s, least_alone(1));
	bench_warming = false;
	alone = least_alone(n);
	for (uint32_t i = 0; i < n && !bench_failed(); i++)
		sample(s, alone);
	if (bench_model) {
		model_window(c->name, "", work_calling, 0);
		model_window(c->name, "alone", work_alone, 0);
	}
	party_stop(&client);
	party_stop(&server);
	series_close(s, n * ROUNDS);
}

static void run(const struct bench_case *c)
{
	uint32_t bytes = PAGE_SIZE << PAGES_ORDER;
	void *pages = pages_alloc(PAGES_ORDER);
	int err = pages ? map_pages(TAGMA_SELF, stamp_ptr(pages), place_space(c->client), PAGES_AT,
				    bytes, TAGMA_RW)
			: -1;

	plan.pages = c->n;
	if (err)
		bench_fail("a working set", err);
	else
		measure(c, bench_iterations_max(SAMPLES));
	flush_pages(TAGMA_SELF, stamp_ptr(pages), bytes, TAGMA_RWX, 0);
	page_put(pages);
}

#define RPC(nr)                                                                    \
	{ .name = "figure2.small." #nr,                                            \
	  .run = run,                                                              \
	  .client = PLACE_LARGE_A,                                                 \
	  .server = PLACE_SMALL_A,                                                 \
	  .n = nr },                                                               \
	{                                                                          \
		.name = "figure2.large." #nr, .run = run, .client = PLACE_LARGE_A, \
		.server = PLACE_LARGE_B, .n = nr, .beside_small = true             \
	}

const struct bench_case rpc_cases[] = {
	RPC(0),	 RPC(1),  RPC(2),  RPC(4),  RPC(8),  RPC(12), RPC(16),
	RPC(24), RPC(32), RPC(40), RPC(48), RPC(56), RPC(64), { 0 },
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages: a client calls, a server replies and waits. One way is from the instruction
 * that calls the stub in the one to the instruction behind it in the other.
 */
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include "bench.h"

#define STRING 4096u
#define ITEM_SRC 0x30000000u /* in the client's space */
#define ITEM_DST 0x40000000u /* in the server's: the window */
#define WINDOW_LOG2 26u
#define WINDOW_PAGES (1u << (WINDOW_LOG2 - PAGE_SHIFT))
#define ITEM_ORDER 4u
#define ITEM_PAGES (1u << ITEM_ORDER)

/* What is sent, both ways or only by the client. */
static struct {
	uint32_t call_tag, reply_tag;
	uint32_t item_log2; /* 0: no mapping */
	uint32_t at;	    /* of the window, where the next item goes */
} plan;

static char sent[STRING] __attribute__((aligned(4096)));
static char received[STRING] __attribute__((aligned(4096)));
static struct series *to_server, *to_client, *both;

/* edx is a word, or the address of the rest of the message. */
static void send(struct party *p, uint32_t tag, uint32_t dest, uint32_t from)
{
	p->stamp.arg[2] = tag & TAGMA_T_LONG ? stamp_ptr(&p->msg) : 3;
	stamp_ipc(&p->stamp, tag, dest, from);
}

static void serve(void *arg)
{
	struct stamp *s = &server.stamp;
	uint32_t to = TAGMA_NIL;

	(void)arg;
	server.msg.window = TAGMA_FPAGE(ITEM_DST, WINDOW_LOG2, TAGMA_RWX);
	server.msg.rcv_str = stamp_ptr(received);
	server.msg.rcv_len = STRING;
	for (;;) {
		send(&server, plan.reply_tag | TAGMA_T_SND_ZERO, to, TAGMA_ANY);
		if (stamp_failed(s))
			bench_fail("a server's message", (int)s->a);
		to = s->arg[0];
	}
}

static void prepare_item(void)
{
	client.msg.item[0].fpage = TAGMA_FPAGE(ITEM_SRC, plan.item_log2, TAGMA_RW);
	client.msg.item[0].hint = plan.at;
	plan.at += 1u << plan.item_log2;
}

static void call(uint32_t n)
{
	struct stamp *c = &client.stamp, *s = &server.stamp;

	client.msg.snd_str = stamp_ptr(sent);
	client.msg.snd_len = STRING;
	while (n--) {
		if (plan.item_log2)
			prepare_item();
		send(&client, plan.call_tag, server.id, server.id);
		if (stamp_failed(c)) {
			bench_fail("a client's message", (int)c->a);
			return;
		}
		series_add(to_server, c->t0, s->t1);
		if (to_client)
			series_add(to_client, s->t0, c->t1);
		if (both)
			series_add2(both, c->t0, s->t1, s->t0, c->t1);
	}
}

/* `ways`: the reply is as short as the call, and a figure too. */
static void measure(const struct bench_case *c, uint32_t n, bool ways)
{
	const struct party_how ch = { .place = c->client }, sh = { .place = c->server };

	to_server = series_open(c->name, "");
	to_client = ways ? series_open(c->name, "reply") : NULL;
	both = ways ? series_open(c->name, "round_trip") : NULL;
	party_start(&server, &sh, serve, NULL);
	party_start(&client, &ch, party_client, NULL);
	party_measure(&client, call, n);
	party_stop(&client);
	party_stop(&server);
	if (ways) {
		series_close(both, n);
		series_close(to_client, 2 * n);
	}
	series_close(to_server, plan.call_tag == plan.reply_tag ? 2 * n : n);
}

static void set_plan(uint32_t call_tag, uint32_t reply_tag, uint32_t item_log2)
{
	plan.call_tag = call_tag;
	plan.reply_tag = reply_tag;
	plan.item_log2 = item_log2;
	plan.at = 0;
}

static void run_short(const struct bench_case *c)
{
	set_plan(TAGMA_T_WORDS(3), TAGMA_T_WORDS(3), 0);
	measure(c, bench_iterations(), true);
}

static void run_words(const struct bench_case *c)
{
	uint32_t tag = TAGMA_T_WORDS(c->n) | (c->n > 3 ? TAGMA_T_LONG : 0);

	set_plan(tag, tag, 0);
	measure(c, bench_iterations(), false);
}

/* The server takes a long message; what it replies is short. */
static void run_string(const struct bench_case *c)
{
	set_plan(TAGMA_T_LONG | TAGMA_T_STRING, TAGMA_T_LONG, 0);
	measure(c, bench_iterations(), false);
}

/* Each message maps the same pages to where nothing is yet. */
static void run_item(const struct bench_case *c)
{
	uint32_t size = c->n << PAGE_SHIFT, space = place_space(c->client);
	void *pages = pages_alloc(ITEM_ORDER);
	int err;

	if (!pages) {
		bench_fail("memory", 0);
		return;
	}
	err = map_pages(TAGMA_SELF, stamp_ptr(pages), space, ITEM_SRC, size, TAGMA_RW);
	if (err)
		bench_fail("pages to map", err);
	set_plan(TAGMA_T_LONG | TAGMA_T_ITEMS(1), TAGMA_T_LONG,
		 PAGE_SHIFT + (uint32_t)__builtin_ctz(c->n));
	measure(c, bench_iterations_max(WINDOW_PAGES / ITEM_PAGES - BENCH_WARM_UP), false);
	err = flush_pages(TAGMA_SELF, stamp_ptr(pages), size, TAGMA_RWX, 0);
	if (err)
		bench_fail("flush of what was mapped", err);
	page_put(pages);
}

#define CASE(what, fn, nr)                                                       \
	{ .name = what ".intra", .run = fn, .n = nr },                           \
		{ .name = what ".small_small",                                   \
		  .run = fn,                                                     \
		  .client = PLACE_SMALL_A,                                       \
		  .server = PLACE_SMALL_B,                                       \
		  .n = nr },                                                     \
		{ .name = what ".small_large",                                   \
		  .run = fn,                                                     \
		  .client = PLACE_SMALL_A,                                       \
		  .server = PLACE_LARGE_A,                                       \
		  .n = nr },                                                     \
	{                                                                        \
		.name = what ".large_large", .run = fn, .client = PLACE_LARGE_A, \
		.server = PLACE_LARGE_B, .n = nr                                 \
	}
#define WORDS(nr) CASE("ipc.words." #nr, run_words, nr)
#define ITEM(nr)                                                                  \
	{                                                                         \
		.name = "map.ipc." #nr, .run = run_item, .client = PLACE_LARGE_A, \
		.server = PLACE_LARGE_B, .n = nr                                  \
	}

const struct bench_case ipc_cases[] = {
	CASE("ipc.short", run_short, 0),
	{
		.name = "ipc.short.large_small",
		.run = run_short,
		.client = PLACE_LARGE_A,
		.server = PLACE_SMALL_A,
	},
	WORDS(0),
	WORDS(1),
	WORDS(2),
	WORDS(3),
	WORDS(8),
	WORDS(16),
	WORDS(32),
	WORDS(64),
	CASE("ipc.string.4k", run_string, 0),
	ITEM(1),
	ITEM(2),
	ITEM(4),
	ITEM(8),
	ITEM(16),
	{ 0 },
};

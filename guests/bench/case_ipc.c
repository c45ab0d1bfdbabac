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
#define ITEM_SRC 0x30000000u  /* in the client's space */
#define ITEM_DST 0x40000000u  /* in the server's: the window */
#define WINDOW_LOG2 26u
#define WINDOW_PAGES (1u << (WINDOW_LOG2 - PAGE_SHIFT))
#define ITEM_PAGES 16u

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

static void start(const struct bench_case *c)
{
	const struct party_how ch = { .place = c->client }, sh = { .place = c->server };

	party_start(&server, &sh, serve, NULL);
	party_start(&client, &ch, party_client, NULL);
}

static void measure(const struct bench_case *c, uint32_t n, bool ways)
{
	start(c);
	to_server = series_open(c->name, "");
	to_client = both = NULL;
	party_run(&client, call, 8);
	to_server = series_restart(to_server);
	if (ways) {
		to_client = series_open(c->name, "reply");
		both = series_open(c->name, "round_trip");
	}
	party_measure(&client, call, n);
	party_stop(&client);
	party_stop(&server);
	series_close(to_server, 2 * n);
	if (ways) {
		series_close(to_client, 2 * n);
		series_close(both, n);
	}
}

static void run_short(const struct bench_case *c)
{
	plan.call_tag = plan.reply_tag = TAGMA_T_WORDS(c->n);
	plan.item_log2 = 0;
	measure(c, bench_iterations(), true);
}

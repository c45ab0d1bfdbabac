/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory-based messaging: an address-valued signal to a thread of another space, which
 * waits for it, by the reverse TLB. Sender and receiver wait in the call they signal by. */
#include <list.h>
#include <tagma/ipc.h>
#include <tagma/signal.h>
#include "bench.h"

static uint32_t page[PAGE_SIZE / 4] __attribute__((aligned(4096))); /* in both spaces */
static struct series *deliver, *both;

static void signal(struct stamp *s, uint32_t dest)
{
	s->arg[3] = stamp_ptr(&page[8]);
	stamp_ipc(s, 0, dest, TAGMA_SIGNAL_ID);
	if (stamp_failed(s))
		bench_fail("a signal", (int)s->a);
}

static void answer(void *arg)
{
	(void)arg;
	signal(&server.stamp, TAGMA_NIL);
	for (;;)
		signal(&server.stamp, TAGMA_SIGNAL_ID);
}

static void ask(uint32_t n)
{
	const struct stamp *c = &client.stamp, *s = &server.stamp;

	while (n-- && !bench_failed()) {
		signal(&client.stamp, TAGMA_SIGNAL_ID);
		series_add(deliver, c->t0, s->t1);
		series_add2(both, c->t0, s->t1, s->t0, c->t1);
	}
}

static void run(const struct bench_case *c)
{
	const struct party_how ch = { .place = c->client }, sh = { .place = c->server };
	uint32_t n = bench_iterations();
	int err;

	deliver = series_open(c->name, "");
	both = series_open(c->name, "round_trip");
	party_start(&server, &sh, answer, 0);
	party_start(&client, &ch, party_client, 0);
	err = signal_mark(place_space(c->client), stamp_ptr(page), PAGE_SIZE, client.id);
	if (!err)
		err = signal_mark(place_space(c->server), stamp_ptr(page), PAGE_SIZE, server.id);
	if (err)
		bench_fail("a message page", err);
	party_measure(&client, ask, n);
	party_stop(&client);
	party_stop(&server);
	series_close(both, n);
	series_close(deliver, 2 * n);
}

const struct bench_case signal_cases[] = {
	{ .name = "signal.deliver", .run = run, .client = PLACE_LARGE_A, .server = PLACE_LARGE_B },
	{ 0 },
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits for a line, measures, prints all figures. Options: iterations=N, only=NAME of a
 * case, small (the hypervisor has small spaces: cases that need them, too), wall
 * (nanoseconds instead of instructions), profile and model (marks for the TCG plugins),
 * echo=DOMID, the domain with peer=OUR-DOMID, which is this guest again and sends events back.
 */
#include <list.h>
#include <stdio.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/start.h>
#include "bench.h"

static const struct bench_case *const tables[] = {
	hypercall_cases, ipc_cases, map_cases,	 fault_cases,	  event_cases, object_cases,
	signal_cases,	 rpc_cases, model_cases, writeback_cases, /* the last: it fills all pools */
};

#define QUIET_US 20000

/* Starts with a line on the console, when nobody else has anything to do any more: what
 * comes in while we measure would be in the figures. */
static void wait_until_quiet(void)
{
	static struct tagma_msg msg __attribute__((aligned(512)));
	struct ipc m = { .tag = TAGMA_T_LONG | TAGMA_T_TIMED };
	char c = 0;

	printf("bench ready\n");
	while (c != '\n' && c != '\r') {
		event_dispatch();
		if (!console_get(&c, 1))
			event_wait();
	}
	event_disable();
	console_notify();
	msg.rcv_us = QUIET_US;
	m.w[2] = stamp_ptr(&msg);
	ipc_receive(&m, TAGMA_EVENT_ID); /* events are off: it times out */
}

static bool has_small;
static char only[64];

/* `only`: names with commas between, or, ending in a dot, how names begin. */
static bool named(const char *name)
{
	for (const char *p = only; *p;) {
		size_t len = strcspn(p, ",");

		if (!strncmp(name, p, len) && len && (p[len - 1] == '.' || !name[len]))
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

static bool chosen(const struct bench_case *c)
{
	bool small = PLACE_IS_SMALL(c->client) || PLACE_IS_SMALL(c->server) || c->beside_small;

	if (small && !has_small)
		return false;
	return !*only || named(c->name);
}

void guest_main(struct start_info *si)
{
	char word[4];

	(void)si;
	if (guest_option("peer", word, sizeof(word)))
		bench_echo((uint32_t)guest_option_u64("peer", 0));
	guest_option("only", only, sizeof(only));
	bench_profile = guest_option("profile", word, sizeof(word));
	bench_model = guest_option("model", word, sizeof(word));
	has_small = guest_option("small", word, sizeof(word));
	wait_until_quiet();
	bench_init(!guest_option("wall", word, sizeof(word)));
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		for (const struct bench_case *c = tables[i]; c->name && !bench_failed(); c++) {
			if (!chosen(c))
				continue;
			count_reset();
			c->run(c);
		}
	}
	bench_report();
	guest_shutdown(bench_failed() ? SHUTDOWN_crash : SHUTDOWN_poweroff);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The cheapest way in and out, and a switch of threads without a message. */
#include <tagma/hypercall.h>
#include "bench.h"

/* fn measures once; nothing but that counts. */
static void measure(const struct bench_case *c, void (*fn)(struct series *s), uint32_t n)
{
	struct series *s = series_open(c->name, "");

	for (int i = 0; i < 8; i++)
		fn(NULL);
	count_on();
	for (uint32_t i = 0; i < n; i++)
		fn(s);
	count_off();
	series_close(s, n);
}

static void null_call(struct series *s)
{
	static struct stamp st;

	stamp_hypercall(&st, __HYPERVISOR_xen_version, XENVER_version, 0, 0);
	if (s)
		series_add(s, st.t0, st.t1);
}

static void run_null(const struct bench_case *c) { measure(c, null_call, bench_iterations()); }

static void yielder(void *arg)
{
	(void)arg;
	for (;;)
		stamp_hypercall(&server.stamp, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
}

/* From this thread's call to the return of the other one's. */
static void yield(struct series *s)
{
	struct stamp st;

	stamp_hypercall(&st, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
	if (s)
		series_add(s, st.t0, server.stamp.t1);
}

static void run_yield(const struct bench_case *c)
{
	const struct party_how how = { .place = c->server };

	party_start(&server, &how, yielder, NULL);
	measure(c, yield, bench_iterations());
	party_stop(&server);
}

const struct bench_case hypercall_cases[] = {
	{ .name = "hypercall.null", .run = run_null },
	{ .name = "switch.thread", .run = run_yield },
	{ 0 },
};

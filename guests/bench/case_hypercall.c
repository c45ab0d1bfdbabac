/* SPDX-License-Identifier: GPL-2.0-only */
/* The cheapest way in and out, and a switch of threads without a message. */
#include <tagma/hypercall.h>
#include "bench.h"

static struct series *series;

static void null_call(const struct bench_case *c)
{
	static struct stamp st;

	(void)c;
	count_on();
	stamp_hypercall(&st, __HYPERVISOR_xen_version, XENVER_version, 0, 0);
	count_off();
	series_add(series, st.t0, st.t1);
}

static void run_null(const struct bench_case *c)
{
	series = series_open(c->name, "");
	bench_loop(null_call, c, bench_iterations());
	series_close(series, bench_iterations());
}

static void yielder(void *arg)
{
	(void)arg;
	for (;;)
		stamp_hypercall(&server.stamp, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
}

/* From this thread's call to the return of the other one's. */
static void yield(const struct bench_case *c)
{
	static struct stamp st;

	(void)c;
	count_on();
	stamp_hypercall(&st, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
	count_off();
	series_add(series, st.t0, server.stamp.t1);
}

/* Two yields: there and back. */
static void run_yield(const struct bench_case *c)
{
	const struct party_how how = { .place = c->server };

	party_start(&server, &how, yielder, NULL);
	series = series_open(c->name, "");
	bench_loop(yield, c, bench_iterations());
	party_stop(&server);
	series_close(series, 2 * bench_iterations());
}

const struct bench_case hypercall_cases[] = {
	{ .name = "hypercall.null", .run = run_null },
	{ .name = "switch.thread", .run = run_yield },
	{ 0 },
};

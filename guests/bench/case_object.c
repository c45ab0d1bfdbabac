/* SPDX-License-Identifier: GPL-2.0-only */
/* Load and unload of the hypervisor's objects by their owner. */
#include <tagma/arch_lib.h>
#include <tagma/hypercall.h>
#include "bench.h"

static struct series *load, *unload;

static void step(struct series *s, uint32_t nr, uint32_t cmd, const void *arg)
{
	static struct stamp st;

	stamp_hypercall(&st, nr, cmd, stamp_ptr(arg), 0);
	if (st.a)
		bench_fail("load or unload", (int)st.a);
	series_add(s, st.t0, st.t1);
}

static void space(const struct bench_case *c)
{
	static struct tagma_space s __attribute__((aligned(64)));

	(void)c;
	s = (struct tagma_space){ 0 };
	count_on();
	step(load, __HYPERVISOR_tagma_space, TAGMA_SPACE_load, &s);
	step(unload, __HYPERVISOR_tagma_space, TAGMA_SPACE_unload, &s.id);
	count_off();
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
	count_on();
	step(load, __HYPERVISOR_tagma_thread, TAGMA_THREAD_load, &t);
	step(unload, __HYPERVISOR_tagma_thread, TAGMA_THREAD_unload, &t);
	count_off();
}

static void measure(void (*fn)(const struct bench_case *c), const struct bench_case *c,
		    const char *unload_name)
{
	uint32_t n = bench_iterations();

	load = series_open(c->name, "");
	unload = series_open(unload_name, "");
	bench_loop(fn, c, n);
	series_close(unload, 2 * n);
	series_close(load, 2 * n);
}

static void run_space(const struct bench_case *c) { measure(space, c, "unload.space"); }

static void run_thread(const struct bench_case *c) { measure(thread, c, "unload.thread"); }

const struct bench_case object_cases[] = {
	{ .name = "load.space", .run = run_space },
	{ .name = "load.thread", .run = run_thread, .server = PLACE_LARGE_A },
	{ 0 },
};

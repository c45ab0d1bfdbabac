/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads in three spaces, two of them small where there are small spaces, send each other what
 * their random numbers say. What each gets goes into one hash, which does not depend on time: so it
 * must be the same whether the hypervisor takes its short path (fast=1, the default) or was booted
 * with ipc-fast=off (fast=0). Options: seed=N, ops=N.
 */
#include <errno.h>
#include <string.h>
#include <list.h>
#include <tagma/arch_lib.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include "x86/state.h"

#define NR 6u
#define SLICE_US 1000000u /* nobody's ends */

static struct worker {
	uint32_t id, seed, last; /* who sent to it last */
	struct state state;
	struct tagma_msg msg __attribute__((aligned(512)));
	uint32_t stack[1024] __attribute__((aligned(16)));
} workers[NR];

static uint32_t hash = 2166136261u, ops, wanted, errors, delivered, main_id, main_prio;
static bool broken;
static struct worker rescuer;

static uint32_t rnd(uint32_t *seed, uint32_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return (*seed >> 4) % n;
}

static void record(uint32_t v) { hash = (hash ^ v) * 16777619u; }

static uint32_t index_of(uint32_t id)
{
	for (uint32_t i = 0; i < NR; i++)
		if (workers[i].id == id)
			return i;
	return NR;
}

/* One random operation: its tag, whom it sends to and whom it receives from. */
static void choose(struct worker *w, uint32_t *tag, uint32_t *dest, uint32_t *from)
{
	uint32_t self = (uint32_t)(w - workers), what = rnd(&w->seed, 16);
	uint32_t other = workers[(self + 1 + rnd(&w->seed, NR - 1)) % NR].id;

	*tag = TAGMA_T_WORDS(rnd(&w->seed, 4)) | TAGMA_T_LABEL(rnd(&w->seed, 8));
	*dest = other;
	*from = TAGMA_ANY;
	if (w->last != TAGMA_NIL && what != 0) { /* answer, mostly, and wait */
		*tag |= TAGMA_T_SND_ZERO;
		*dest = w->last;
		w->last = TAGMA_NIL;
	} else if (what < 9) {
		*from = other;
	} else if (what == 11) {
		*dest = TAGMA_NIL;
	} else if (what == 12) {
		*from = TAGMA_NIL;
	} else if (what == 13) {
		*tag |= TAGMA_T_SND_ZERO;
		*from = TAGMA_NIL;
	} else if (what == 14) {
		*tag |= TAGMA_T_LONG | TAGMA_T_WORDS(8);
		*from = other;
	}
	if (rnd(&w->seed, 64) == 0)
		*tag |= TAGMA_T_RCV_ZERO;
}

static void operate(struct worker *w)
{
	struct ipc m;
	uint32_t dest, from;
	bool kept, longs;

	choose(w, &m.tag, &dest, &from);
	for (int i = 0; i < 3; i++)
		m.w[i] = rnd(&w->seed, UINT32_MAX);
	longs = m.tag & TAGMA_T_LONG;
	if (longs) {
		w->msg.w[3] = m.w[2];
		m.w[2] = (uint32_t)(uintptr_t)&w->msg;
	}
	if (ops >= wanted) {
		m.tag = 0;
		dest = TAGMA_NIL;
		from = TAGMA_ANY;
	}
	state_enter(&w->state);
	ipc(&m, dest, from);
	kept = state_leave(&w->state);
	broken |= !kept;
	if (ops >= wanted)
		return;
	ops++;
	record((uint32_t)(w - workers));
	record(m.tag);
	if (ipc_failed(&m)) {
		errors++;
		return;
	}
	if (from == TAGMA_NIL)
		return;
	delivered++;
	w->last = m.sender;
	record(index_of(m.sender));
	record(m.w[0]);
	record(m.w[1]);
	record(m.tag & TAGMA_T_LONG ? w->msg.w[2] ^ w->msg.w[3] : m.w[2]);
}

static void work(void *arg)
{
	struct worker *w = arg;

	state_init(&w->state);
	for (;;)
		operate(w);
}

/* Runs only when all others wait, and ends one of the waits; sometimes it changes a
 * priority or stops a thread for a while. */
static void rescue(void *arg)
{
	struct worker *r = arg;
	struct ipc m = { 0 };

	while (ops < wanted) {
		uint32_t k = rnd(&r->seed, NR), what = rnd(&r->seed, 8);

		if (what == 0)
			thread_set_prio(workers[k].id, main_prio - 1 - rnd(&r->seed, 3));
		else if (what == 1)
			thread_stop(workers[k].id);
		else
			thread_resume(workers[k].id);
		thread_cancel(workers[rnd(&r->seed, NR)].id);
	}
	ipc_send(&m, main_id);
	for (;;)
		ipc_receive(&m, main_id);
}

static uint32_t new_space(uint32_t flags)
{
	uint32_t end = (uint32_t)(uintptr_t)_end;
	uint32_t image = (uint32_t)(uintptr_t)_start & ~(PAGE_SIZE - 1);
	struct tagma_space s = { .flags = flags, .size = end };
	int err = (int)HYPERVISOR_tagma_space(TAGMA_SPACE_load, &s);

	if (!err)
		err = map_pages(TAGMA_SELF, image, s.id, image, end - image, TAGMA_RWX);
	test_equal(err, 0, "a space with the kernel's image");
	return s.id;
}

static void start(struct worker *w, uint32_t space, uint32_t prio, void (*fn)(void *arg))
{
	struct tagma_thread t = {
		.space = space,
		.flags = TAGMA_THREAD_F_STOPPED,
		.prio = prio,
		.slice_us = SLICE_US,
	};
	int err;

	arch_thread_regs(&t.regs, fn, w, w->stack + ARRAY_SIZE(w->stack));
	err = thread_load(&t);
	w->id = t.id;
	if (!err)
		err = arch_tls_thread(t.id);
	if (!err && w->state.mark)
		err = thread_set_tls(t.id, STATE_TLS_SLOT, (uint32_t)(uintptr_t)&w->state.mark, 3,
				     0);
	test_equal(err, 0, "a thread");
}

static uint64_t counter(const char *name)
{
	static struct tagma_counters c;

	test_equal(HYPERVISOR_tagma_debug(TAGMA_DEBUG_counters, &c), 0, "counters");
	for (uint32_t i = 0; i < c.nr && i < TAGMA_MAX_COUNTERS; i++)
		if (!strcmp(c.c[i].name, name))
			return c.c[i].value;
	return 0;
}

static void start_all(uint32_t seed)
{
	uint32_t space[3] = { space_self(), new_space(TAGMA_SPACE_F_SMALL), new_space(0) };

	for (uint32_t i = 0; i < NR; i++) {
		struct worker *w = &workers[i];

		w->seed = seed * 2654435761u + i + 1;
		w->state = (struct state){
			.mark = i & 1 ? 0x5a5a0000u + i : 0,
			.tls = i & 1,
			.es = i == 5,
			.fpu = i < 3,
			.number = 1000 + i,
		};
		start(w, space[i % 3], main_prio - 1 - i / 2 % 3, work);
	}
	rescuer.seed = seed + 77;
	start(&rescuer, space[0], main_prio - 5, rescue);
	for (uint32_t i = 0; i < NR; i++)
		thread_resume(workers[i].id);
	thread_resume(rescuer.id);
}

void guest_main(struct start_info *si)
{
	bool fast = guest_option_u64("fast", 1);
	struct tagma_thread self;
	struct ipc m = { 0 };
	uint64_t taken = counter("ipc.fast"), all = counter("ipc.transfers");

	(void)si;
	event_disable();
	main_id = thread_self();
	thread_info(main_id, &self);
	main_prio = self.prio;
	wanted = (uint32_t)guest_option_u64("ops", 100000);
	start_all((uint32_t)guest_option_u64("seed", 1));
	test_equal(ipc_receive(&m, TAGMA_ANY), 0, "all operations are done");
	taken = counter("ipc.fast") - taken;
	all = counter("ipc.transfers") - all;
	test_check(!broken, "each thread finds its selectors, TLS and FPU after each IPC");
	test_check(delivered > wanted / 4 && errors > wanted / 16, "messages and errors both");
	test_check(fast ? taken > all / 8 : taken == 0, "the short path is %s",
		   fast ? "taken" : "not taken");
	test_note("%u messages, %u errors, %u transfers, %u of them by the short path", delivered,
		  errors, (uint32_t)all, (uint32_t)taken);
	test_note("ipc hash %08x of %u operations", hash, ops);
	test_done();
}

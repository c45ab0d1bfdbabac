/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads of this kernel in other spaces. Each space has the kernel's image at the same
 * addresses, so any function can run there and all variables are shared; outside the root
 * space it may make no hypercall but IPC.
 */
#include <errno.h>
#include <list.h>
#include <string.h>
#include <tagma/arch_lib.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/start.h>
#include <tagma/thread.h>
#include "bench.h"

#define STACK_WORDS 2048
#define SMALL_BYTES (4u << 20)

struct party client, server;

static uint32_t stacks[2][STACK_WORDS] __attribute__((aligned(16)));
static uint32_t spaces[NR_PLACES];

uint32_t self_prio(void)
{
	static struct tagma_thread t;

	if (!t.prio)
		thread_info(thread_self(), &t);
	return t.prio;
}

/* One that does not become small when it should makes all figures with it worthless. */
static int load(uint32_t *id, enum place p)
{
	bool small = PLACE_IS_SMALL(p);
	struct tagma_space s = {
		.cookie = p,
		.flags = small ? TAGMA_SPACE_F_SMALL : 0,
		.size = SMALL_BYTES,
	};
	int err = (int)HYPERVISOR_tagma_space(TAGMA_SPACE_load, &s);

	*id = s.id;
	if (!err)
		err = space_info(s.id, &s);
	return err || small == !!(s.flags & TAGMA_SPACE_F_SMALL) ? err : -ENODEV;
}

uint32_t place_space(enum place p)
{
	uint32_t image = (uint32_t)(uintptr_t)_start & ~(PAGE_SIZE - 1);
	int err;

	if (p == PLACE_ROOT)
		return space_self();
	if (spaces[p])
		return spaces[p];
	err = load(&spaces[p], p);
	if (!err)
		err = map_pages(TAGMA_SELF, image, spaces[p], image,
				(uint32_t)(uintptr_t)_end - image, TAGMA_RWX);
	if (err)
		bench_fail("a space", err);
	return spaces[p];
}

void party_start(struct party *p, const struct party_how *how, void (*fn)(void *arg), void *arg)
{
	uint32_t *stack = stacks[p == &server];
	struct tagma_thread t = {
		.space = place_space(how->place),
		.flags = TAGMA_THREAD_F_STOPPED,
		.prio = how->prio ? how->prio : self_prio(),
		.pager = how->pager,
		.handler = how->handler,
	};
	int err;

	memset(p, 0, sizeof(*p));
	arch_thread_regs(&t.regs, fn, arg, stack + STACK_WORDS);
	err = thread_load(&t);
	p->id = t.id;
	if (!err)
		err = arch_tls_thread(t.id);
	if (!err)
		err = thread_resume(t.id);
	if (err)
		bench_fail("a thread", err);
}

void party_stop(struct party *p)
{
	int err = thread_unload(p->id, 0);

	if (err)
		bench_fail("unload of a thread", err);
}

void party_client(void *arg)
{
	struct ipc m = { 0 };

	(void)arg;
	ipc_receive(&m, TAGMA_ANY);
	for (;;) {
		((void (*)(uint32_t))(uintptr_t)m.w[0])(m.w[1]);
		m.tag = 0;
		ipc_reply_wait(&m, m.sender);
	}
}

void party_run(const struct party *p, void (*fn)(uint32_t n), uint32_t n)
{
	struct ipc m = {
		.tag = TAGMA_T_WORDS(2),
		.w = { (uint32_t)(uintptr_t)fn, n },
	};

	if (bench_failed())
		return;
	if (ipc_call(&m, p->id))
		bench_fail("a client", ipc_error(&m));
}

static void nothing(uint32_t n) { (void)n; }

/* The way to the client and back is no part of what it does. */
void party_measure(const struct party *p, void (*fn)(uint32_t n), uint32_t n)
{
	bool profile = bench_profile;

	party_run(p, series_touch, 0);
	bench_warming = true;
	party_run(p, fn, BENCH_WARM_UP);
	bench_warming = false;
	bench_profile = false;
	count_on();
	party_run(p, nothing, 0);
	count_off_minus();
	bench_profile = profile;
	count_on();
	party_run(p, fn, n);
	count_off();
}

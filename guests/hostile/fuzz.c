/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The random calls are made by a worker thread. The vCPU's thread watches it: when it
 * hangs in a wait that nobody ends, or has unloaded itself, it starts another one.
 */
#include <errno.h>
#include <stdio.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>

#include "args.h"

#define STUCK_US 4000u
#define CLEANUP 512u
#define STACK_ORDER 2

static volatile uint32_t progress;
static uint32_t target, main_id, restarts;

static void make_call(const struct args *c)
{
	if (c->nr == __HYPERVISOR_tagma_ipc) {
		uint32_t w[3] = { c->a[3], c->a[3], c->a[4] }, sender;

		arch_ipc(c->a[0], c->a[1], c->a[2], w, &sender);
	} else {
		args_done(arch_hypercall_raw(c->nr, c->a));
	}
}

static void worker(void *arg)
{
	struct ipc m = { 0 };
	struct args c;

	(void)arg;
	while (progress < target) {
		args_next(&c);
		progress++;
		make_call(&c);
		if (progress % CLEANUP == 0)
			args_cleanup();
	}
	args_cleanup();
	for (;;)
		ipc_call(&m, main_id);
}

/* A wild thread of ours, in a space of its own, without a pager: away with it. */
static void on_trap(struct tagma_frame *f)
{
	if (f->space != space_self())
		thread_unload(TAGMA_SELF, 0);
	upcall_dump(f);
	guest_shutdown(SHUTDOWN_crash);
}

static uint32_t start_worker(char *stack)
{
	struct tagma_thread self;
	uint32_t id = 0;
	int err;

	thread_info(main_id, &self);
	args_spare(main_id, 0);
	err = thread_start(&id, self.prio ? self.prio - 1 : 0, worker, 0,
			   stack + (PAGE_SIZE << STACK_ORDER));
	if (err) {
		/* Its own threads take all the places there are. */
		args_cleanup();
		err = thread_start(&id, self.prio - 1, worker, 0,
				   stack + (PAGE_SIZE << STACK_ORDER));
	}
	args_spare(main_id, id);
	if (err || !restarts)
		test_equal(err, 0, "worker %u runs, after %u calls", restarts, progress);
	return err ? 0 : id;
}

/* False: it is finished, or cannot go on. */
static bool watch(uint32_t id, struct tagma_msg *msg)
{
	struct ipc m = { .tag = TAGMA_T_LONG | TAGMA_T_TIMED };
	uint32_t before = progress;
	int err;

	do {
		before = progress;
		m.tag = TAGMA_T_LONG | TAGMA_T_TIMED;
		m.w[2] = (uint32_t)(uintptr_t)msg;
		err = ipc_receive(&m, id);
	} while (err == -ETIMEDOUT && progress != before);
	return err != 0;
}

void fuzz_run(uint32_t count, uint32_t seed)
{
	static struct tagma_msg msg = { .rcv_us = STUCK_US };
	char *stack = pages_alloc(STACK_ORDER);
	uint32_t id;

	target = count;
	main_id = thread_self();
	trap_init(on_trap);
	args_init(seed);
	id = start_worker(stack);
	while (id && watch(id, &msg)) {
		thread_unload(id, 0);
		restarts++;
		if (restarts > count / 4 + 16)
			break;
		id = start_worker(stack);
	}
	thread_unload(id, 0);
	test_equal((long)progress, (long)count, "all calls were made, with %u restarts", restarts);
}

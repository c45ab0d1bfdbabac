/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults and traps of a thread in another space, by message and by forwarding. */
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>
#include "bench.h"

#define FAULTS 0x50000000u    /* where the client touches */
#define PAGER_SRC 0x30000000u /* the pager's page that it gets there */
#define MAX_FAULTS (BENCH_SAMPLES + BENCH_WARM_UP)

static struct series *whole, *share, *entry, *resume;
static uint32_t touched; /* pages so far */
static volatile uint64_t entered;

/* --- a pager in a space of its own: one page for every fault, all in registers */
static void pager(void *arg)
{
	struct stamp *s = &server.stamp;
	uint32_t tag = 0, to = TAGMA_NIL;

	(void)arg;
	for (;;) {
		stamp_ipc(s, tag | TAGMA_T_SND_ZERO, to, TAGMA_ANY);
		if (stamp_failed(s))
			bench_fail("a pager's message", (int)s->a);
		to = s->arg[0];
		s->arg[4] = s->arg[3];
		s->arg[3] = TAGMA_FPAGE(PAGER_SRC, PAGE_SHIFT, TAGMA_RW);
		tag = TAGMA_T_ITEMS(1);
	}
}

/* The same with a message buffer, as a server that handles more than faults has it. */
static void pager_long(void *arg)
{
	struct stamp *s = &server.stamp;
	uint32_t tag = TAGMA_T_LONG, to = TAGMA_NIL;

	(void)arg;
	server.msg.item[0].fpage = TAGMA_FPAGE(PAGER_SRC, PAGE_SHIFT, TAGMA_RW);
	for (;;) {
		s->arg[2] = stamp_ptr(&server.msg);
		stamp_ipc(s, tag | TAGMA_T_SND_ZERO, to, TAGMA_ANY);
		if (stamp_failed(s))
			bench_fail("a pager's message", (int)s->a);
		to = s->arg[0];
		server.msg.item[0].hint = s->arg[3];
		tag = TAGMA_T_LONG | TAGMA_T_ITEMS(1);
	}
}

static void touch(uint32_t n)
{
	struct stamp *c = &client.stamp;

	while (n--) {
		c->arg[0] = FAULTS + (touched++ << PAGE_SHIFT);
		stamp_touch(c);
		series_add(whole, c->t0, c->t1);
		if (!share)
			continue;
		series_add2(share, c->t0, server.stamp.t1, server.stamp.t0, c->t1);
		series_add(entry, c->t0, server.stamp.t1);
		series_add(resume, server.stamp.t0, c->t1);
	}
}

static void *source_page(uint32_t space)
{
	void *page = page_alloc_zero();
	int err = page ? 0 : -1;

	if (page)
		err = map_pages(TAGMA_SELF, stamp_ptr(page), space, PAGER_SRC, PAGE_SIZE, TAGMA_RW);
	if (err)
		bench_fail("a page for a pager", err);
	touched = 0;
	return page;
}

static void source_done(void *page)
{
	int err = flush_pages(TAGMA_SELF, stamp_ptr(page), PAGE_SIZE, TAGMA_RWX, 0);

	if (err)
		bench_fail("flush of faults", err);
	page_put(page);
}

static void run_fault(const struct bench_case *c)
{
	const struct party_how sh = { .place = c->server };
	struct party_how ch = { .place = c->client };
	void *page = source_page(place_space(c->server));
	uint32_t n = bench_iterations();

	whole = series_open(c->name, "");
	share = series_open(c->name, "hypervisor");
	entry = series_open(c->name, "entry");
	resume = series_open(c->name, "resume");
	party_start(&server, &sh, c->n ? pager_long : pager, NULL);
	ch.pager = server.id;
	party_start(&client, &ch, party_client, NULL);
	party_measure(&client, touch, n);
	party_stop(&client);
	party_stop(&server);
	series_close(resume, n);
	series_close(entry, n);
	series_close(share, n);
	series_close(whole, n);
	source_done(page);
}

/* Mapped, but the hardware's tables do not know it. */
static void run_miss(const struct bench_case *c)
{
	const struct party_how ch = { .place = c->client };
	uint32_t space = place_space(c->client), n = bench_iterations();
	void *page = source_page(space);

	for (uint32_t i = 0; i < n + BENCH_WARM_UP; i++) {
		int err = map_pages(TAGMA_SELF, stamp_ptr(page), space, FAULTS + (i << PAGE_SHIFT),
				    PAGE_SIZE, TAGMA_RW);

		if (err) {
			bench_fail("pages to touch", err);
			break;
		}
	}
	whole = series_open(c->name, "");
	share = NULL;
	party_start(&client, &ch, party_client, NULL);
	party_measure(&client, touch, n);
	party_stop(&client);
	series_close(whole, n);
	source_done(page);
}

/* --- traps: the handler is in the root space, as a guest kernel's is */
static void trap(uint32_t n)
{
	struct stamp *c = &client.stamp;

	while (n--) {
		stamp_trap(c);
		series_add(whole, c->t0, c->t1);
		series_add(entry, c->t0, entered);
	}
}

/* arg: whether all registers are sent back, as after a system call with a result. */
static void handler(void *arg)
{
	struct stamp *s = &server.stamp;
	uint32_t tag = TAGMA_T_LONG, to = TAGMA_NIL;

	for (;;) {
		s->arg[2] = stamp_ptr(&server.msg);
		stamp_ipc(s, tag | TAGMA_T_SND_ZERO, to, TAGMA_ANY);
		entered = s->t1;
		if (stamp_failed(s))
			bench_fail("a handler's message", (int)s->a);
		to = s->arg[0];
		if (arg)
			tag = TAGMA_T_LONG | TAGMA_T_WORDS(TAGMA_REGS_WORDS);
	}
}

static void trap_measure(const struct bench_case *c, uint32_t handler_id)
{
	const struct party_how ch = { .place = c->client, .handler = handler_id };
	uint32_t n = bench_iterations();

	whole = series_open(c->name, "");
	entry = series_open(c->name, "entry");
	party_start(&client, &ch, party_client, NULL);
	party_measure(&client, trap, n);
	party_stop(&client);
	series_close(entry, n);
	series_close(whole, n);
}

static void run_trap_ipc(const struct bench_case *c)
{
	const struct party_how sh = { .place = c->server };

	party_start(&server, &sh, handler, (void *)(uintptr_t)c->n);
	trap_measure(c, server.id);
	party_stop(&server);
}

static void forwarded(struct tagma_frame *f)
{
	entered = arch_cycles();
	if (f->regs.trap == 0x80)
		return;
	upcall_dump(f);
	guest_shutdown(SHUTDOWN_crash);
}

static void run_trap_forwarded(const struct bench_case *c)
{
	int err = trap_init(forwarded);

	if (err)
		bench_fail("trap entry", err);
	trap_measure(c, TAGMA_NIL);
	trap_init(NULL);
}

const struct bench_case fault_cases[] = {
	{
		.name = "fault.user_pager",
		.run = run_fault,
		.client = PLACE_LARGE_A,
		.server = PLACE_LARGE_B,
	},
	{
		.name = "fault.user_pager.buffer",
		.run = run_fault,
		.client = PLACE_LARGE_A,
		.server = PLACE_LARGE_B,
		.n = 1,
	},
	{ .name = "fault.vtlb_miss", .run = run_miss, .client = PLACE_LARGE_A },
	{ .name = "trap.ipc", .run = run_trap_ipc, .client = PLACE_LARGE_A },
	{ .name = "trap.ipc.registers", .run = run_trap_ipc, .client = PLACE_LARGE_A, .n = 1 },
	{ .name = "trap.forwarded", .run = run_trap_forwarded, .client = PLACE_LARGE_A },
	{ 0 },
};

/* SPDX-License-Identifier: GPL-2.0-only */
/* The object cache from a guest kernel's side: more objects than there are descriptors, what
 * the records say, and threads that go on where they were. */
#include <errno.h>
#include <tagma/cache.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/signal.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/time.h>

#define COOKIES 16384u
#define WORKER 0xffffu
#define LISTENER 0xfffeu
#define MAGIC 271828
#define REGION_ORDER 8 /* pages mapped at a time: 1 MB */
#define REGION (4096u << REGION_ORDER)

static struct tagma_machine machine;
static uint8_t gone[COOKIES]; /* spaces and threads by cookie: records seen */
static uint32_t space_of[COOKIES];
static bool worker_gone, order_broken;
static struct tagma_saved_thread worker, listener;
static bool listener_gone;
static uint32_t nr_records;

static void written_back(const struct tagma_record *r)
{
	nr_records++;
	if (r->cookie == WORKER) {
		worker = r->thread;
		worker_gone = true;
		return;
	}
	if (r->cookie == LISTENER) {
		listener = r->thread;
		listener_gone = true;
		return;
	}
	if (r->cookie >= COOKIES)
		return;
	gone[r->cookie]++;
	/* a thread has its space's cookie plus one */
	if (r->type == TAGMA_TYPE_SPACE && !(r->cookie & 1) && gone[r->cookie + 1] != 1)
		order_broken = true;
	if (r->type == TAGMA_TYPE_THREAD && r->thread.t.space != space_of[r->cookie])
		order_broken = true;
}

static void idle(void)
{
	for (;;)
		;
}

static int load_thread(uint32_t space, uint32_t cookie, uint32_t flags, uint32_t *id)
{
	struct tagma_saved_thread t = { .t = { .space = space,
					       .cookie = cookie,
					       .flags = flags,
					       .prio = 1,
					       .regs = { .ip = (uint32_t)(uintptr_t)idle } } };
	int err = cache_thread_load(&t, false);

	*id = t.t.id;
	return err;
}

/* Twice as many processes, of a space and a thread each, as there are spaces. */
static void test_many(void)
{
	uint32_t n = 2 * machine.nr_spaces, failed = 0, space, id, lost = 0, first = 0;
	struct tagma_space info;

	for (uint32_t i = 0; i < n; i++) {
		failed += cache_space_load(&space, 2 * i, 0) != 0;
		if (!i)
			first = space;
		space_of[2 * i + 1] = space;
		failed += load_thread(space, 2 * i + 1, TAGMA_THREAD_F_STOPPED, &id) != 0;
	}
	cache_drain();
	for (uint32_t i = 0; i < n; i++)
		lost += gone[2 * i];
	test_equal((long)failed, 0, "%u spaces and threads loaded with %u and %u descriptors", n,
		   machine.nr_spaces, machine.nr_threads);
	test_check(lost >= n - machine.nr_spaces, "records of those that gave way: %u", lost);
	test_check(gone[0] == 1, "the oldest went, and was told of once");
	test_equal(space_info(first, &info), -ESRCH, "its id is stale");
	test_check(!order_broken, "threads are written before their spaces");
	for (uint32_t i = 0; i < n; i++)
		if (!gone[2 * i])
			space_unload(space_of[2 * i + 1]);
}

/* --- a thread that counts, with a value in the FPU */

static volatile uint32_t count, stop, fpu_value;
static uint8_t worker_stack[8192] __attribute__((aligned(16)));

static void work(void *arg)
{
	(void)arg;
	arch_fpu_put(MAGIC);
	while (!stop)
		count++;
	fpu_value = arch_fpu_get();
	for (;;)
		thread_stop(worker.t.id);
}

static bool counts(void)
{
	uint32_t before = count;
	uint64_t end = time_ns() + 2 * NSEC_PER_SEC;

	while (count == before && time_ns() < end)
		thread_yield();
	return count != before;
}

/* Both run at one priority and take turns. */
static void test_resume(void)
{
	struct tagma_thread me, set;
	uint32_t id, others = 0;

	thread_info(thread_self(), &me);
	test_equal(thread_start(&id, me.prio, work, 0, worker_stack + sizeof(worker_stack)), 0,
		   "a worker starts");
	set.id = id;
	set.cookie = WORKER;
	thread_modify(&set, TAGMA_SET_COOKIE);
	test_check(counts(), "it runs");
	/* idle ones would go before it: these could run, at a priority that never does */
	for (uint32_t n = 0; !worker_gone && n < 4 * machine.nr_threads; n++)
		load_thread(TAGMA_SELF, COOKIES, 0, &others);
	test_check(worker_gone, "it is written back");
	test_check(worker.t.state == TAGMA_TS_READY, "as one that could run");
	test_equal(thread_info(id, &me), -ESRCH, "its id is stale");
	worker.t.flags = 0;
	worker.t.space = TAGMA_SELF;
	test_equal(cache_thread_load(&worker, true), 0, "it is loaded again");
	test_check(worker.t.id != id, "under a new id");
	test_check(counts(), "it goes on");
	stop = 1;
	for (uint64_t end = time_ns() + 2 * NSEC_PER_SEC; !fpu_value && time_ns() < end;)
		thread_yield();
	test_equal((long)fpu_value, MAGIC, "with what it had in the FPU");
}

static void test_locks(void)
{
	uint32_t thread, id, refused;
	int err = load_thread(TAGMA_SELF, COOKIES, TAGMA_THREAD_F_LOCKED | TAGMA_THREAD_F_STOPPED,
			      &thread);
	struct tagma_thread info;

	if (machine.nr_threads < 64) {
		test_equal(err, -ENOSPC, "no locks without a quota");
		return;
	}
	test_equal(err, 0, "a locked thread");
	for (uint32_t i = 0; i < 2 * machine.nr_threads; i++)
		load_thread(TAGMA_SELF, COOKIES, TAGMA_THREAD_F_STOPPED, &id);
	test_equal(thread_info(thread, &info), 0, "it stays");
	test_check(info.flags & TAGMA_THREAD_F_LOCKED, "and is locked");
	for (refused = 0; refused < machine.nr_threads; refused++) {
		err = load_thread(TAGMA_SELF, COOKIES,
				  TAGMA_THREAD_F_LOCKED | TAGMA_THREAD_F_STOPPED, &id);
		if (err)
			break;
	}
	test_equal(err, -ENOSPC, "the quota ends it");
}

/* One region at so many places that there are more mappings than nodes. */
static void test_mappings(void)
{
	uint32_t rounds = machine.nr_mappings / (1u << REGION_ORDER) + 16, space, at = 0x10000000;
	char *page = pages_alloc(REGION_ORDER);
	int err = page ? cache_space_load(&space, COOKIES, 0) : -ENOMEM;

	test_equal(err, 0, "a space for them");
	for (uint32_t i = 0; !err && i < rounds; i++, at += REGION)
		err = map_pages(space_self(), (uint32_t)(uintptr_t)page, space, at, REGION,
				TAGMA_RW);
	test_equal(err, 0, "%u mappings with %u nodes", rounds << REGION_ORDER,
		   machine.nr_mappings);
	test_check((map_status(space, at - 4096) & (int)TAGMA_RW) == (int)TAGMA_RW,
		   "the last is there");
	test_equal(map_status(space, 0x10000000), 0, "the first is not");
	space_unload(space);
}

/* --- a thread that is written back while it waits for a signal (CK-8) */

static volatile uint32_t heard[4], nr_heard;
static uint32_t *message_page;

static void listen(void *arg)
{
	(void)arg;
	for (;;) {
		int err;
		uint32_t addr = signal_wait(TAGMA_NEVER, 0, &err);

		if (!err)
			heard[nr_heard++ % 4] = addr;
	}
}

static void drive_out(const bool *out)
{
	uint32_t others;

	for (uint32_t n = 0; !*out && n < 8 * machine.nr_threads; n++)
		load_thread(TAGMA_SELF, COOKIES, TAGMA_THREAD_F_STOPPED, &others);
}

static void test_signals(void)
{
	uint32_t alias = 0x60000000, id;
	struct tagma_wanted w = { 0 };
	struct tagma_thread me, set;

	thread_info(thread_self(), &me);
	message_page = page_alloc_zero();
	map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)message_page, TAGMA_SELF, alias, 4096, TAGMA_R);
	stop = 0;
	test_equal(thread_start(&id, me.prio, listen, 0, worker_stack + sizeof(worker_stack)), 0,
		   "a listener");
	set.id = id;
	set.cookie = LISTENER;
	thread_modify(&set, TAGMA_SET_COOKIE);
	test_equal(signal_mark(TAGMA_SELF, alias, 4096, id), 0, "a page in message mode for it");
	for (int i = 0; i < 100; i++)
		thread_yield();
	drive_out(&listener_gone);
	test_check(listener_gone, "it is written back");
	test_check(!cache_wanted(&w), "nobody wants it");
	test_equal(signal_send(&message_page[5]), 0, "a signal to it");
	test_equal(signal_send(&message_page[6]), 0, "and another");
	test_equal(signal_send(&message_page[5]), 0, "and the first again");
	test_check(cache_wanted(&w), "it is wanted");
	test_equal((long)w.type, TAGMA_TYPE_THREAD, "as a thread");
	test_equal((long)w.id, (long)id, "by its old id");
	test_equal((long)w.cookie, LISTENER, "and its cookie");
	test_check(!cache_wanted(&w), "which is told once");
	listener.t.flags = 0;
	test_equal(cache_thread_load(&listener, true), 0, "it is loaded again");
	for (uint64_t end = time_ns() + 2 * NSEC_PER_SEC; nr_heard < 2 && time_ns() < end;)
		thread_yield();
	test_equal((long)nr_heard, 2, "it hears both");
	test_equal((long)heard[0], (long)(alias + 20), "the first");
	test_equal((long)heard[1], (long)(alias + 24), "and the second");
	test_equal(signal_send(&message_page[7]), 0, "one more");
	for (uint64_t end = time_ns() + 2 * NSEC_PER_SEC; nr_heard < 3 && time_ns() < end;)
		thread_yield();
	test_equal((long)heard[2], (long)(alias + 28), "comes at once");
}

void guest_main(struct start_info *si)
{
	(void)si;
	HYPERVISOR_tagma_debug(TAGMA_DEBUG_machine, &machine);
	test_equal(cache_init(written_back), 0, "a channel");
	test_many();
	test_resume();
	test_signals();
	test_locks();
	test_mappings();
	test_check(nr_records > 0, "%u records", nr_records);
	test_done();
}

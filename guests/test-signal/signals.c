/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals themselves. Threads outside the root space use IPC alone. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <tagma/event.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/signal.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>
#include "test-signal.h"

#define HERE 0x40000000u  /* where the page is in the first space, */
#define THERE 0x50000000u /* and in the second */
#define ROUNDS 1000u

static volatile uint32_t stage, heard_addr, heard_word, rounds, sender_err;
static uint32_t space[2], listener_id;
static uint32_t *page;

/* --- a listener in a space of its own */
static void listener(void *arg)
{
	(void)arg;
	for (;;) {
		int err;
		uint32_t addr = signal_wait(TAGMA_NEVER, 0, &err);

		if (err)
			continue;
		heard_addr = addr;
		heard_word = *(volatile uint32_t *)(uintptr_t)addr; /* the message is there */
		stage = stage + 1;
	}
}

static void test_translation(void)
{
	int err;

	stage = 0;
	page = page_alloc_zero();
	space[0] = make_space();
	listener_id = make_thread(space[0], listener, 0);
	map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)page, space[0], HERE, PAGE_SIZE, TAGMA_R);
	test_equal(signal_send(page), -ESRCH, "nobody listens yet");
	err = signal_mark(space[0], HERE, PAGE_SIZE, listener_id);
	test_equal(err, 0, "a user's page in message mode");
	page[37] = 0xfeed;
	test_equal(signal_send(&page[37]), 0, "a signal");
	test_check(wait_for(&stage, 1), "is heard");
	test_equal((long)heard_addr, (long)(HERE + 37 * 4), "by the receiver's address");
	test_equal((long)heard_word, 0xfeed, "and the message is there");
}

static void test_errors(void)
{
	test_equal(signal_send((void *)0x30000000), -EFAULT, "a signal to no page");
	test_equal(signal_mark(space[0], HERE + PAGE_SIZE, PAGE_SIZE, listener_id), -EINVAL,
		   "message mode of no page");
	test_equal(signal_mark(space[0], HERE, PAGE_SIZE, 0x12345), -ESRCH, "no such thread");
	test_equal(signal_mark(0x12345, HERE, PAGE_SIZE, listener_id), -ESRCH, "no such space");
	test_equal(signal_mark(TAGMA_SELF, (uint32_t)(uintptr_t)page, PAGE_SIZE, TAGMA_NIL),
		   -ENOENT, "off, but never on");
}

/* --- ping-pong between two spaces, signal and wait in one call */
static void pong(void *arg)
{
	struct ipc m = { 0 };

	(void)arg;
	ipc_receive(&m, TAGMA_ANY);
	for (;;) {
		m.tag = 0; /* the address that came is the one to answer at */
		m.tag = arch_ipc(0, TAGMA_SIGNAL_ID, TAGMA_ANY, m.w, &m.sender);
	}
}

static void ping(void *arg)
{
	struct ipc m = { 0 };

	(void)arg;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		m.tag = 0;
		m.w[0] = THERE + i % PAGE_SIZE;
		sender_err = (uint32_t)ipc(&m, TAGMA_SIGNAL_ID, TAGMA_SIGNAL_ID);
		if (sender_err || m.w[0] != THERE + i % PAGE_SIZE)
			break;
		rounds = rounds + 1;
	}
	stage = 1;
	for (;;)
		ipc_receive(&m, thread_self());
}

static void test_ping_pong(void)
{
	uint32_t a = (uint32_t)(uintptr_t)page, pinger;
	uint64_t hits = counter("signal.rtlb_hit"), misses = counter("signal.rtlb_miss");

	stage = 0;
	signal_mark(space[0], HERE, PAGE_SIZE, TAGMA_NIL);
	thread_unload(listener_id, 0);
	space[1] = make_space();
	map_pages(TAGMA_SELF, a, space[0], HERE, PAGE_SIZE, TAGMA_RW);
	map_pages(TAGMA_SELF, a, space[1], THERE, PAGE_SIZE, TAGMA_RW);
	listener_id = make_thread(space[0], pong, 0);
	signal_mark(space[0], HERE, PAGE_SIZE, listener_id);
	pinger = make_thread(space[1], ping, 0);
	signal_mark(space[1], THERE, PAGE_SIZE, pinger);
	wait_for(&stage, 1);
	test_equal((long)rounds, ROUNDS, "signals there and back between two spaces");
	test_equal((long)sender_err, 0, "without an error");
	hits = counter("signal.rtlb_hit") - hits;
	misses = counter("signal.rtlb_miss") - misses;
	test_check(hits >= 2 * ROUNDS - 8, "by the reverse TLB: %lu hits, %lu misses",
		   (unsigned long)hits, (unsigned long)misses);
	/* One mapping goes, all message mode goes. */
	flush_pages(space[1], THERE, PAGE_SIZE, TAGMA_RWX, TAGMA_MAP_F_SELF);
	test_equal(signal_send(page), -ESRCH, "with one mapping all listeners go");
	thread_unload(pinger, 0);
	thread_unload(listener_id, 0);
}

/* --- queueing at this thread, which has a second mapping of the page */
static void test_queue(void)
{
	uint32_t alias = HERE, lost, addr, n;
	int err;

	map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)page, TAGMA_SELF, alias, PAGE_SIZE, TAGMA_R);
	signal_mark(TAGMA_SELF, alias, PAGE_SIZE, TAGMA_SELF);
	for (uint32_t i = 0; i < 20; i++)
		signal_send(&page[i]);
	signal_send(&page[3]); /* waits already */
	addr = signal_wait(0, &lost, &err);
	test_check(!err && addr == alias && lost == 4, "16 wait, four are lost and counted");
	for (n = 1; signal_wait(0, &lost, &err) == alias + n * 4 && !err; n++)
		;
	test_equal((long)n, 16, "they come in order");
	test_equal(err, -EAGAIN, "and then no more");
	signal_wait(1000, 0, &err);
	test_equal(err, -ETIMEDOUT, "a wait for one has its timeout");
}

/* --- upcall: no receive at all */
static volatile uint32_t upcalls, upcall_addr;

static void on_virq(void *arg, uint32_t port)
{
	uint32_t addr;
	int err;

	(void)arg;
	(void)port;
	upcalls = upcalls + 1;
	while ((addr = signal_wait(0, 0, &err)), !err)
		upcall_addr = addr;
}

static void test_upcall(void)
{
	int port = event_bind_virq(TAGMA_VIRQ_SIGNAL, on_virq, 0);

	test_check(port > 0, "TAGMA_VIRQ_SIGNAL is bound");
	event_unmask((uint32_t)port);
	upcall_init(0, 0);
	event_enable();
	signal_send(&page[5]);
	test_equal((long)upcalls, 1, "a signal makes an upcall");
	test_equal((long)upcall_addr, (long)(HERE + 20), "that finds the address");
	event_disable();
	signal_send(&page[6]);
	test_equal((long)upcalls, 1, "while they are masked it waits");
	event_enable();
	test_equal((long)upcall_addr, (long)(HERE + 24), "and comes then");
	event_disable();
	trap_init(0);
	event_close((uint32_t)port);
	flush_pages(TAGMA_SELF, HERE, PAGE_SIZE, TAGMA_RWX, TAGMA_MAP_F_SELF);
}

void test_signals(void)
{
	test_translation();
	test_errors();
	test_ping_pong();
	test_queue();
	test_upcall();
	space_unload(space[0]);
	space_unload(space[1]);
	page_put(page);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Channels between two spaces, between threads by connecting, and their abuse. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <tagma/channel.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/signal.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>
#include "test-signal.h"

#define AREA_A 0x60000000u
#define AREA_B 0x70000000u
#define WINDOW 0x70000000u
#define CALLS 500u
#define STREAM 100000u

enum { OP_SUM = 1, OP_ECHO, OP_REFUSE };

static volatile uint32_t client_done, server_done, good_calls, refused, streamed, bad_bytes;
static volatile int server_end, client_end;

static int serve(void *arg, uint16_t op, const void *in, size_t len, void *out)
{
	const uint8_t *b = in;
	uint32_t sum = 0;

	(void)arg;
	switch (op) {
	case OP_SUM:
		for (size_t i = 0; i < len; i++)
			sum += b[i];
		memcpy(out, &sum, sizeof(sum));
		return sizeof(sum);
	case OP_ECHO:
		memcpy(out, in, len);
		return (int)len;
	default:
		return -EACCES;
	}
}

static void server(void *arg)
{
	struct channel c;
	uint8_t buf[777];
	uint32_t n = 0;
	int err = 0;

	channel_open(&c, (void *)AREA_B, CHANNEL_ACCEPTOR);
	for (uint32_t i = 0; i < *(uint32_t *)arg && !err; i++)
		err = channel_serve(&c, serve, 0, 0);
	/* Then a stream, to its end. */
	while (!err && (err = channel_read(&c, buf, sizeof(buf), 0)) > 0) {
		for (int i = 0; i < err; i++, n++)
			if (buf[i] != (uint8_t)(n * 7))
				bad_bytes = bad_bytes + 1;
		err = 0;
	}
	streamed = n;
	server_end = err;
	server_done = 1;
	for (;;)
		signal_wait(TAGMA_NEVER, 0, &err);
}

static void client_stream(struct channel *c)
{
	uint8_t buf[1234];

	for (uint32_t sent = 0; sent < STREAM;) {
		uint32_t len = MIN((uint32_t)sizeof(buf), STREAM - sent);
		int n;

		for (uint32_t i = 0; i < len; i++)
			buf[i] = (uint8_t)((sent + i) * 7);
		n = channel_write(c, buf, len, 0);
		if (n < 0) {
			client_end = n;
			return;
		}
		sent += (uint32_t)n;
	}
}

static void client(void *arg)
{
	static uint8_t req[3000], reply[3000];
	struct channel c;
	int err;

	(void)arg;
	channel_open(&c, (void *)AREA_A, CHANNEL_CONNECTOR);
	for (uint32_t i = 0; i < CALLS; i++) {
		uint32_t len = i * 37 % sizeof(req), sum = 0, got = 0;
		int n;

		for (uint32_t k = 0; k < len; k++)
			sum += req[k] = (uint8_t)(k + i);
		n = channel_call(&c, OP_SUM, req, len, &got, sizeof(got));
		good_calls += n == sizeof(got) && got == sum;
		n = channel_call(&c, OP_ECHO, req, len, reply, sizeof(reply));
		good_calls += n == (int)len && !memcmp(req, reply, len);
	}
	refused = (uint32_t)-channel_call(&c, OP_REFUSE, 0, 0, 0, 0);
	client_stream(&c);
	channel_close(&c);
	client_done = 1;
	for (;;)
		signal_wait(TAGMA_NEVER, 0, &err);
}

static void test_two_spaces(void)
{
	static uint32_t calls = 2 * CALLS + 1;
	uint32_t space[2] = { make_space(), make_space() };
	void *area = pages_alloc(1);
	struct channel_end end[2];
	uint64_t signals = counter("signal.sent");

	end[0] = (struct channel_end){ space[0], AREA_A, 0 };
	end[1] = (struct channel_end){ space[1], AREA_B, 0 };
	memset(area, 0, CHANNEL_AREA);
	/* Threads first, for the ends name them; their faults on the area would stop them. */
	map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)area, space[0], AREA_A, CHANNEL_AREA, TAGMA_RW);
	map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)area, space[1], AREA_B, CHANNEL_AREA, TAGMA_RW);
	end[1].thread = make_thread(space[1], server, &calls);
	end[0].thread = make_thread(space[0], client, 0);
	thread_stop(end[0].thread);
	thread_stop(end[1].thread);
	test_equal(channel_share(area, end), 0, "a channel between two spaces");
	thread_resume(end[1].thread);
	thread_resume(end[0].thread);
	wait_for(&client_done, 1);
	wait_for(&server_done, 1);
	test_equal((long)good_calls, 2 * CALLS, "calls with their replies");
	test_equal((long)refused, EACCES, "an error of the server's function");
	test_equal((long)streamed, STREAM, "a stream of many rings' length");
	test_check(!bad_bytes && !client_end && !server_end, "unspoilt, to its end");
	signals = counter("signal.sent") - signals;
	test_check(signals < 4 * CALLS + 400, "not more signals than waits: %lu",
		   (unsigned long)signals);
	space_unload(space[0]);
	space_unload(space[1]);
	page_put(area);
}

/* --- connect and accept: another thread of this kernel is the client */
static volatile uint32_t connected, keep;
static volatile int connect_err;
static void *connect_area;
static uint32_t main_thread;

static void connector(void *arg)
{
	static struct channel c;
	char reply[8] = "";

	(void)arg;
	connect_err = channel_connect(&c, connect_area, main_thread);
	if (!connect_err)
		connect_err = channel_call(&c, OP_ECHO, "hello", 6, reply, sizeof(reply));
	if (connect_err == 6)
		connect_err = strcmp(reply, "hello");
	connected = 1;
	while (keep)
		thread_yield();
	connected = 2;
	for (;;)
		ipc_receive(&(struct ipc){ 0 }, main_thread);
}

static bool fault_taken;
static uint32_t fault_at;

static void on_trap(struct tagma_frame *f)
{
	fault_at = f->fault;
	fault_taken = f->regs.trap == TAGMA_TRAP_FAULT && channel_fault(f->fault);
	if (fault_taken)
		return;
	upcall_dump(f);
	test_check(false, "a fault that is no channel's");
	test_done();
}

static void test_connect(void)
{
	static struct channel c;
	uint8_t buf[16];
	uint32_t id, tag;

	connect_area = pages_alloc(1);
	main_thread = thread_self();
	keep = 1;
	id = make_thread(TAGMA_SELF, connector, 0);
	test_equal(channel_accept(&c, WINDOW), 0, "accept");
	test_equal(channel_read(&c, buf, 1, CHANNEL_NOWAIT), -EAGAIN, "nothing to read yet");
	test_equal(channel_serve(&c, serve, 0, 0), 0, "serve the one who connected");
	test_check(wait_for(&connected, 1) && !connect_err, "it has its answer (%d)", connect_err);
	/* A full ring does not wait if told so. */
	while ((int)(tag = (uint32_t)channel_write(&c, buf, sizeof(buf), CHANNEL_NOWAIT)) > 0)
		;
	test_equal((int)tag, -EAGAIN, "a full ring");
	test_equal(channel_send(&c, 1, buf, CHANNEL_MAX + 1, 0), -EMSGSIZE, "too long a message");
	/* The client takes its memory away. */
	trap_init(on_trap);
	flush_pages(TAGMA_SELF, (uint32_t)(uintptr_t)connect_area, CHANNEL_AREA, TAGMA_RWX, 0);
	test_equal(channel_read(&c, buf, 1, 0), -EPIPE, "a peer that takes its pages away");
	test_check(fault_taken && fault_at - WINDOW < CHANNEL_AREA, "costs a fault and no more");
	channel_close(&c);
	test_equal(map_status(TAGMA_SELF, WINDOW), 0, "the window is free again");
	trap_init(0);
	keep = 0;
	wait_for(&connected, 2);
	thread_unload(id, 0);
	page_put((void *)(uintptr_t)connect_area);
}

/* --- a peer that breaks the rules: we are both */
static void test_abuse(void)
{
	struct channel_ring *ring = pages_alloc(1);
	uint32_t bad[] = { 0xffffffffu, 4032, 8 };
	struct channel c;
	uint8_t buf[16];
	uint32_t tag;

	memset(ring, 0, CHANNEL_AREA);
	channel_open(&c, ring, CHANNEL_CONNECTOR);
	test_equal(channel_receive(&c, &tag, buf, sizeof(buf), CHANNEL_NOWAIT), -EAGAIN, "empty");
	for (unsigned i = 0; i < 2; i++) {
		ring[1].head = bad[i];
		test_equal(channel_receive(&c, &tag, buf, sizeof(buf), 0), -EPROTO, "a wild head");
		ring[1].head = 0;
		channel_open(&c, ring, CHANNEL_CONNECTOR);
	}
	ring[0].tail = 9999;
	test_equal(channel_send(&c, 0, buf, 4, 0), -EPROTO, "a wild tail");
	ring[0].tail = 0;
	channel_open(&c, ring, CHANNEL_CONNECTOR);
	ring[1].head = 16;
	memcpy((void *)(uintptr_t)ring[1].data, (uint32_t[]){ 0xfffffff0u, 1 }, 8);
	test_equal(channel_receive(&c, &tag, buf, sizeof(buf), 0), -EPROTO, "a wild length");
	test_equal(channel_send(&c, 0, buf, 4, 0), -EPROTO, "is the end of the channel");
	page_put(ring);
}

void test_channels(void)
{
	test_two_spaces();
	test_connect();
	test_abuse();
}

/* --- between two domains */

void test_peer(uint32_t nr)
{
	static struct channel c;
	uint32_t calls = 0;
	int err;

	trap_init(on_trap);
	printf("server %x\n", thread_self());
	for (uint32_t i = 0; i < nr; i++) {
		do
			err = channel_accept(&c, WINDOW + i * CHANNEL_AREA);
		while (err == -EAGAIN);
		test_equal(err, 0, "accept a domain");
		while (!(err = channel_serve(&c, serve, 0, 0)))
			calls++;
		test_equal(err, -EPIPE, "it goes");
		test_equal((long)calls, 100 * (long)(i + 1), "after its calls");
		channel_close(&c);
	}
}

_Noreturn void peer_main(uint32_t id)
{
	static struct channel c;
	void *area = pages_alloc(1);
	int err = channel_connect(&c, area, id);

	test_equal(err, 0, "connect to another domain");

	for (uint32_t i = 0; i < 100 && !err; i++) {
		uint32_t got;

		err = channel_call(&c, OP_ECHO, &i, sizeof(i), &got, sizeof(got));
		err = err == sizeof(got) && got == i ? 0 : -EIO;
	}
	test_equal(err, 0, "calls to another domain");
	test_done(); /* without a word to the server */
}

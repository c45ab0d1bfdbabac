/* SPDX-License-Identifier: GPL-2.0-only */
/* The control protocol against a peer that lies, and a line that loses: streams and messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/proto.h"

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

struct got {
	unsigned int nr;
	uint16_t channel;
	size_t len;
	uint8_t payload[PROTO_MAX_PAYLOAD];
};

static void frame_got(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct got *g = arg;

	g->nr++;
	g->channel = channel;
	g->len = len;
	memcpy(g->payload, payload, len);
}

static void test_lost(void **state)
{
	static struct proto_rx rx;
	static struct got g;
	static uint8_t frame[PROTO_MAX_FRAME];

	(void)state;
	for (uint32_t seq = 65530; seq < 65550; seq++) {
		size_t n = proto_frame(frame, 0, (uint16_t)seq, "", 0);

		if (seq != 65534 && seq != 65537 && seq != 65538)
			proto_rx_feed(&rx, frame, n, frame_got, &g);
	}
	assert_int_equal(rx.lost, 3);
	assert_int_equal(rx.frames, 17);
}

/* A stream over a line that drops one frame in three, both ways: all of it arrives, in order. */
static void test_stream(void **state)
{
	struct proto_tx_stream tx = { .limit = 100 };
	uint64_t got = 0, now = 1, end = 100000;

	(void)state;
	while (tx.una < end) {
		uint64_t ready = proto_tx_ready(&tx, end), pos = tx.nxt;
		size_t n = ready < 37 ? (size_t)ready : 37, skip;

		now += PROTO_RESEND_NS / 50;
		if (!n) {
			proto_tx_timeout(&tx, now);
			continue;
		}
		assert_true(pos + n <= tx.limit);
		proto_tx_sent(&tx, n, now);
		if (rnd(3) == 0)
			continue;
		got += proto_rx_new(got, pos, n, &skip);
		if (rnd(3))
			assert_true(proto_tx_ack(&tx, got, 100 + rnd(200), now) || got < tx.una);
	}
	assert_int_equal(got, end);
}

static void test_stream_hostile(void **state)
{
	struct proto_tx_stream tx = { .limit = 1000 };
	size_t skip;

	(void)state;
	proto_tx_sent(&tx, 500, 1);
	assert_false(proto_tx_ack(&tx, 501, 10, 1)); /* never sent */
	assert_false(proto_tx_ack(&tx, UINT64_MAX, 10, 1));
	assert_true(proto_tx_ack(&tx, 200, 0, 1));
	assert_false(proto_tx_ack(&tx, 199, 1000, 1));	 /* backwards */
	assert_int_equal(proto_tx_ready(&tx, 10000), 0); /* the window was closed */
	assert_true(proto_tx_timeout(&tx, 2 + PROTO_RESEND_NS));
	assert_int_equal(tx.nxt, 200);
	assert_true(proto_tx_ack(&tx, 500, 0, 3)); /* late, but it was sent once */
	assert_int_equal(tx.nxt, 500);
	assert_int_equal(proto_rx_new(10, 11, 5, &skip), 0);
	assert_int_equal(proto_rx_new(10, 5, 5, &skip), 0);
	assert_int_equal(proto_rx_new(10, 8, 5, &skip), 3);
	assert_int_equal(skip, 2);
	assert_int_equal(proto_rx_new(10, UINT64_MAX, 5, &skip), 0);
}

static void test_message(void **state)
{
	static struct proto_create a, b;
	uint8_t buf[PROTO_MAX_PAYLOAD];
	struct pbuf w = pbuf_writer(buf, sizeof(buf)), r;

	(void)state;
	strcpy(a.name, "guest");
	strcpy(a.cmdline, "console=hvc0 quiet");
	a.mem_kb = 65536;
	a.colours = 0x8000000000000001u;
	a.on_crash = PROTO_ON_PRESERVE;
	proto_create(&w, &a);
	assert_false(w.bad);
	assert_int_equal(buf[0], 5); /* little endian length of the name */
	r = pbuf_reader(buf, w.pos);
	proto_create(&r, &b);
	assert_true(pbuf_done(&r));
	assert_memory_equal(&a, &b, sizeof(a));
	/* Cut anywhere, it is bad and not run over. */
	for (size_t len = 0; len < w.pos; len++) {
		uint8_t *exact = malloc(len + 1);

		memcpy(exact, buf, len);
		r = pbuf_reader(exact, len);
		proto_create(&r, &b);
		assert_true(r.bad);
		free(exact);
	}
	a.on_crash = PROTO_ACTIONS;
	w = pbuf_writer(buf, sizeof(buf));
	proto_create(&w, &a);
	r = pbuf_reader(buf, w.pos);
	proto_create(&r, &b);
	assert_true(r.bad);
}

/* Any bytes for any message: bad or good, never out of bounds, strings terminated. */
static void test_garbage_messages(void **state)
{
	static union {
		struct proto_list list;
		struct proto_text text;
		struct proto_counters counters;
		struct proto_vcpus vcpus;
		struct proto_sysinfo sysinfo;
		struct proto_event event;
		struct proto_upload upload;
	} m;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t len = rnd(600);
		uint8_t *p = malloc(len + 1);
		struct pbuf b = pbuf_reader(p, len);

		for (size_t k = 0; k < len; k++)
			p[k] = (uint8_t)(rnd(2) ? rnd(4) : rnd(256));
		switch (i % 7) {
		case 0:
			proto_list(&b, &m.list);
			assert_true(m.list.nr <= PROTO_LIST_MAX);
			break;
		case 1:
			proto_text(&b, &m.text);
			assert_true(strlen(m.text.text) <= PROTO_TEXT);
			break;
		case 2:
			proto_counters(&b, &m.counters);
			assert_true(m.counters.nr <= PROTO_COUNTERS_MAX);
			break;
		case 3:
			proto_vcpus(&b, &m.vcpus);
			assert_true(m.vcpus.nr <= PROTO_VCPUS_MAX);
			break;
		case 4:
			proto_sysinfo(&b, &m.sysinfo);
			assert_true(memchr(m.sysinfo.version, 0, sizeof(m.sysinfo.version)));
			break;
		case 5:
			proto_event(&b, &m.event);
			assert_true(memchr(m.event.text, 0, sizeof(m.event.text)));
			break;
		default:
			proto_upload(&b, &m.upload);
			assert_true(memchr(m.upload.name, 0, sizeof(m.upload.name)));
		}
		free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_hostile),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_garbage_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

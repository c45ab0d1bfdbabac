/* SPDX-License-Identifier: GPL-2.0-only */
/* The control protocol: what is sent arrives, and what is no protocol does no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/daemon_proto.h"
#include "lib/proto.h"

struct seen {
	unsigned nr;
	uint16_t channel[64];
	size_t len[64];
	uint8_t last[PROTO_MAX_PAYLOAD];
};

static void on_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct seen *s = arg;

	assert_true(len <= PROTO_MAX_PAYLOAD);
	if (s->nr < 64) {
		s->channel[s->nr] = channel;
		s->len[s->nr] = len;
	}
	s->nr++;
	memcpy(s->last, payload, len);
}

static uint32_t rnd_state = 1;

static uint32_t rnd(void)
{
	rnd_state = rnd_state * 1664525u + 1013904223u;
	return rnd_state >> 8;
}

static void test_crc(void **state)
{
	(void)state;
	assert_int_equal(proto_crc32(0, "123456789", 9), 0xcbf43926u);
	assert_int_equal(proto_crc32(proto_crc32(0, "1234", 4), "56789", 5), 0xcbf43926u);
}

static void test_frames_in_pieces(void **state)
{
	uint8_t payload[PROTO_MAX_PAYLOAD], wire[8 * PROTO_MAX_FRAME];
	static const size_t lens[] = { 0, 1, 13, PROTO_MAX_PAYLOAD };
	size_t len = 0, at;

	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 ^ PROTO_MAGIC0);
	for (uint16_t i = 0; i < 4; i++)
		len += proto_frame(wire + len, (uint16_t)(100 + i), i, payload, lens[i]);
	for (size_t piece = 1; piece < 4000; piece = piece * 3 + 1) {
		struct proto_rx rx = { 0 };
		struct seen s = { 0 };

		for (at = 0; at < len; at += piece)
			proto_rx_feed(&rx, wire + at, len - at < piece ? len - at : piece, on_frame,
				      &s);
		assert_int_equal(s.nr, 4);
		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(s.channel[i], 100 + i);
			assert_int_equal(s.len[i], lens[i]);
		}
		assert_memory_equal(s.last, payload, PROTO_MAX_PAYLOAD);
		assert_int_equal(rx.garbage, 0);
		assert_int_equal(rx.lost, 0);
	}
}

static void test_noise_between(void **state)
{
	uint8_t wire[2 * PROTO_MAX_FRAME], noise[200];
	struct proto_rx rx = { 0 };
	struct seen s = { 0 };
	size_t len;

	(void)state;
	memset(noise, 'x', sizeof(noise));
	noise[50] = PROTO_MAGIC0;
	proto_rx_feed(&rx, noise, sizeof(noise), on_frame, &s);
	len = proto_frame(wire, 7, 5, "hello", 5);
	proto_rx_feed(&rx, wire, len, on_frame, &s);
	assert_int_equal(s.nr, 1);
	assert_memory_equal(s.last, "hello", 5);
	assert_int_equal(rx.garbage, sizeof(noise));
	/* A flipped bit costs that frame; the sequence numbers tell. */
	len = proto_frame(wire, 7, 6, "hello", 5);
	wire[PROTO_HEADER + 2] ^= 4;
	proto_rx_feed(&rx, wire, len, on_frame, &s);
	len = proto_frame(wire, 7, 7, "again", 5);
	proto_rx_feed(&rx, wire, len, on_frame, &s);
	assert_int_equal(s.nr, 2);
	assert_memory_equal(s.last, "again", 5);
	assert_int_equal(rx.lost, 1);
}

/* A line that garbles: frames may be lost, but none that was not sent is taken. */
static void test_random_damage(void **state)
{
	uint8_t wire[PROTO_MAX_FRAME], payload[64];
	struct proto_rx rx = { 0 };
	struct seen s = { 0 };
	unsigned good = 0;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = rnd() % sizeof(payload), len;
		unsigned before = s.nr;

		for (size_t k = 0; k < n; k++)
			payload[k] = (uint8_t)rnd();
		len = proto_frame(wire, (uint16_t)i, (uint16_t)i, payload, n);
		if (rnd() % 4 == 0)
			wire[rnd() % len] ^= (uint8_t)(1 + rnd() % 255);
		else
			good++;
		proto_rx_feed(&rx, wire, len, on_frame, &s);
		if (s.nr == before + 1 && s.nr < 64)
			assert_memory_equal(s.last, payload, s.len[s.nr - 1]);
	}
	/* One bad length may swallow what follows until it is known for garbage. */
	assert_true(s.nr <= good);
	assert_true(s.nr > good / 2);
}

static void test_strings(void **state)
{
	uint8_t buf[16];
	char in[8] = "abcdefg", out[8], shorter[4];
	struct pbuf b = pbuf_writer(buf, sizeof(buf)), r;

	(void)state;
	pbuf_str(&b, in, sizeof(in));
	assert_false(b.bad);
	r = pbuf_reader(buf, b.pos);
	pbuf_str(&r, out, sizeof(out));
	assert_true(pbuf_done(&r));
	assert_string_equal(out, in);
	r = pbuf_reader(buf, b.pos);
	pbuf_str(&r, shorter, sizeof(shorter));
	assert_true(r.bad);
	assert_string_equal(shorter, "");
	buf[4] = '\0'; /* inside the string */
	r = pbuf_reader(buf, b.pos);
	pbuf_str(&r, out, sizeof(out));
	assert_true(r.bad);
}

/* Writes m, reads it back into another, and compares; cut short it is always bad. */
#define ROUND_TRIP(fn, type, ...)                                     \
	do {                                                          \
		static type m_, n_;                                   \
		uint8_t buf_[PROTO_MAX_PAYLOAD];                      \
		struct pbuf w_ = pbuf_writer(buf_, sizeof(buf_)), r_; \
		m_ = (type)__VA_ARGS__;                               \
		fn(&w_, &m_);                                         \
		assert_false(w_.bad);                                 \
		r_ = pbuf_reader(buf_, w_.pos);                       \
		memset(&n_, 0, sizeof(n_));                           \
		fn(&r_, &n_);                                         \
		assert_true(pbuf_done(&r_));                          \
		assert_memory_equal(&m_, &n_, sizeof(m_));            \
		for (size_t cut_ = 0; cut_ < w_.pos; cut_++) {        \
			r_ = pbuf_reader(buf_, cut_);                 \
			fn(&r_, &n_);                                 \
			assert_false(pbuf_done(&r_));                 \
		}                                                     \
	} while (0)

static void test_messages(void **state)
{
	(void)state;
	ROUND_TRIP(proto_rpc, struct proto_rpc, { 1, PROTO_LIST | PROTO_REPLY, 3 });
	ROUND_TRIP(proto_stream, struct proto_stream, { 1, 2, 3, 4, 1ull << 40, 5 });
	ROUND_TRIP(proto_hello, struct proto_hello, { 1, 0xdeadbeef, "tagma" });
	ROUND_TRIP(proto_rename, struct proto_rename, { 7, "new" });
	ROUND_TRIP(proto_shutdown, struct proto_shutdown, { 7, 1 });
	ROUND_TRIP(proto_attach, struct proto_attach, { 1, 2, 3, 4, 5 });
	ROUND_TRIP(proto_upload, struct proto_upload, { 1, 2, { 3, 4 }, "k.elf", 5 });
	ROUND_TRIP(proto_event, struct proto_event, { PROTO_EV_SHUTDOWN, 1, 2, 3, "g" });
	ROUND_TRIP(proto_list, struct proto_list,
		   { 2, 9, { { .domid = 1, .name = "a", .cpu_ns = 1ull << 50 }, { .domid = 2 } } });
	ROUND_TRIP(proto_counters, struct proto_counters, { 1, 0, { { "x", 1 } } });
	ROUND_TRIP(proto_vcpus, struct proto_vcpus, { 1, { { 0, 0, 1, 0, 1, 5 } } });
	ROUND_TRIP(proto_create, struct proto_create,
		   { .name = "g", .mem_kb = 4096, .kernel = 1, .cmdline = "a b c" });
	ROUND_TRIP(daemon_console, struct daemon_console, { "g", DAEMON_CONSOLE_ALL, 3 });
}

/* Counts and lengths that a hostile target could send. */
static void test_hostile_counts(void **state)
{
	uint8_t buf[64];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));
	static struct proto_list l;
	static struct proto_text t;
	uint32_t n = PROTO_LIST_MAX + 1, next = 0;
	uint16_t len = PROTO_TEXT + 1;

	(void)state;
	pbuf_u32(&b, &n);
	pbuf_u32(&b, &next);
	b = pbuf_reader(buf, b.pos);
	proto_list(&b, &l);
	assert_false(pbuf_done(&b));
	assert_int_equal(l.nr, 0);
	b = pbuf_writer(buf, sizeof(buf));
	pbuf_u32(&b, &next);
	pbuf_u16(&b, &len);
	b = pbuf_reader(buf, b.pos);
	proto_text(&b, &t);
	assert_false(pbuf_done(&b));
	assert_int_equal(t.len, 0);
}

/* A stream over a line that loses frames in both directions arrives whole and in order. */
static void test_lossy_stream(void **state)
{
	enum { SIZE = 200000, CHUNK = 1000, WINDOW = 8000 };
	struct proto_tx_stream tx = { .limit = WINDOW };
	uint64_t got = 0, now = 0, rounds = 0;

	(void)state;
	while (tx.una < SIZE && rounds++ < 1000000) {
		uint64_t ready, n;
		size_t skip;

		now += PROTO_RESEND_NS / 50;
		proto_tx_timeout(&tx, now);
		ready = proto_tx_ready(&tx, SIZE);
		n = ready < CHUNK ? ready : CHUNK;
		if (n) {
			uint64_t pos = tx.nxt;

			proto_tx_sent(&tx, n, now);
			if (rnd() % 5 == 0)
				continue; /* lost */
			n = proto_rx_new(got, pos, (size_t)n, &skip);
			if (n)
				assert_int_equal(pos + skip, got);
			got += n;
		}
		if (rnd() % 5)
			assert_true(proto_tx_ack(&tx, got, WINDOW, now));
		assert_true(tx.nxt <= tx.una + WINDOW);
	}
	assert_int_equal(got, SIZE);
	assert_int_equal(tx.una, SIZE);
	assert_false(proto_tx_ack(&tx, SIZE + 1, WINDOW, now));
	assert_false(proto_tx_ack(&tx, SIZE - 1, WINDOW, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_frames_in_pieces),
		cmocka_unit_test(test_noise_between),
		cmocka_unit_test(test_random_damage),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_hostile_counts),
		cmocka_unit_test(test_lossy_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

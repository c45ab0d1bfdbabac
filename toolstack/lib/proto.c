/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames and streams of the control protocol; used on the host and in srm. */
#include <string.h>

#include "lib/proto.h"

static const uint32_t *crc_table(void)
{
	static uint32_t table[256];

	if (table[1])
		return table;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		table[i] = c;
	}
	return table;
}

uint32_t proto_crc32(uint32_t crc, const void *data, size_t len)
{
	const uint32_t *table = crc_table();
	const uint8_t *p = data;

	crc = ~crc;
	while (len--)
		crc = table[(crc ^ *p++) & 0xff] ^ (crc >> 8);
	return ~crc;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static uint32_t frame_crc(const uint8_t *header, const uint8_t *payload, size_t len)
{
	static const uint8_t zero[4];
	uint32_t crc = proto_crc32(0, header, 8);

	crc = proto_crc32(crc, zero, 4);
	return proto_crc32(crc, payload, len);
}

size_t proto_frame(uint8_t *out, uint16_t channel, uint16_t seq, const void *payload, size_t len)
{
	uint32_t crc;

	if (len > PROTO_MAX_PAYLOAD)
		len = PROTO_MAX_PAYLOAD;
	out[0] = PROTO_MAGIC0;
	out[1] = PROTO_MAGIC1;
	put16(out + 2, channel);
	put16(out + 4, seq);
	put16(out + 6, (uint32_t)len);
	memmove(out + PROTO_HEADER, payload, len);
	crc = frame_crc(out, out + PROTO_HEADER, len);
	put16(out + 8, crc);
	put16(out + 10, crc >> 16);
	return PROTO_HEADER + len;
}

void proto_rx_reset(struct proto_rx *rx) { memset(rx, 0, sizeof(*rx)); }

/* Forget the first byte, and what follows it up to something that may be a frame. */
static void rx_skip(struct proto_rx *rx)
{
	size_t i = 1;

	while (i < rx->len && rx->buf[i] != PROTO_MAGIC0)
		i++;
	rx->garbage += i;
	rx->len -= i;
	memmove(rx->buf, rx->buf + i, rx->len);
}

static void rx_count(struct proto_rx *rx, uint16_t seq)
{
	if (rx->synced)
		rx->lost += (uint16_t)(seq - rx->next_seq);
	rx->synced = true;
	rx->next_seq = (uint16_t)(seq + 1);
	rx->frames++;
}

/* Take one frame off the buffer, or a byte of garbage. False: more bytes are needed. */
static bool rx_step(struct proto_rx *rx, proto_frame_fn *fn, void *arg)
{
	const uint8_t *p = rx->buf;
	size_t len;
	uint32_t crc;

	if (rx->len == 0)
		return false;
	if (p[0] != PROTO_MAGIC0 || (rx->len > 1 && p[1] != PROTO_MAGIC1)) {
		rx_skip(rx);
		return true;
	}
	if (rx->len < PROTO_HEADER)
		return false;
	len = get16(p + 6);
	if (len > PROTO_MAX_PAYLOAD) {
		rx_skip(rx);
		return true;
	}
	if (rx->len < PROTO_HEADER + len)
		return false;
	crc = get16(p + 8) | (uint32_t)get16(p + 10) << 16;
	if (crc != frame_crc(p, p + PROTO_HEADER, len)) {
		rx_skip(rx);
		return true;
	}
	rx_count(rx, get16(p + 4));
	fn(arg, get16(p + 2), p + PROTO_HEADER, len);
	rx->len -= PROTO_HEADER + len;
	memmove(rx->buf, rx->buf + PROTO_HEADER + len, rx->len);
	return true;
}

void proto_rx_feed(struct proto_rx *rx, const uint8_t *data, size_t len, proto_frame_fn *fn,
		   void *arg)
{
	while (len > 0) {
		size_t n = sizeof(rx->buf) - rx->len;

		n = n < len ? n : len;
		memcpy(rx->buf + rx->len, data, n);
		rx->len += n;
		data += n;
		len -= n;
		/* A full buffer always holds a whole frame or garbage, so this makes room. */
		while (rx_step(rx, fn, arg))
			;
	}
}

uint64_t proto_tx_ready(const struct proto_tx_stream *t, uint64_t end)
{
	uint64_t to = end < t->limit ? end : t->limit;

	return to > t->nxt ? to - t->nxt : 0;
}

void proto_tx_sent(struct proto_tx_stream *t, uint64_t n, uint64_t now)
{
	t->nxt += n;
	if (t->max < t->nxt)
		t->max = t->nxt;
	t->sent_ns = now;
}

bool proto_tx_ack(struct proto_tx_stream *t, uint64_t pos, uint32_t window, uint64_t now)
{
	if (pos < t->una || pos > t->max)
		return false;
	if (pos != t->una)
		t->sent_ns = now;
	t->una = pos;
	if (t->nxt < pos)
		t->nxt = pos;
	t->limit = pos + window;
	return true;
}

bool proto_tx_timeout(struct proto_tx_stream *t, uint64_t now)
{
	if (t->nxt == t->una || now - t->sent_ns < PROTO_RESEND_NS)
		return false;
	t->nxt = t->una;
	t->sent_ns = now;
	return true;
}

size_t proto_rx_new(uint64_t next, uint64_t pos, size_t len, size_t *skip)
{
	*skip = 0;
	if (pos > next || next - pos >= len)
		return 0;
	*skip = (size_t)(next - pos);
	return len - *skip;
}

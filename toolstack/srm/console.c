/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Consoles. A domain's output goes from its ring (2 KB, in a page of ours that is mapped to
 * it, so that it cannot take it away) to a larger one here, which outlives it, and from there,
 * as far as the host lets it, to the host. While a host listens nothing is
 * overwritten: the domain waits. A host that has gone silent does not count.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/arch.h>
#include <tagma/event.h>

#include "srm/srm.h"

#define CHUNK 1024u /* of output in a frame */
#define SILENCE_NS (5000 * NS_PER_MS)
#define PROBE_NS (1000 * NS_PER_MS)
#define GIVE_UP_NS (20000 * NS_PER_MS) /* no more probes: it will speak first */
#define EOF_TRIES 5

void con_init(struct console *c)
{
	memset(c, 0, sizeof(*c));
	c->ring = malloc(CONSOLE_RING);
}

void con_free(struct console *c)
{
	free(c->ring);
	c->ring = 0;
}

int con_attach(struct dom *d, struct proto_attach *a)
{
	struct console *c = &d->con;
	uint64_t from = a->from;

	if (from < c->start)
		from = c->start;
	if (from > c->end)
		from = c->end;
	c->tx = (struct proto_tx_stream){
		.una = from, .nxt = from, .max = from, .limit = from + CHUNK
	};
	c->attached = true;
	c->lost = false;
	c->eof_sent = 0;
	c->heard_ns = now_ns();
	a->from = from;
	a->end = c->end;
	a->input = c->in_next;
	a->window = c->in_window = CONSOLE_INPUT - c->in_len;
	return 0;
}

void con_detach(struct console *c) { c->attached = false; }

/* Somebody reads what we would have to keep for them. */
static bool con_listens(const struct console *c)
{
	return c->attached && now_ns() - c->heard_ns < SILENCE_NS;
}

static uint32_t con_room(const struct console *c)
{
	return con_listens(c) ? CONSOLE_RING - (uint32_t)(c->end - c->tx.una) : CONSOLE_RING;
}

static void con_put(struct console *c, char ch) { c->ring[c->end++ % CONSOLE_RING] = (uint8_t)ch; }

/* Bytes that the domain has written and we have not taken. It may count nonsense: what is
 * more than its ring holds is its own loss. */
static uint32_t con_waiting(const struct console *c, XENCONS_RING_IDX *cons)
{
	uint32_t n;

	*cons = c->page->out_cons;
	n = c->page->out_prod - *cons;
	if (n > sizeof(c->page->out)) {
		*cons += n - (uint32_t)sizeof(c->page->out);
		n = sizeof(c->page->out);
	}
	return n;
}

bool con_drained(struct dom *d)
{
	XENCONS_RING_IDX cons;

	return !d->con.page || con_waiting(&d->con, &cons) == 0;
}

/* From the domain's ring to ours. Returns whether bytes came. */
static bool con_drain(struct console *c)
{
	XENCONS_RING_IDX cons;
	uint32_t n, room = con_room(c);

	if (!c->page)
		return false;
	n = con_waiting(c, &cons);
	arch_barrier();
	n = n < room ? n : room;
	if (!n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		con_put(c, c->page->out[MASK_XENCONS_IDX(cons++, c->page->out)]);
	arch_barrier();
	c->page->out_cons = cons;
	if (c->end - c->start > CONSOLE_RING)
		c->start = c->end - CONSOLE_RING;
	if (c->tx.una < c->start) {
		c->lost = c->attached;
		c->tx.una = c->start;
		if (c->tx.nxt < c->start)
			c->tx.nxt = c->start;
		if (c->tx.max < c->start)
			c->tx.max = c->start;
	}
	if (c->port)
		event_send(c->port);
	return true;
}

/* One frame of output, maybe empty: a probe, or the end. */
static void con_send_frame(const struct dom *d, uint32_t n, bool eof)
{
	const struct console *c = &d->con;
	struct proto_stream s = { .kind = PROTO_STREAM_DATA, .pos = c->tx.nxt };
	uint8_t buf[PROTO_STREAM_HEADER + CHUNK];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	s.flags = (uint8_t)((c->lost ? PROTO_STREAM_F_LOST : 0) | (eof ? PROTO_STREAM_F_EOF : 0));
	proto_stream(&b, &s);
	for (uint32_t i = 0; i < n; i++)
		buf[b.pos + i] = c->ring[(c->tx.nxt + i) % CONSOLE_RING];
	line_send((uint16_t)(PROTO_CH_CONSOLE + d->domid), buf, b.pos + n);
}

/* Returns whether bytes went. */
static bool con_transmit(struct dom *d)
{
	struct console *c = &d->con;
	uint64_t now = now_ns(), ready;
	bool probe, eof;

	if (!c->attached || !line_idle())
		return false;
	proto_tx_timeout(&c->tx, now);
	ready = proto_tx_ready(&c->tx, c->end);
	if (ready > CHUNK)
		ready = CHUNK;
	/* Nothing may go, but something waits, or the end is not known to be heard: ask. */
	probe = !ready && (c->tx.nxt != c->end || (d->gone && !c->over)) &&
		now - c->probe_ns > PROBE_NS;
	if (!ready && !probe && !(d->gone && !c->eof_sent && c->tx.nxt == c->end))
		return false;
	c->probe_ns = now;
	eof = d->gone && c->tx.nxt + ready == c->end;
	con_send_frame(d, (uint32_t)ready, eof);
	/* A host that acknowledged every byte, but not the end, knows of the end otherwise. */
	c->eof_sent += eof;
	if (c->eof_sent >= EOF_TRIES && c->tx.una == c->end)
		c->over = true;
	proto_tx_sent(&c->tx, ready, now);
	return ready > 0;
}

/* Input for the domain, as far as its ring has room. */
static void con_feed(struct console *c)
{
	XENCONS_RING_IDX prod;
	uint32_t used, n;

	if (!c->page || !c->port || !c->in_len)
		return;
	prod = c->page->in_prod;
	used = prod - c->page->in_cons;
	if (used >= sizeof(c->page->in))
		return;
	n = (uint32_t)sizeof(c->page->in) - used;
	n = n < c->in_len ? n : c->in_len;
	for (uint32_t i = 0; i < n; i++)
		c->page->in[MASK_XENCONS_IDX(prod++, c->page->in)] = (char)c->in[i];
	arch_barrier();
	c->page->in_prod = prod;
	memmove(c->in, c->in + n, c->in_len - n);
	c->in_len -= n;
	event_send(c->port);
}

static void con_input_ack(struct dom *d)
{
	struct console *c = &d->con;
	struct proto_stream s = { .kind = PROTO_STREAM_ACK, .pos = c->in_next };
	uint8_t buf[PROTO_STREAM_HEADER];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	s.window = c->in_window = CONSOLE_INPUT - c->in_len;
	proto_stream(&b, &s);
	line_send((uint16_t)(PROTO_CH_CONSOLE + d->domid), buf, b.pos);
}

bool con_work(struct dom *d)
{
	struct console *c = &d->con;
	bool busy = con_drain(c);

	busy |= con_transmit(d);
	con_feed(c);
	/* The host waits for room, and there is some again. */
	if (c->attached && c->in_window < CONSOLE_INPUT / 2 && c->in_len < CONSOLE_INPUT / 2)
		con_input_ack(d);
	return busy;
}

bool con_wants_tick(const struct console *c)
{
	return c->attached && now_ns() - c->heard_ns < GIVE_UP_NS &&
	       (c->tx.una != c->end || (c->eof_sent && !c->over));
}

static void con_data(struct dom *d, uint64_t pos, const uint8_t *data, size_t len)
{
	struct console *c = &d->con;
	size_t skip, n = proto_rx_new(c->in_next, pos, len, &skip);

	if (n > CONSOLE_INPUT - c->in_len)
		n = CONSOLE_INPUT - c->in_len;
	memcpy(c->in + c->in_len, data + skip, n);
	c->in_len += (uint32_t)n;
	c->in_next += n;
	con_feed(c);
	con_input_ack(d);
}

static void con_acked(struct dom *d, const struct proto_stream *s)
{
	struct console *c = &d->con;
	uint64_t now = now_ns();

	if (!proto_tx_ack(&c->tx, s->pos, s->window, now))
		return;
	c->heard_ns = now;
	if (s->pos >= c->start)
		c->lost = false;
	if (c->eof_sent && s->pos == c->end)
		c->over = true;
}

void con_frame(uint32_t domid, const uint8_t *payload, size_t len)
{
	struct pbuf b = pbuf_reader(payload, len);
	struct dom *d = dom_find_any(domid);
	struct proto_stream s;

	proto_stream(&b, &s);
	if (b.bad || !d)
		return;
	if (s.kind == PROTO_STREAM_ACK)
		con_acked(d, &s);
	else if (s.kind == PROTO_STREAM_DATA && !d->gone)
		con_data(d, s.pos, payload + b.pos, len - b.pos);
}

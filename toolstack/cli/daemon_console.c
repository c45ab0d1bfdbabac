/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Consoles: output is kept in a ring that outlives the domain, input waits here
 * until the target takes it. Flow control goes all the way: the target may send
 * only what the slowest attached client leaves room for, and a client is read
 * only while its input has room.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/daemon.h"
#include "lib/file.h"

struct console *console_find(struct daemon *d, uint32_t domid)
{
	struct console *c;

	for (c = d->consoles; c; c = c->next)
		if (c->domid == domid && !c->gone)
			return c;
	return NULL;
}

/* A living domain of that name or number, or the one that died last. */
struct console *console_by_name(struct daemon *d, const char *name)
{
	struct console *c, *dead = NULL;
	char *end;
	unsigned long id = strtoul(name, &end, 10);
	bool number = *name && !*end;

	for (c = d->consoles; c; c = c->next) {
		if (number ? c->domid != id : strcmp(c->name, name) != 0)
			continue;
		if (!c->gone)
			return c;
		if (!dead)
			dead = c;
	}
	return dead;
}

static bool has_client(struct daemon *d, const struct console *c)
{
	struct client *k;

	for (k = d->clients; k; k = k->next)
		if (k->console == c)
			return true;
	return false;
}

/* Consoles of the dead are kept, but not without end: the oldest goes. */
static void forget_oldest(struct daemon *d)
{
	struct console **link, **last = NULL, *c;
	unsigned gone = 0;

	for (link = &d->consoles; (c = *link); link = &c->next) {
		if (!c->over || !c->gone || has_client(d, c))
			continue;
		gone++;
		last = link;
	}
	if (gone < CONSOLES_GONE)
		return;
	c = *last;
	*last = c->next;
	free(c->ring);
	free(c);
}

struct console *console_add(struct daemon *d, uint32_t domid, const char *name)
{
	struct console *c;

	forget_oldest(d);
	c = xcalloc(1, sizeof(*c));
	c->ring = xcalloc(CONSOLE_RING, 1);
	c->domid = domid;
	memcpy(c->name, name, strnlen(name, sizeof(c->name) - 1));
	c->next = d->consoles;
	d->consoles = c;
	return c;
}

/* What may come without overwriting bytes that an attached client has still to see. */
static uint32_t window(struct daemon *d, const struct console *c)
{
	uint64_t kept = 0;
	struct client *k;

	for (k = d->clients; k; k = k->next)
		if (k->console == c && !k->dead && c->end - k->pos > kept)
			kept = c->end - k->pos;
	if (kept >= CONSOLE_RING)
		return 0;
	return CONSOLE_RING - kept < CONSOLE_WINDOW ? (uint32_t)(CONSOLE_RING - kept)
						    : CONSOLE_WINDOW;
}

void console_ack(struct daemon *d, struct console *c, bool always)
{
	struct proto_stream s = { .kind = PROTO_STREAM_ACK, .pos = c->end };
	uint8_t buf[PROTO_STREAM_HEADER];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	s.window = window(d, c);
	if (!always && s.window == c->window)
		return;
	c->window = s.window;
	proto_stream(&b, &s);
	line_send(d, (uint16_t)(PROTO_CH_CONSOLE + c->domid), buf, b.pos);
}

static void ring_put(struct console *c, const uint8_t *data, size_t len)
{
	while (len) {
		size_t at = (size_t)(c->end % CONSOLE_RING);
		size_t n = CONSOLE_RING - at < len ? CONSOLE_RING - at : len;

		memcpy(c->ring + at, data, n);
		c->end += n;
		data += n;
		len -= n;
	}
	if (c->end - c->start > CONSOLE_RING)
		c->start = c->end - CONSOLE_RING;
}

void console_stream(struct daemon *d, uint32_t domid, const struct proto_stream *s,
		    const uint8_t *data, size_t len)
{
	struct console *c;
	size_t skip, n;

	/* The last words of a domain come after it is gone. */
	for (c = d->consoles; c && (c->domid != domid || c->over); c = c->next)
		;
	if (!c)
		return;
	if (s->kind == PROTO_STREAM_ACK) {
		proto_tx_ack(&c->in, s->pos, s->window, now_ns());
		return;
	}
	if (s->flags & PROTO_STREAM_F_LOST && s->pos > c->end)
		c->start = c->end = s->pos;
	n = proto_rx_new(c->end, s->pos, len, &skip);
	ring_put(c, data + skip, n);
	if (n && c->settling)
		c->settle_ns = now_ns();
	if (s->flags & PROTO_STREAM_F_EOF && c->end == s->pos + len) {
		/* Also tells that the domain ended, should that event have been lost. */
		if (!c->settling)
			c->settle_ns = now_ns();
		c->settling = c->gone = c->final_known = true;
		c->final = c->end;
	}
	console_ack(d, c, true);
}

size_t console_input_room(const struct console *c)
{
	return c->gone || c->settling ? CONSOLE_INPUT
				      : CONSOLE_INPUT - (size_t)(c->in_end - c->in.una);
}

/* Takes what there is room for. The dead take everything and read nothing. */
size_t console_input(struct console *c, const uint8_t *data, size_t len)
{
	size_t room = console_input_room(c), i;

	if (c->gone || c->settling)
		return len;
	len = len < room ? len : room;
	for (i = 0; i < len; i++)
		c->input[c->in_end++ % CONSOLE_INPUT] = data[i];
	return len;
}

/* Some may have been typed before the target's answer: it moves to where the target wants it,
 * less what the target turns out to have already. */
void console_input_at(struct console *c, uint64_t pos)
{
	uint64_t from = c->in.una, n = c->in_end - from;
	uint8_t held[CONSOLE_INPUT];

	if (pos > from && pos <= c->in_end) {
		n = c->in_end - pos;
		from = pos;
	}
	for (uint64_t i = 0; i < n; i++)
		held[i] = c->input[(from + i) % CONSOLE_INPUT];
	for (uint64_t i = 0; i < n; i++)
		c->input[(pos + i) % CONSOLE_INPUT] = held[i];
	c->in.una = c->in.nxt = c->in.max = pos;
	c->in_end = pos + n;
}

static void pump_input(struct daemon *d, struct console *c)
{
	uint8_t buf[PROTO_STREAM_HEADER + 1024];
	uint64_t now = now_ns(), ready;

	proto_tx_timeout(&c->in, now);
	while ((ready = proto_tx_ready(&c->in, c->in_end)) && d->out.len < LINE_BACKLOG) {
		struct proto_stream s = { .kind = PROTO_STREAM_DATA, .pos = c->in.nxt };
		struct pbuf b = pbuf_writer(buf, sizeof(buf));
		size_t n = ready < 1024 ? (size_t)ready : 1024, i;

		proto_stream(&b, &s);
		for (i = 0; i < n; i++)
			buf[b.pos + i] = c->input[(s.pos + i) % CONSOLE_INPUT];
		line_send(d, (uint16_t)(PROTO_CH_CONSOLE + c->domid), buf, b.pos + n);
		proto_tx_sent(&c->in, n, now);
	}
}

static void tell_over(struct client *k)
{
	const struct console *c = k->console;
	struct proto_event ev = { .kind = DAEMON_EV_OVER,
				  .domid = c->domid,
				  .arg = c->end_code,
				  .action = (uint16_t)c->action };
	uint8_t buf[sizeof(ev) + 16];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	if (c->successor)
		snprintf(ev.text, sizeof(ev.text), "%u", c->successor);
	proto_event(&b, &ev);
	client_frame(k, PROTO_CH_EVENT, buf, b.pos);
	k->told_over = true;
}

static void pump_output(struct client *k)
{
	struct console *c = k->console;

	if (k->pos < c->start)
		k->pos = c->start;
	while (k->pos < c->end && k->out.len < CLIENT_BACKLOG) {
		size_t at = (size_t)(k->pos % CONSOLE_RING);
		uint64_t n = c->end - k->pos;

		n = n < PROTO_MAX_PAYLOAD ? n : PROTO_MAX_PAYLOAD;
		n = n < CONSOLE_RING - at ? n : CONSOLE_RING - at;
		client_frame(k, (uint16_t)(PROTO_CH_CONSOLE + c->domid), c->ring + at, (size_t)n);
		k->pos += n;
	}
	if (c->shown < k->pos)
		c->shown = k->pos;
	/* A dump of the dying waits for their last words like anybody else. */
	if ((c->over || (k->dump && !c->settling)) && k->pos == c->end && !k->told_over)
		tell_over(k);
}

void console_pump(struct daemon *d)
{
	struct console *c;
	struct client *k;

	for (k = d->clients; k; k = k->next)
		if (k->console && !k->dead)
			pump_output(k);
	for (c = d->consoles; c; c = c->next) {
		if (c->over)
			continue;
		if (!c->settling)
			pump_input(d, c);
		/* A client made room. Not for each byte: a window worth telling. The dead still
		 * have output to send, and wait for it like the living. */
		if (c->window < CONSOLE_WINDOW / 2)
			console_ack(d, c, false);
	}
}

void console_free_all(struct daemon *d)
{
	struct console *c;

	while ((c = d->consoles)) {
		d->consoles = c->next;
		free(c->ring);
		free(c);
	}
}

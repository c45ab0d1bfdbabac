/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's end of the line to srm: frames, requests that are sent until answered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cli/daemon.h"
#include "lib/file.h"

#define HELLO_NS 200000000ull
#define RESEND_NS 1000000000ull

void line_send(struct daemon *d, uint16_t channel, const void *payload, size_t len)
{
	uint8_t frame[PROTO_MAX_FRAME];

	queue_put(&d->out, frame, proto_frame(frame, channel, d->seq++, payload, len));
}

struct request *line_request(struct daemon *d, uint16_t op, const void *body, size_t len)
{
	struct request *r = xcalloc(1, sizeof(*r) + 8 + len);
	struct proto_rpc rpc = { .id = d->next_id++, .op = op };
	struct pbuf b = pbuf_writer(r->payload, 8);

	proto_rpc(&b, &rpc);
	if (len)
		memcpy(r->payload + 8, body, len);
	r->id = rpc.id;
	r->op = op;
	r->len = 8 + len;
	r->first_ns = r->sent_ns = now_ns();
	r->next = d->requests;
	d->requests = r;
	line_send(d, PROTO_CH_RPC, r->payload, r->len);
	return r;
}

static void hello_done(struct daemon *d, struct request *r, uint16_t status, struct pbuf *body)
{
	struct proto_hello h;

	(void)r;
	proto_hello(body, &h);
	if (status || !pbuf_done(body)) {
		daemon_tell(d, 'E', "srm's answer to hello makes no sense");
		d->stopping = true;
	} else if (h.version != PROTO_VERSION) {
		daemon_tell(d, 'E', "srm speaks another version of the protocol");
		d->stopping = true;
	} else {
		sync_start(d);
	}
}

void line_start(struct daemon *d)
{
	struct proto_hello h = { .version = PROTO_VERSION, .banner = "tagma" };
	uint8_t body[128];
	struct pbuf b = pbuf_writer(body, sizeof(body));

	/* A session of an earlier daemon must not be continued by mistake. */
	if (getrandom(&h.session, sizeof(h.session), 0) != sizeof(h.session))
		h.session = (uint32_t)now_ns();
	d->next_id = 1;
	proto_hello(&b, &h);
	line_request(d, PROTO_HELLO, body, b.pos)->done = hello_done;
}

static void relay_reply(struct daemon *d, struct request *r, uint16_t status, struct pbuf *body)
{
	struct pbuf peek = *body;
	struct proto_upload up;

	/* An upload belongs to the connection that began it. */
	if (r->op == PROTO_UPLOAD && !status) {
		proto_upload(&peek, &up);
		if (pbuf_done(&peek))
			client_own_upload(d, r->client, up.id);
	}
	client_reply(r->client, r->client_id, r->op, status, body->data + body->pos,
		     body->size - body->pos);
}

static void handle_reply(struct daemon *d, const uint8_t *payload, size_t len)
{
	struct pbuf b = pbuf_reader(payload, len);
	struct request **link, *r;
	struct proto_rpc rpc;

	proto_rpc(&b, &rpc);
	if (b.bad || !(rpc.op & PROTO_REPLY))
		return;
	for (link = &d->requests; (r = *link); link = &r->next)
		if (r->id == rpc.id && r->op == (rpc.op & ~PROTO_REPLY))
			break;
	if (!r)
		return; /* answered twice: we had sent it again */
	*link = r->next;
	if (r->done)
		r->done(d, r, rpc.status, &b);
	else if (r->client)
		relay_reply(d, r, rpc.status, &b);
	free(r);
}

static void handle_upload(struct daemon *d, const uint8_t *payload, size_t len)
{
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_stream s;
	struct client *c;

	proto_stream(&b, &s);
	c = b.bad ? NULL : client_of_upload(d, s.id);
	if (c)
		client_frame(c, PROTO_CH_UPLOAD, payload, len);
}

static void line_hello_again(struct daemon *d)
{
	struct request *r;

	for (r = d->requests; r; r = r->next)
		if (r->op == PROTO_HELLO)
			r->sent_ns = 0;
}

static void handle_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct daemon *d = arg;
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_stream s;
	struct proto_event ev;

	if (channel == PROTO_CH_RPC) {
		handle_reply(d, payload, len);
	} else if (channel == PROTO_CH_EVENT) {
		proto_event(&b, &ev);
		if (!pbuf_done(&b))
			return;
		sync_event(d, &ev);
		/* The line works from now on, but the first hello fell into an empty machine. */
		if (!d->ready)
			line_hello_again(d);
	} else if (channel == PROTO_CH_UPLOAD) {
		handle_upload(d, payload, len);
	} else if (channel >= PROTO_CH_CONSOLE) {
		proto_stream(&b, &s);
		if (!b.bad)
			console_stream(d, channel - PROTO_CH_CONSOLE, &s, payload + b.pos,
				       len - b.pos);
	}
}

void line_receive(struct daemon *d)
{
	uint8_t buf[65536];
	ssize_t n = recv(d->com2, buf, sizeof(buf), MSG_DONTWAIT);

	if (n > 0)
		proto_rx_feed(&d->rx, buf, (size_t)n, handle_frame, d);
	/* End of the stream: QEMU is about to end, and SIGCHLD will say how. */
}

void line_tick(struct daemon *d)
{
	uint64_t now = now_ns();
	struct request *r;

	for (r = d->requests; r; r = r->next) {
		uint64_t after = r->op == PROTO_HELLO ? HELLO_NS : RESEND_NS;

		if (now - r->sent_ns < after || d->out.len)
			continue;
		r->sent_ns = now;
		line_send(d, PROTO_CH_RPC, r->payload, r->len);
	}
}

/* The client is gone before its upload had an id: nobody would ever send or drop it. */
static void orphan_upload(struct daemon *d, struct request *r, uint16_t status, struct pbuf *body)
{
	struct proto_upload up;
	struct proto_domid id;
	uint8_t buf[8];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	(void)r;
	proto_upload(body, &up);
	if (status || !pbuf_done(body))
		return;
	id.domid = up.id;
	proto_domid(&b, &id);
	line_request(d, PROTO_UPLOAD_DROP, buf, b.pos);
}

void line_forget_client(struct daemon *d, struct client *c)
{
	struct request **link = &d->requests, *r;

	while ((r = *link)) {
		if (r->client != c) {
			link = &r->next;
		} else if (r->op == PROTO_UPLOAD) {
			r->client = NULL;
			r->done = orphan_upload;
			link = &r->next;
		} else {
			*link = r->next;
			free(r);
		}
	}
}

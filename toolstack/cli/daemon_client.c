/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's side of the verbs' connections. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xen/errno.h>

#include "cli/daemon.h"
#include "lib/file.h"

void client_accept(struct daemon *d)
{
	int fd = accept4(d->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;
	unsigned nr = 0;

	if (fd < 0)
		return;
	for (c = d->clients; c; c = c->next)
		nr++;
	if (nr >= MAX_CLIENTS) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	c->next = d->clients;
	d->clients = c;
}

void client_frame(struct client *c, uint16_t channel, const void *payload, size_t len)
{
	uint8_t frame[PROTO_MAX_FRAME];

	if (!c->dead)
		queue_put(&c->out, frame, proto_frame(frame, channel, c->seq++, payload, len));
}

void client_reply(struct client *c, uint32_t id, uint16_t op, uint16_t status, const void *body,
		  size_t len)
{
	struct proto_rpc rpc = { .id = id, .op = op | PROTO_REPLY, .status = status };
	uint8_t buf[PROTO_MAX_PAYLOAD];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	proto_rpc(&b, &rpc);
	if (len > sizeof(buf) - b.pos)
		len = sizeof(buf) - b.pos;
	if (len)
		memcpy(buf + b.pos, body, len);
	client_frame(c, PROTO_CH_RPC, buf, b.pos + len);
}

static void reply_error(struct client *c, const struct proto_rpc *rpc, uint16_t status,
			const char *text)
{
	char line[PROTO_ERROR];
	uint8_t buf[PROTO_ERROR + 2];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	snprintf(line, sizeof(line), "%s", text);
	pbuf_str(&b, line, sizeof(line));
	client_reply(c, rpc->id, rpc->op, status, buf, b.pos);
}

void client_event(struct daemon *d, const struct proto_event *ev)
{
	struct proto_event copy = *ev;
	uint8_t buf[sizeof(copy) + 16];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));
	struct client *c;

	proto_event(&b, &copy);
	for (c = d->clients; c; c = c->next)
		if (c->events)
			client_frame(c, PROTO_CH_EVENT, buf, b.pos);
}

struct client *client_of_upload(struct daemon *d, uint32_t id)
{
	for (unsigned i = 0; i < MAX_UPLOADS; i++)
		if (d->uploads[i].client && d->uploads[i].id == id)
			return d->uploads[i].client;
	return NULL;
}

static void drop_upload(struct daemon *d, struct upload *u)
{
	struct proto_domid m = { u->id };
	uint8_t body[8];
	struct pbuf b = pbuf_writer(body, sizeof(body));

	proto_domid(&b, &m);
	line_request(d, PROTO_UPLOAD_DROP, body, b.pos);
	u->client = NULL;
}

/* Ids that were used up by a creation are overwritten in turn; dropping them again is harmless. */
void client_own_upload(struct daemon *d, struct client *c, uint32_t id)
{
	struct upload *u = NULL;

	for (unsigned i = 0; i < MAX_UPLOADS && !u; i++)
		if (!d->uploads[i].client)
			u = &d->uploads[i];
	if (!u) {
		u = &d->uploads[id % MAX_UPLOADS];
		drop_upload(d, u);
	}
	*u = (struct upload){ id, c };
}

static void op_console(struct daemon *d, struct client *k, const struct proto_rpc *rpc,
		       struct pbuf *in)
{
	struct daemon_console m;
	uint8_t body[PROTO_NAME + 16];
	struct pbuf b = pbuf_writer(body, sizeof(body));
	struct console *c;

	daemon_console(in, &m);
	c = pbuf_done(in) ? console_by_name(d, m.name) : NULL;
	if (!c) {
		reply_error(k, rpc, XEN_ESRCH, "no such domain");
		return;
	}
	if (!(m.flags & DAEMON_CONSOLE_PEEK)) {
		k->console = c;
		k->pos = m.flags & DAEMON_CONSOLE_ALL || c->gone ? c->start : c->shown;
		k->told_over = false;
		k->dump = m.flags & DAEMON_CONSOLE_DUMP;
	}
	m.flags = c->gone || c->settling ? DAEMON_CONSOLE_GONE : 0;
	m.domid = c->domid;
	memcpy(m.name, c->name, sizeof(m.name));
	daemon_console(&b, &m);
	client_reply(k, rpc->id, rpc->op, 0, body, b.pos);
}

static void op_log(struct daemon *d, struct client *k, const struct proto_rpc *rpc, struct pbuf *in)
{
	char name[PROTO_NAME], line[PROTO_ERROR];
	uint8_t body[PROTO_ERROR + 2];
	struct pbuf b = pbuf_writer(body, sizeof(body));

	pbuf_str(in, name, sizeof(name));
	snprintf(line, sizeof(line), "%s", sync_log_about(d, name));
	pbuf_str(&b, line, sizeof(line));
	client_reply(k, rpc->id, rpc->op, 0, body, b.pos);
}

static void handle_rpc(struct daemon *d, struct client *k, const uint8_t *payload, size_t len)
{
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_rpc rpc;
	struct request *r;

	proto_rpc(&b, &rpc);
	if (b.bad || rpc.op & PROTO_REPLY)
		k->dead = true;
	else if (rpc.op == DAEMON_CONSOLE)
		op_console(d, k, &rpc, &b);
	else if (rpc.op == DAEMON_LOG)
		op_log(d, k, &rpc, &b);
	else if (rpc.op == DAEMON_STOP) {
		client_reply(k, rpc.id, rpc.op, 0, NULL, 0);
		daemon_stop(d);
	} else if (rpc.op == DAEMON_SUBSCRIBE || rpc.op == DAEMON_TIE || rpc.op == DAEMON_UNTIE) {
		k->events |= rpc.op == DAEMON_SUBSCRIBE;
		k->tied = rpc.op == DAEMON_TIE;
		client_reply(k, rpc.id, rpc.op, 0, NULL, 0);
	} else if (!rpc.op || rpc.op >= PROTO_OPS || rpc.op == PROTO_HELLO ||
		   rpc.op == PROTO_ATTACH || rpc.op == PROTO_DETACH) {
		reply_error(k, &rpc, XEN_ENOSYS, "not a request for a machine");
	} else {
		r = line_request(d, rpc.op, payload + b.pos, len - b.pos);
		r->client = k;
		r->client_id = rpc.id;
	}
}

struct receiving {
	struct daemon *d;
	struct client *c;
};

static void handle_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct receiving *r = arg;
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_stream s;

	if (r->c->dead)
		return;
	if (channel == PROTO_CH_RPC) {
		handle_rpc(r->d, r->c, payload, len);
	} else if (channel == PROTO_CH_UPLOAD) {
		proto_stream(&b, &s);
		if (!b.bad && client_of_upload(r->d, s.id) == r->c)
			line_send(r->d, PROTO_CH_UPLOAD, payload, len);
	} else if (r->c->console && channel == PROTO_CH_CONSOLE + r->c->console->domid) {
		console_input(r->c->console, payload, len);
	}
}

/* Reads no more than any console's input has room for: one frame never holds more
 * bytes than were read, so nothing that a client sends is dropped. */
void client_receive(struct daemon *d, struct client *c)
{
	struct receiving r = { d, c };
	uint8_t buf[8192];
	size_t room = c->console ? console_input_room(c->console) : sizeof(buf);
	ssize_t n;

	/* A frame may be half read already; its bytes need room as well. */
	if (c->console && room <= c->rx.len)
		return;
	room -= c->console ? c->rx.len : 0;
	n = recv(c->fd, buf, room < sizeof(buf) ? room : sizeof(buf), MSG_DONTWAIT);
	if (n > 0)
		proto_rx_feed(&c->rx, buf, (size_t)n, handle_frame, &r);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->dead = true;
}

void client_reap(struct daemon *d)
{
	struct client **link = &d->clients, *c;

	while ((c = *link)) {
		if (!c->dead) {
			link = &c->next;
			continue;
		}
		for (unsigned i = 0; i < MAX_UPLOADS; i++)
			if (d->uploads[i].client == c)
				drop_upload(d, &d->uploads[i]);
		line_forget_client(d, c);
		if (c->tied)
			daemon_stop(d);
		*link = c->next;
		close(c->fd);
		queue_free(&c->out);
		free(c);
	}
}

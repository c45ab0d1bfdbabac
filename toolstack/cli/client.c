/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/clock.h"
#include "lib/file.h"

/* The target checks hashes and copies images under TCG: slow is not dead. */
#define REPLY_TIMEOUT_NS 120000000000ull

static int connect_ctl(const struct machine *m)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char *path = machine_path(m, "ctl");
	int fd = -1;

	if (strlen(path) < sizeof(sa.sun_path)) {
		strcpy(sa.sun_path, path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa))) {
			close(fd);
			fd = -1;
		}
	}
	free(path);
	return fd;
}

struct conn *conn_open(const char *machine, struct err *e)
{
	struct machine *m = machine_open(machine, e);
	enum machine_life life;
	struct conn *c = NULL;
	int fd = -1;

	if (!m)
		return NULL;
	life = machine_life(m);
	if (life == MACHINE_DEAD)
		machine_clean(m, false);
	if (life == MACHINE_ALIVE)
		fd = connect_ctl(m);
	if (fd >= 0) {
		c = xcalloc(1, sizeof(*c));
		c->fd = fd;
		c->next_id = 1;
	} else if (life == MACHINE_ALIVE) {
		err_errno(e, "machine '%s' is starting or ending", machine);
	} else {
		err_set(e, "machine '%s' is not up; start it with: tagma up%s%s", machine,
			strcmp(machine, "default") ? " -m " : "",
			strcmp(machine, "default") ? machine : "");
	}
	machine_close(m);
	return c;
}

void conn_close(struct conn *c)
{
	if (!c)
		return;
	close(c->fd);
	queue_free(&c->out);
	free(c);
}

void conn_listen(struct conn *c, client_frame_fn *fn, void *arg)
{
	c->fn = fn;
	c->arg = arg;
}

void conn_send(struct conn *c, uint16_t channel, const void *payload, size_t len)
{
	uint8_t frame[PROTO_MAX_FRAME];

	queue_put(&c->out, frame, proto_frame(frame, channel, c->seq++, payload, len));
}

static void handle_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct conn *c = arg;
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_rpc rpc;

	if (channel != PROTO_CH_RPC) {
		if (c->fn)
			c->fn(c->arg, channel, payload, len);
		return;
	}
	proto_rpc(&b, &rpc);
	if (b.bad || !(rpc.op & PROTO_REPLY) || rpc.id != c->wait_id || c->have_reply)
		return;
	memcpy(c->reply, payload, len);
	c->reply_len = len;
	c->have_reply = true;
}

static int conn_receive(struct conn *c)
{
	uint8_t buf[65536];
	ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	proto_rx_feed(&c->rx, buf, (size_t)n, handle_frame, c);
	return 0;
}

int conn_poll(struct conn *c, int ms, int fd, bool *readable)
{
	struct pollfd p[2] = {
		{ c->fd, (short)(POLLIN | (c->out.len ? POLLOUT : 0)), 0 },
		{ fd, POLLIN, 0 },
	};

	if (readable)
		*readable = false;
	if (poll(p, 2, ms) < 0)
		return errno == EINTR ? 0 : -1;
	if (p[0].revents & (POLLIN | POLLHUP | POLLERR) && conn_receive(c))
		return -1;
	if (c->out.len && queue_write(&c->out, c->fd))
		return -1;
	if (readable)
		*readable = p[1].revents != 0;
	return 0;
}

static int check_reply(struct conn *c, struct pbuf *in, struct err *e)
{
	struct pbuf b = pbuf_reader(c->reply, c->reply_len);
	struct proto_rpc rpc;
	char text[PROTO_ERROR];

	proto_rpc(&b, &rpc);
	c->status = rpc.status;
	if (in)
		*in = b;
	if (!rpc.status)
		return 0;
	pbuf_str(&b, text, sizeof(text));
	return err_set(e, "%s", text[0] ? text : "the target refused, and did not say why");
}

int conn_call(struct conn *c, uint16_t op, const struct pbuf *body, struct pbuf *in, struct err *e)
{
	struct proto_rpc rpc = { .id = c->next_id++, .op = op };
	uint8_t buf[PROTO_MAX_PAYLOAD];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));
	uint64_t deadline = now_ns() + REPLY_TIMEOUT_NS;

	c->status = 0;
	proto_rpc(&b, &rpc);
	if (body && body->pos)
		pbuf_bytes(&b, body->data, body->pos);
	if (b.bad || (body && body->bad))
		return err_set(e, "the request is too long for the protocol");
	c->wait_id = rpc.id;
	c->have_reply = false;
	conn_send(c, PROTO_CH_RPC, buf, b.pos);
	while (!c->have_reply) {
		if (conn_poll(c, 1000, -1, NULL))
			return err_set(e, "the machine ended");
		if (!c->have_reply && now_ns() > deadline)
			return err_set(e, "srm has not answered for %llu s",
				       REPLY_TIMEOUT_NS / 1000000000);
	}
	return check_reply(c, in, e);
}

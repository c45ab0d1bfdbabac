/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image on its way to the target: the sender's side of a stream of lib/proto.h.
 * The daemon only passes frames on; what gets lost on the line is sent again from here.
 */
#include <stdio.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/out.h"
#include "cli/upload.h"

#define STALLED_NS 60000000000ull
#define AHEAD 65536 /* bytes in the socket to the daemon; more would only hide the progress */

struct sender {
	struct proto_tx_stream tx;
	uint32_t id;
	uint16_t error;
	uint64_t moved_ns;
};

static void on_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct sender *s = arg;
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_stream m;

	if (channel != PROTO_CH_UPLOAD)
		return;
	proto_stream(&b, &m);
	if (b.bad || m.kind != PROTO_STREAM_ACK || m.id != s->id)
		return;
	if (m.error)
		s->error = m.error;
	else if (m.pos != s->tx.una)
		s->moved_ns = now_ns();
	proto_tx_ack(&s->tx, m.pos, m.window, now_ns());
}

static void send_some(struct conn *c, struct sender *s, const struct blob *data)
{
	uint8_t buf[PROTO_MAX_PAYLOAD];
	uint64_t now = now_ns(), n;

	proto_tx_timeout(&s->tx, now);
	while ((n = proto_tx_ready(&s->tx, data->size)) && c->out.len < AHEAD) {
		struct proto_stream m = { .kind = PROTO_STREAM_DATA,
					  .id = s->id,
					  .pos = s->tx.nxt };
		struct pbuf b = pbuf_writer(buf, sizeof(buf));

		n = n < PROTO_STREAM_MAX ? n : PROTO_STREAM_MAX;
		if (m.pos + n == data->size)
			m.flags = PROTO_STREAM_F_EOF;
		proto_stream(&b, &m);
		memcpy(buf + b.pos, data->data + m.pos, (size_t)n);
		conn_send(c, PROTO_CH_UPLOAD, buf, b.pos + (size_t)n);
		proto_tx_sent(&s->tx, n, now);
	}
}

static int open_upload(struct conn *c, const char *name, const struct blob *data,
		       const uint8_t sha[32], struct sender *s, struct err *e)
{
	const char *base = strrchr(name, '/');
	struct proto_upload m = { .size = (uint32_t)data->size };
	uint8_t buf[256];
	struct pbuf b = pbuf_writer(buf, sizeof(buf)), in;

	if (data->size > PROTO_MAX_UPLOAD)
		return err_set(e, "%s: larger than %u MB", name, PROTO_MAX_UPLOAD >> 20);
	memcpy(m.sha256, sha, sizeof(m.sha256));
	snprintf(m.name, sizeof(m.name), "%.63s", base ? base + 1 : name);
	proto_upload(&b, &m);
	if (conn_call(c, PROTO_UPLOAD, &b, &in, e))
		return err_prefix(e, "%s", name);
	proto_upload(&in, &m);
	if (!pbuf_done(&in))
		return err_set(e, "the target's reply makes no sense");
	s->id = m.id;
	s->tx.limit = m.window;
	s->tx.sent_ns = s->moved_ns = now_ns();
	return 0;
}

int upload(struct conn *c, const char *name, const struct blob *data, const uint8_t sha[32],
	   uint32_t *id, struct err *e)
{
	struct sender s = { 0 };
	int ret = 0;

	if (open_upload(c, name, data, sha, &s, e))
		return -1;
	conn_listen(c, on_frame, &s);
	while (!ret && s.tx.una < data->size) {
		send_some(c, &s, data);
		out_progress("%s: %llu of %zu KB", name, (unsigned long long)s.tx.una >> 10,
			     data->size >> 10);
		if (conn_poll(c, 200, -1, NULL))
			ret = err_set(e, "%s: the machine ended", name);
		else if (s.error)
			ret = err_set(e, "%s: the target refused it (error %u)", name, s.error);
		else if (now_ns() - s.moved_ns > STALLED_NS)
			ret = err_set(e, "%s: the target has taken nothing for a minute", name);
	}
	out_progress_end();
	conn_listen(c, NULL, NULL);
	*id = s.id;
	return ret;
}

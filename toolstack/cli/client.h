/* SPDX-License-Identifier: GPL-2.0-only */
/* A verb's connection to the daemon of a machine. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "cli/daemon_proto.h"
#include "cli/machine.h"
#include "lib/err.h"
#include "lib/queue.h"

/* What comes besides replies: events, console bytes, acknowledgements. */
typedef void client_frame_fn(void *arg, uint16_t channel, const uint8_t *payload, size_t len);

struct conn {
	int fd;
	struct proto_rx rx;
	struct queue out;
	uint16_t seq;
	uint32_t next_id;
	client_frame_fn *fn; /* may be NULL */
	void *arg;
	uint16_t status; /* Xen errno of the last call that failed, 0 if it was the connection */
	/* the reply being waited for */
	uint32_t wait_id;
	bool have_reply;
	size_t reply_len;
	uint8_t reply[PROTO_MAX_PAYLOAD];
};

/* NULL with *e set: no such machine, or it is dead (which is then cleaned up). */
struct conn *conn_open(const char *machine, struct err *e);
void conn_close(struct conn *c);

/*
 * Sends a request and waits for its reply; frames of other channels go to fn
 * meanwhile. 0 and *in at the reply's body; -1 with *e set. `in` may be NULL.
 */
int conn_call(struct conn *c, uint16_t op, const struct pbuf *body, struct pbuf *in, struct err *e);

/* Who gets the frames that are no replies from now on; fn NULL: nobody. */
void conn_listen(struct conn *c, client_frame_fn *fn, void *arg);
void conn_send(struct conn *c, uint16_t channel, const void *payload, size_t len);
/* Waits up to ms (-1: forever) for one of: bytes from the daemon, which are handled;
 * room to write, which is used; fd (or -1) being readable: *readable is then set.
 * -1 if the daemon closed the connection. */
int conn_poll(struct conn *c, int ms, int fd, bool *readable);

#endif

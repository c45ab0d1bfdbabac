/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Channels over memory-based messaging (seed CK-9): two rings in two shared message pages,
 * one a direction. Data never pass through the hypervisor; a signal is sent only to a
 * peer that has said it waits.
 *
 *	ring[0]: connector → acceptor        ring[1]: acceptor → connector
 *
 * A channel is a stream of bytes (channel_read, channel_write) or of messages
 * (channel_send, channel_receive), on which calls are built (channel_call, channel_serve).
 * One thread uses an end at a time. The peer may be of another domain: what stands in
 * the pages is read once and checked; a peer that breaks the rules is -EPROTO, one that
 * has closed or gone -EPIPE, a full or empty ring with CHANNEL_NOWAIT -EAGAIN.
 */
#ifndef TAGMA_CHANNEL_H
#define TAGMA_CHANNEL_H

#include <list.h>
#include <stdbool.h>
#include <stddef.h>
#include <tagma/ipc.h>

#define CHANNEL_PAGES 2u
#define CHANNEL_AREA (CHANNEL_PAGES * PAGE_SIZE)
#define CHANNEL_NOWAIT 1u
#define CHANNEL_MAX (PAGE_SIZE - 64 - 16) /* bytes of a message */
#define CHANNEL_LABEL 6u		  /* of the message that connects */

enum channel_side { CHANNEL_CONNECTOR, CHANNEL_ACCEPTOR };

/* What both sides see. Of the indices, the writer's and the reader's. */
struct channel_ring {
	volatile uint32_t head, tail;
	volatile uint32_t reader_waits, writer_waits;
	volatile uint32_t closed;
	uint32_t pad[11];
	volatile uint8_t data[PAGE_SIZE - 64];
};

struct channel {
	struct channel_ring *tx, *rx;
	uint32_t head, tail; /* tx->head and rx->tail: ours alone, never read back */
	uint32_t seq;	     /* of the last call */
	int err;	     /* -EPROTO, -EPIPE: over */
	/* May be overridden. Waits until something may have changed; -EPIPE if the peer is gone. */
	int (*wait)(struct channel *c);
	/* Message mode is off at one end: load all again, 0; without it that is -EPIPE. */
	int (*reload)(struct channel *c);
	void *user;
	/* Of an accepted one: */
	void (*release)(struct channel *c);
	void *scratch;	  /* in the place of the pages that have gone */
	struct list link; /* channel_fault() */
};

/* --- by a kernel, in its root space */

/* Which thread of which space has an end, and where it is to see the area. */
struct channel_end {
	uint32_t space, addr, thread;
};
/* Two pages of the caller's become a channel between two of its spaces (or two threads of one:
 * end.addr may be the area itself, in the root space). */
int channel_share(void *area, const struct channel_end end[2]);

/* To a thread of any domain, which calls channel_accept(). area: two pages, aligned to both. */
int channel_connect(struct channel *c, void *area, uint32_t server);
/* After channel_close(), before the area is used for anything else: the peer loses it, with
 * what it has not read. */
void channel_revoke(void *area);
/* Waits for the next who connects; the area appears at `window` (aligned like it), where
 * nothing is mapped. */
int channel_accept(struct channel *c, uint32_t window);
/* For the trap handler: a page of an accepted channel has gone with its domain. A page of our
 * own comes in its place and the channel is over; true if that was it (seed RV-5). */
bool channel_fault(uint32_t addr);

/* --- by any thread at an end of a channel that is set up */

void channel_open(struct channel *c, void *area, enum channel_side side);
/* The peer reads what is there, then gets 0 or -EPIPE. An accepted area leaves its window. */
void channel_close(struct channel *c);

/* Bytes moved, at least 1; 0 from channel_read is the end. */
int channel_write(struct channel *c, const void *buf, size_t len, uint32_t flags);
int channel_read(struct channel *c, void *buf, size_t len, uint32_t flags);
bool channel_readable(const struct channel *c);
/* For a thread with more than one thing to wait for: ask for a signal (a TAGMA_K_SIGNAL in its
 * own receive). True: there is something to read already. */
bool channel_arm(struct channel *c);

/* Whole messages with a tag of the user's. send: 0; receive: bytes, as many as fit; the rest
 * of a longer one is dropped. -EMSGSIZE if longer than CHANNEL_MAX. */
int channel_send(struct channel *c, uint32_t tag, const void *buf, size_t len, uint32_t flags);
int channel_receive(struct channel *c, uint32_t *tag, void *buf, size_t len, uint32_t flags);

/* Calls: op and request, then the reply: its bytes, or what the server returned below 0. */
int channel_call(struct channel *c, uint16_t op, const void *req, size_t req_len, void *reply,
		 size_t reply_len);
/* One request. fn returns bytes of out (at most CHANNEL_MAX - 4) or -errno. 0, or -errno of the
 * channel; a message that is no call is -EPROTO. */
typedef int channel_fn(void *arg, uint16_t op, const void *in, size_t len, void *out);
int channel_serve(struct channel *c, channel_fn *fn, void *arg, uint32_t flags);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Rings in message pages: streams, messages, calls. Set-up is in channel_setup.c. */
#include <errno.h>
#include <string.h>
#include <tagma/channel.h>
#include <tagma/signal.h>

#define SIZE ((uint32_t)sizeof(((struct channel_ring *)0)->data))
#define PROBE_US 200000u /* a peer that is gone sends no signal: look for it so often */

_Static_assert(sizeof(struct channel_ring) == PAGE_SIZE, "a ring is a page");
_Static_assert(CHANNEL_MAX + 16 <= sizeof(((struct channel_ring *)0)->data), "a message fits");

struct header {
	uint32_t len, tag;
};

static int channel_fail(struct channel *c, int err)
{
	if (!c->err)
		c->err = err;
	return c->err;
}

/* Always the ring's own address: signals that wait are all one. */
static int channel_signal(struct channel *c, struct channel_ring *r)
{
	int err = signal_send(r);

	if (err == -ESRCH && c->reload) {
		err = c->reload(c);
		if (!err)
			err = signal_send(r);
	}
	return err ? channel_fail(c, -EPIPE) : 0;
}

static int channel_wait(struct channel *c)
{
	int err;

	signal_wait(PROBE_US, 0, &err);
	/* Nobody there any more? A signal without news harms nobody. */
	return err == -ETIMEDOUT ? channel_signal(c, c->tx) : 0;
}

void channel_open(struct channel *c, void *area, enum channel_side side)
{
	struct channel_ring *ring = area;

	*c = (struct channel){ .tx = &ring[side], .rx = &ring[!side], .wait = channel_wait };
	list_init(&c->link);
}

/* Bytes that wait in rx; -EPROTO if the peer's index is none. */
static int rx_used(struct channel *c)
{
	uint32_t head = c->rx->head;

	if (head >= SIZE)
		return channel_fail(c, -EPROTO);
	return (int)((head + SIZE - c->tail) % SIZE);
}

/* One byte stays empty: a full ring is not an empty one. */
static int tx_room(struct channel *c)
{
	uint32_t tail = c->tx->tail;

	if (tail >= SIZE)
		return channel_fail(c, -EPROTO);
	return (int)((tail + SIZE - c->head - 1) % SIZE);
}

bool channel_readable(const struct channel *c)
{
	return c->err || c->rx->closed || c->rx->head != c->tail;
}

bool channel_arm(struct channel *c)
{
	c->rx->reader_waits = 1;
	arch_barrier();
	return channel_readable(c);
}

static void copy(volatile uint8_t *ring, uint32_t at, void *buf, size_t len, bool out)
{
	size_t n = len < SIZE - at ? len : SIZE - at;
	uint8_t *b = buf;
	/* The indices around it keep the order; the bytes need none among themselves. */
	uint8_t *r = (uint8_t *)(uintptr_t)ring;

	memcpy(out ? b : r + at, out ? r + at : b, n);
	memcpy(out ? b + n : r, out ? r : b + n, len - n);
}

static void tx_put(struct channel *c, const void *buf, size_t len)
{
	copy(c->tx->data, c->head, (void *)(uintptr_t)buf, len, false);
	c->head = (c->head + (uint32_t)len) % SIZE;
}

static void rx_get(struct channel *c, void *buf, size_t len)
{
	copy(c->rx->data, c->tail, buf, len, true);
	c->tail = (c->tail + (uint32_t)len) % SIZE;
}

/* The peer sees what was put; if it waits for that, it is told. */
static int tx_publish(struct channel *c)
{
	arch_barrier();
	c->tx->head = c->head;
	arch_barrier();
	return arch_atomic_xchg(&c->tx->reader_waits, 0) ? channel_signal(c, c->tx) : 0;
}

static int rx_release(struct channel *c)
{
	arch_barrier();
	c->rx->tail = c->tail;
	arch_barrier();
	return arch_atomic_xchg(&c->rx->writer_waits, 0) ? channel_signal(c, c->rx) : 0;
}

/* Waits until `need` bytes are there, or room for them. What it tells the peer before it
 * looks again is what makes the peer send a signal. */
static int channel_until(struct channel *c, bool read, uint32_t need, uint32_t flags)
{
	volatile uint32_t *waits = read ? &c->rx->reader_waits : &c->tx->writer_waits;

	for (bool told = false;; told = true) {
		bool closed = c->rx->closed; /* before what it closed with is counted */
		int n = read ? rx_used(c) : tx_room(c), err;

		if (c->err || n < 0)
			return c->err;
		if ((uint32_t)n >= need) {
			*waits = 0;
			return n;
		}
		if (closed) /* what came before it is still read */
			return read && !n ? 0 : channel_fail(c, -EPIPE);
		if (flags & CHANNEL_NOWAIT)
			return -EAGAIN;
		if (told) {
			err = c->wait(c);
			if (err)
				return channel_fail(c, err);
		}
		*waits = 1;
		arch_barrier();
	}
}

void channel_close(struct channel *c)
{
	c->tx->closed = 1; /* may fault, and channel_fault() then looks for c */
	arch_barrier();
	signal_send(c->tx); /* gone already or not: both are well */
	channel_fail(c, -EPIPE);
	if (c->release)
		c->release(c);
}

int channel_write(struct channel *c, const void *buf, size_t len, uint32_t flags)
{
	int n = channel_until(c, false, len != 0, flags), err;

	if (n < 0)
		return n;
	if ((size_t)n > len)
		n = (int)len;
	tx_put(c, buf, (size_t)n);
	err = tx_publish(c);
	return err ? err : n;
}

int channel_read(struct channel *c, void *buf, size_t len, uint32_t flags)
{
	int n = channel_until(c, true, len != 0, flags);

	if (n <= 0)
		return n;
	if ((size_t)n > len)
		n = (int)len;
	rx_get(c, buf, (size_t)n);
	rx_release(c); /* they are ours, even if the writer has gone */
	return n;
}

int channel_send(struct channel *c, uint32_t tag, const void *buf, size_t len, uint32_t flags)
{
	struct header h = { .len = (uint32_t)len, .tag = tag };
	int n;

	if (len > CHANNEL_MAX)
		return -EMSGSIZE;
	n = channel_until(c, false, (uint32_t)(sizeof(h) + len), flags);
	if (n < 0)
		return n;
	tx_put(c, &h, sizeof(h));
	tx_put(c, buf, len);
	return tx_publish(c);
}

int channel_receive(struct channel *c, uint32_t *tag, void *buf, size_t len, uint32_t flags)
{
	int n = channel_until(c, true, sizeof(struct header), flags);
	struct header h;
	size_t take;

	if (n <= 0)
		return n < 0 ? n : channel_fail(c, -EPIPE);
	rx_get(c, &h, sizeof(h));
	/* A message is published whole: less is not a message that is still coming. */
	if (h.len > CHANNEL_MAX || h.len > (uint32_t)n - sizeof(h))
		return channel_fail(c, -EPROTO);
	take = h.len < len ? h.len : len;
	rx_get(c, buf, take);
	c->tail = (c->tail + h.len - (uint32_t)take) % SIZE;
	*tag = h.tag;
	rx_release(c);
	return (int)take;
}

/* --- calls: tag = sequence << 16 | op; a reply begins with its result */

int channel_call(struct channel *c, uint16_t op, const void *req, size_t req_len, void *reply,
		 size_t reply_len)
{
	uint8_t buf[CHANNEL_MAX];
	uint32_t tag, want = ++c->seq << 16 | op;
	int32_t result;
	int n = channel_send(c, want, req, req_len, 0);

	if (n)
		return n;
	n = channel_receive(c, &tag, buf, sizeof(buf), 0);
	if (n < 0)
		return n;
	if (tag != want || (size_t)n < sizeof(result))
		return channel_fail(c, -EPROTO);
	memcpy(&result, buf, sizeof(result));
	n -= (int)sizeof(result);
	if (result < 0)
		return result;
	if (result != n)
		return channel_fail(c, -EPROTO);
	memcpy(reply, buf + sizeof(result), (size_t)n < reply_len ? (size_t)n : reply_len);
	return n;
}

int channel_serve(struct channel *c, channel_fn *fn, void *arg, uint32_t flags)
{
	uint8_t in[CHANNEL_MAX], out[CHANNEL_MAX];
	uint32_t tag;
	int32_t result;
	int n = channel_receive(c, &tag, in, sizeof(in), flags);

	if (n < 0)
		return n;
	result = fn(arg, (uint16_t)tag, in, (size_t)n, out + sizeof(result));
	if (result > (int32_t)(sizeof(out) - sizeof(result)))
		result = -EMSGSIZE;
	memcpy(out, &result, sizeof(result));
	return channel_send(c, tag, out, sizeof(result) + (result > 0 ? (size_t)result : 0), 0);
}

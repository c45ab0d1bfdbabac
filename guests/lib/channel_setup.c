/* SPDX-License-Identifier: GPL-2.0-only */
/* How a channel comes about: between spaces of one kernel, or by IPC between any two. */
#include <errno.h>
#include <string.h>
#include <tagma/channel.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/signal.h>
#include <tagma/thread.h>

#define AREA_LOG2 (PAGE_SHIFT + 1)
#define CONNECT (TAGMA_T_WORDS(1) | TAGMA_T_LABEL(CHANNEL_LABEL))
#define VERSION 1u /* of the layout of the pages */

_Static_assert(CHANNEL_AREA == 1u << AREA_LOG2, "an area is a flexpage");

static struct list channels = LIST_INIT(channels);

static uint32_t addr_of(const void *p) { return (uint32_t)(uintptr_t)p; }

int channel_share(void *area, const struct channel_end end[2])
{
	int err = 0;

	memset(area, 0, CHANNEL_AREA);
	for (unsigned i = 0; i < 2 && !err; i++) {
		if (end[i].space != TAGMA_SELF || end[i].addr != addr_of(area))
			err = map_pages(TAGMA_SELF, addr_of(area), end[i].space, end[i].addr,
					CHANNEL_AREA, TAGMA_RW);
		if (!err)
			err = signal_mark(end[i].space, end[i].addr, CHANNEL_AREA, end[i].thread);
	}
	return err;
}

void channel_revoke(void *area)
{
	flush_pages(TAGMA_SELF, addr_of(area), CHANNEL_AREA, TAGMA_RWX, 0);
	/* -ENOENT where the flush has taken the message mode along */
	for (uint32_t p = 0; p < CHANNEL_AREA; p += PAGE_SIZE)
		signal_mark(TAGMA_SELF, addr_of(area) + p, PAGE_SIZE, TAGMA_NIL);
}

int channel_connect(struct channel *c, void *area, uint32_t server)
{
	struct tagma_msg msg = {
		.snd_us = TAGMA_NEVER,
		.rcv_us = TAGMA_NEVER,
		.xfer_us = TAGMA_NEVER,
		.item[0] = { TAGMA_FPAGE(addr_of(area), AREA_LOG2, TAGMA_RW), 0 },
	};
	struct ipc m = {
		.tag = CONNECT | TAGMA_T_ITEMS(1) | TAGMA_T_LONG,
		.w = { VERSION, 0, addr_of(&msg) },
	};
	int err;

	memset(area, 0, CHANNEL_AREA);
	/* Before the server may signal. */
	err = signal_mark(TAGMA_SELF, addr_of(area), CHANNEL_AREA, TAGMA_SELF);
	if (!err)
		err = ipc_call(&m, server);
	if (!err)
		err = (int32_t)m.w[0];
	if (err) {
		channel_revoke(area);
		return err;
	}
	channel_open(c, area, CHANNEL_CONNECTOR);
	return 0;
}

static uint32_t area_of(const struct channel *c) { return addr_of(c->tx) & ~(CHANNEL_AREA - 1); }

static void accept_release(struct channel *c)
{
	list_del(&c->link);
	flush_pages(TAGMA_SELF, area_of(c), CHANNEL_AREA, TAGMA_RWX, TAGMA_MAP_F_SELF);
	if (c->scratch)
		page_put(c->scratch);
	c->scratch = 0;
}

static int accept_check(const struct ipc *m, uint32_t window)
{
	bool connect = !(m->tag & TAGMA_T_KERNEL) && TAGMA_T_LABELOF(m->tag) == CHANNEL_LABEL &&
		       TAGMA_T_NITEMS(m->tag) == 1;

	if (!connect || m->w[0] != VERSION)
		return -EPROTO;
	/* Both pages, and to write: what the item brought is the client's choice. */
	for (uint32_t a = window; a < window + CHANNEL_AREA; a += PAGE_SIZE) {
		int rights = map_status(TAGMA_SELF, a);

		if (rights < 0 || ((uint32_t)rights & TAGMA_RW) != TAGMA_RW)
			return -EINVAL;
	}
	return signal_mark(TAGMA_SELF, window, CHANNEL_AREA, TAGMA_SELF);
}

int channel_accept(struct channel *c, uint32_t window)
{
	struct tagma_msg msg = {
		.snd_us = TAGMA_NEVER,
		.rcv_us = TAGMA_NEVER,
		.xfer_us = TAGMA_NEVER,
		.window = TAGMA_FPAGE(window, AREA_LOG2, TAGMA_RW),
	};
	struct ipc m = { .tag = TAGMA_T_LONG, .w = { 0, 0, addr_of(&msg) } };
	struct ipc reply = { .tag = TAGMA_T_WORDS(1) };
	int err = ipc_receive(&m, TAGMA_ANY);

	if (err)
		return err;
	if (m.tag & TAGMA_T_KERNEL)
		return -EAGAIN; /* an event or a signal: the caller's business */
	err = accept_check(&m, window);
	if (!err) {
		channel_open(c, (void *)(uintptr_t)window, CHANNEL_ACCEPTOR);
		c->release = accept_release;
		list_add_tail(&channels, &c->link);
	} else {
		flush_pages(TAGMA_SELF, window, CHANNEL_AREA, TAGMA_RWX, TAGMA_MAP_F_SELF);
	}
	reply.w[0] = (uint32_t)err;
	if (ipc_reply(&reply, m.sender) && !err) {
		channel_close(c);
		err = -EPIPE;
	}
	return err;
}

/* Both pages of the channel go: half of one would be worse than none. */
bool channel_fault(uint32_t addr)
{
	list_for_each (l, &channels) {
		struct channel *c = list_entry(l, struct channel, link);

		if (addr - area_of(c) >= CHANNEL_AREA)
			continue;
		if (!c->scratch)
			c->scratch = pages_alloc(1);
		c->err = -EPIPE;
		if (!c->scratch)
			return false;
		memset(c->scratch, 0, CHANNEL_AREA);
		return !map_pages(TAGMA_SELF, addr_of(c->scratch), TAGMA_SELF, area_of(c),
				  CHANNEL_AREA, TAGMA_RW);
	}
	return false;
}

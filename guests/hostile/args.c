/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random arguments. All that is spared is what would only end this guest: its own first
 * two threads, its console's ports, its pages (but for a few that are there to be lost),
 * SCHEDOP_shutdown. Everything that a call writes goes to an arena, or to nowhere.
 */
#include <string.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/thread.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>

#include "args.h"

#define ARENA_ORDER 4
#define ARENA_SIZE ((PAGE_SIZE << ARENA_ORDER) - PAGE_SIZE) /* a hole is behind it */
#define SPARE_ORDER 6
#define IDS 24

static uint64_t rng;
static uint32_t arena, spare, own_end;
static uint32_t sparing[2];				     /* threads not to be named */
static uint32_t own_domid, own_root, ids[2][IDS], nr_ids[2]; /* spaces, threads that we loaded */
static struct {
	uint32_t nr, cmd;
	const void *arg;
} last;

void args_init(uint32_t seed)
{
	struct tagma_domain_info info = { .domid = DOMID_SELF };
	xen_pfn_t hole;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	rng = seed * 0x9e3779b97f4a7c15ull + 1;
	own_end = (GUEST_FIRST_GPN + (uint32_t)start_info->nr_pages + 16) << PAGE_SHIFT;
	arena = (uint32_t)(uintptr_t)pages_alloc(ARENA_ORDER);
	spare = (uint32_t)(uintptr_t)pages_alloc(SPARE_ORDER);
	hole = (arena + ARENA_SIZE) >> PAGE_SHIFT;
	set_xen_guest_handle(r.extent_start, &hole);
	HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r);
	HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, &info);
	own_domid = info.domid;
	own_root = info.root_space;
}

void args_spare(uint32_t main_thread, uint32_t worker)
{
	sparing[0] = main_thread;
	sparing[1] = worker;
}

uint32_t rnd(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return n ? (uint32_t)(rng >> 32) % n : (uint32_t)(rng >> 32);
}

/* No address of our own memory, except in the arena. */
static uint32_t guard(uint32_t v)
{
	if (v >= GUEST_FIRST_GPN << PAGE_SHIFT && v < own_end && v - arena >= ARENA_SIZE)
		return arena + v % (ARENA_SIZE - PAGE_SIZE) / 8 * 8;
	return v;
}

uint32_t rnd_word(void)
{
	switch (rnd(8)) {
	case 0:
	case 1:
		return rnd(17);
	case 2:
		return guard(1u << rnd(32));
	case 3:
		return guard((1u << rnd(32)) - 1);
	case 4:
		return ~rnd(4);
	case 5:
		return guard(rnd(0) & ~(PAGE_SIZE - 1));
	default:
		return guard(rnd(0));
	}
}

uint32_t rnd_id(uint32_t type)
{
	uint32_t id = rnd_word(), n = nr_ids[type == TAGMA_TYPE_THREAD];

	switch (rnd(8)) {
	case 0:
	case 1:
	case 2:
		if (n)
			id = ids[type == TAGMA_TYPE_THREAD][rnd(n)];
		break;
	case 3:
		id = TAGMA_ID(1 + rnd(4), type, rnd(40));
		break;
	case 4:
		id = TAGMA_ID(1, rnd(4), rnd(20));
		break;
	case 5:
		id = type == TAGMA_TYPE_THREAD ? TAGMA_ANY : TAGMA_SELF;
		break;
	default:
		break;
	}
	if (id == own_root)
		return TAGMA_SELF; /* by one name, so that callers can tell */
	return id == sparing[0] || id == sparing[1] ? TAGMA_NIL : id;
}

uint32_t rnd_domid(void)
{
	uint32_t id = rnd(3) ? rnd(6) : rnd(0) & 0xffff;

	return id == own_domid ? 0 : id;
}

uint32_t own_or_other_domid(void) { return rnd(2) ? DOMID_SELF : rnd_domid(); }

uint32_t rnd_port(void)
{
	uint32_t port = rnd(4) ? rnd(24) : rnd_word();

	if (port == start_info->console.domU.evtchn || port == start_info->store_evtchn)
		return 0;
	return port;
}

/* A page that is there to be lost, or one that is not there. */
uint32_t rnd_spare_page(void)
{
	if (rnd(4))
		return spare + (rnd(1u << SPARE_ORDER) << PAGE_SHIFT);
	return guard(rnd(0)) < own_end ? 0xa0000000 : rnd(0) | 0x80000000;
}

uint32_t rnd_arena_page(void) { return arena + (rnd(ARENA_SIZE >> PAGE_SHIFT) << PAGE_SHIFT); }

void *put(const void *data, size_t len)
{
	static const uint32_t bad[] = { 0, 0x1000, 0x90000000, 0xfffff000, 0xfffffffc, 0xffffffff };
	uint32_t at = arena + rnd(ARENA_SIZE - 2 * PAGE_SIZE) / 8 * 8;

	/* Sometimes its end is in the hole: the call sees half of it. */
	if (rnd(24) == 0)
		at = arena + ARENA_SIZE - (uint32_t)len + 4 * rnd((uint32_t)len / 4 + 1);
	if (at + len <= arena + ARENA_SIZE)
		memcpy((void *)(uintptr_t)at, data, len);
	else if (at < arena + ARENA_SIZE)
		memcpy((void *)(uintptr_t)at, data, arena + ARENA_SIZE - at);
	if (rnd(16) == 0)
		at = bad[rnd(6)];
	return (void *)(uintptr_t)at;
}

void *put_random(size_t len)
{
	uint32_t words[40];

	for (size_t i = 0; i < 40; i++)
		words[i] = rnd_word();
	return put(words, len < sizeof(words) ? len : sizeof(words));
}

void args_begin(uint32_t nr, uint32_t cmd, const void *arg)
{
	last.nr = nr;
	last.cmd = cmd;
	last.arg = arg;
}

static void keep_id(unsigned int kind, uint32_t id)
{
	if (nr_ids[kind] == IDS) {
		uint32_t old = ids[kind][rnd(IDS)];

		nr_ids[kind] = 0;
		for (uint32_t i = 0; i < IDS; i++)
			if (ids[kind][i] != old)
				ids[kind][nr_ids[kind]++] = ids[kind][i];
		kind ? thread_unload(old, 0) : space_unload(old);
	}
	ids[kind][nr_ids[kind]++] = id;
}

void args_done(long ret)
{
	if (ret != 0 || (uint32_t)(uintptr_t)last.arg - arena >= ARENA_SIZE)
		return;
	if (last.nr == __HYPERVISOR_tagma_space && last.cmd == TAGMA_SPACE_load)
		keep_id(0, *(const uint32_t *)last.arg);
	else if (last.nr == __HYPERVISOR_tagma_thread && last.cmd == TAGMA_THREAD_load)
		keep_id(1, *(const uint32_t *)last.arg);
}

void args_cleanup(void)
{
	for (uint32_t i = 0; i < nr_ids[1]; i++)
		thread_unload(ids[1][i], 0);
	for (uint32_t i = 0; i < nr_ids[0]; i++)
		space_unload(ids[0][i]);
	nr_ids[0] = nr_ids[1] = 0;
	for (uint32_t port = 1; port < EVENT_PORTS; port++) {
		struct evtchn_close op = { .port = port };

		if (port != start_info->console.domU.evtchn && port != start_info->store_evtchn)
			HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
	}
}

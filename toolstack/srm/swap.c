/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains that are not loaded. The hypervisor has room for some at a time; the others are
 * written back to us, as records, and come back when there is something for them to do: an
 * event, a timer of theirs, a verb of the toolstack, or they could run and wait for their
 * turn. docs/object-cache.md.
 */
#include <errno.h>
#include <string.h>
#include <tagma/cache.h>
#include <tagma/map.h>

#include "srm/srm.h"
#include "srm/xenctl.h"

/* From one load to the next: what came in runs for a while before it may have to go again.
 * One that only waits for its turn to compute waits longer than one that is asked for. */
#define PROMPT_NS (10 * NS_PER_MS)
#define TURN_NS (100 * NS_PER_MS)

static unsigned int nr_away;
static uint64_t last_load;

static void written_back(const struct tagma_record *r)
{
	struct dom *d = r->type == TAGMA_TYPE_DOMAIN ? dom_find(r->id) : 0;
	size_t at = r->w[0] * TAGMA_PART_SIZE, n = sizeof(d->saved) - at;

	if (!d || r->w[0] >= TAGMA_DOMAIN_PARTS)
		return;
	memcpy((uint8_t *)&d->saved + at, r->part, n < TAGMA_PART_SIZE ? n : TAGMA_PART_SIZE);
	if (r->w[0] + 1 < TAGMA_DOMAIN_PARTS)
		return;
	d->away = true;
	d->away_ns = now_ns();
	nr_away++;
}

void swap_init(void)
{
	struct tagma_machine m = { 0 };
	int err;

	HYPERVISOR_tagma_debug(TAGMA_DEBUG_machine, &m);
	err = cache_init_places(written_back, m.nr_domains * TAGMA_DOMAIN_PARTS);
	if (err)
		log_line("no writeback channel: error %d", -err);
}

/* Its root space is a new one: our two pages, as build.c gave them to it. */
static int map_own_pages(const struct dom *d)
{
	struct tagma_domain_info info = { .domid = d->domid };
	uint32_t at = d->top_gpn << PAGE_SHIFT;
	int err = (int)HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, &info);

	if (!err)
		err = map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)d->con.page, info.root_space, at,
				PAGE_SIZE, TAGMA_RW);
	if (!err)
		err = map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)d->control, info.root_space,
				at + PAGE_SIZE, PAGE_SIZE, TAGMA_RW);
	return err;
}

int swap_in(struct dom *d)
{
	int err;

	if (!d->away)
		return 0;
	do {
		err = (int)HYPERVISOR_tagma_domain(TAGMA_DOMAIN_reload, &d->saved);
	} while (err == -EAGAIN && cache_drain());
	cache_drain();
	if (err)
		return err;
	d->away = d->wanted = false;
	nr_away--;
	err = map_own_pages(d);
	if (err)
		log_line("domain %s: no console any more: error %d", d->cfg.c.name, -err);
	return xc_unpause(d->domid);
}

void swap_pause(struct dom *d, bool pause)
{
	if (pause)
		d->saved.pause_count++;
	else
		d->saved.pause_count--;
}

void swap_forget(uint32_t domid)
{
	for (struct dom *d = dom_next(0); d && nr_away; d = dom_next(d->domid + 1))
		for (uint32_t i = 0; d->away && i < TAGMA_PORTS; i++) {
			struct tagma_port *p = &d->saved.port[i];

			if (p->state == 2 && p->remote_domid == domid)
				*p = (struct tagma_port){ .state = 1,
							  .remote_domid = (uint16_t)domid };
		}
}

uint64_t swap_kb(void)
{
	uint64_t pages = 0;

	for (struct dom *d = dom_next(0); d && nr_away; d = dom_next(d->domid + 1))
		if (d->away)
			pages += 4 + d->saved.max_pages / 1024;
	return pages * (PAGE_SIZE / 1024);
}

/* When d may come in: never, if it has nothing to do, is paused or has ended. */
static uint64_t load_time(const struct dom *d)
{
	if (!d->away || d->saved.pause_count)
		return ~0ull;
	if (d->wanted)
		return last_load + PROMPT_NS;
	if (d->saved.flags & TAGMA_SAVED_RUNNABLE)
		return last_load + TURN_NS;
	if (d->saved.wake_ns < last_load + PROMPT_NS)
		return last_load + PROMPT_NS;
	return d->saved.wake_ns;
}

static void note_wanted(void)
{
	struct tagma_wanted w;

	while (cache_wanted(&w)) {
		struct dom *d = dom_find(w.id);

		if (d)
			d->wanted = true;
	}
}

/* Of those that may, the one that has been away for longest. */
static struct dom *next_in_line(void)
{
	struct dom *best = 0;

	for (struct dom *d = dom_next(0); d; d = dom_next(d->domid + 1)) {
		uint64_t at = load_time(d);

		if (at > now_ns())
			need_time(at);
		else if (!best || d->away_ns < best->away_ns)
			best = d;
	}
	return best;
}

void swap_work(void)
{
	struct dom *d;
	int err;

	if (!nr_away)
		return;
	note_wanted();
	d = next_in_line();
	if (!d)
		return;
	last_load = now_ns();
	err = swap_in(d);
	if (err && err != d->swap_err)
		log_line("domain %s: cannot be loaded: %s", d->cfg.c.name, strerror(err));
	d->swap_err = err;
	need_time(last_load + PROMPT_NS);
}

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

/* One comes in, at most, in this time: it has that long before it may have to go again. */
#define TURN_NS (20 * NS_PER_MS)

static unsigned int nr_away;
static uint64_t next_turn;

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
				*p = (struct tagma_port){ .state = 1, .remote_domid = (uint16_t)domid };
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

/* A paused one, or one that has ended, has nothing to do. */
static bool has_work(const struct dom *d)
{
	return d->away && !d->saved.pause_count &&
	       (d->wanted || d->saved.flags & TAGMA_SAVED_RUNNABLE || d->saved.wake_ns <= now_ns());
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

/* The one that has been away for longest. */
static struct dom *next_in_line(void)
{
	struct dom *best = 0;

	for (struct dom *d = dom_next(0); d; d = dom_next(d->domid + 1)) {
		if (has_work(d) && (!best || d->away_ns < best->away_ns))
			best = d;
		else if (d->away && !d->saved.pause_count && d->saved.wake_ns > now_ns())
			need_time(d->saved.wake_ns);
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
	if (now_ns() >= next_turn) {
		err = swap_in(d);
		if (err && err != d->swap_err)
			log_line("domain %s: cannot be loaded: %s", d->cfg.c.name, strerror(err));
		d->swap_err = err;
		next_turn = now_ns() + TURN_NS;
	}
	need_time(next_turn);
}

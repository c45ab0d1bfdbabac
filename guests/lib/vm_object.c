/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects: who has which page, and how they stack. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/vm.h>

struct vm_object *vm_object_new(const struct vm_ops *ops, uint32_t pages, struct vm_object *below,
				uint32_t first)
{
	struct vm_object *o;

	if (below && (first > below->pages || pages > below->pages - first))
		return 0;
	o = calloc(1, sizeof(*o));
	if (o)
		o->frame = calloc(pages ? pages : 1, sizeof(*o->frame));
	if (!o || !o->frame) {
		free(o);
		return 0;
	}
	o->ops = ops;
	o->pages = pages;
	o->refs = 1;
	o->below = below;
	o->first = first;
	o->rights = TAGMA_RWX;
	list_init(&o->above);
	list_init(&o->above_link);
	list_init(&o->regions);
	if (below) {
		vm_get(below);
		list_add_tail(&below->above, &o->above_link);
	}
	return o;
}

void vm_get(struct vm_object *o) { o->refs++; }

int vm_put(struct vm_object *o)
{
	int err = 0;

	while (o && o->refs == 1) {
		struct vm_object *below = o->below;

		for (uint32_t n = 0; n < o->pages && o->nr_own && !err; n++)
			if (o->frame[n])
				err = vm_evict(o, n);
		if (err) /* it stays, with its last reference, and may be put again */
			return err;
		list_del(&o->above_link);
		free(o->frame);
		free(o);
		o = below;
	}
	if (o)
		o->refs--;
	return 0;
}

static uint32_t frame_addr(const void *frame) { return (uint32_t)(uintptr_t)frame; }

/* Everybody's mapping of it. What they wrote is in the page's status until it is read. */
static void frame_flush(const void *frame)
{
	flush_pages(TAGMA_SELF, frame_addr(frame), PAGE_SIZE, TAGMA_RWX, 0);
}

/* A page for o's own table, not yet in it. */
static void *own_new(struct vm_object *o, uint32_t n, void *frame)
{
	o->frame[n] = frame;
	o->nr_own++;
	return frame;
}

static int own_drop(struct vm_object *o, uint32_t n)
{
	if (!o->frame[n])
		return 0;
	frame_flush(o->frame[n]);
	page_put(o->frame[n]);
	o->frame[n] = 0;
	o->nr_own--;
	return 0;
}

static bool own_has(struct vm_object *o, uint32_t n) { return o->frame[n]; }

int vm_evict(struct vm_object *o, uint32_t n) { return o->ops->drop(o, n); }

void vm_changed(struct vm_object *o, uint32_t n)
{
	list_for_each (l, &o->regions) {
		const struct vm_region *r = list_entry(l, struct vm_region, of_object);
		uint32_t at = n - r->first;

		if (n >= r->first && at < (r->end - r->start) / PAGE_SIZE)
			flush_pages(r->space->id, r->start + at * PAGE_SIZE, PAGE_SIZE, TAGMA_RWX,
				    TAGMA_MAP_F_SELF);
	}
	list_for_each (l, &o->above) {
		struct vm_object *u = list_entry(l, struct vm_object, above_link);

		if (n >= u->first && n - u->first < u->pages && !u->frame[n - u->first])
			vm_changed(u, n - u->first);
	}
}

/* --- zeroes */

static int zero_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	(void)want;
	p->rights = TAGMA_RWX;
	p->frame = o->frame[n];
	if (!p->frame)
		p->frame = page_alloc_zero();
	if (!p->frame)
		return -ENOMEM;
	if (!o->frame[n])
		own_new(o, n, p->frame);
	return 0;
}

static const struct vm_ops zero_ops = { zero_get, own_has, own_drop };

struct vm_object *vm_zero(uint32_t pages) { return vm_object_new(&zero_ops, pages, 0, 0); }

/* --- paged by the kernel's functions */

static int backed_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	int err;

	(void)want;
	p->rights = TAGMA_RWX;
	p->frame = o->frame[n];
	if (p->frame)
		return 0;
	p->frame = page_alloc();
	if (!p->frame)
		return -ENOMEM;
	err = o->backing->fill(o->user, n, p->frame);
	if (err) {
		page_put(p->frame);
		return err;
	}
	map_status(TAGMA_SELF, frame_addr(p->frame)); /* filling it is not writing to it */
	own_new(o, n, p->frame);
	return 0;
}

static bool backed_has(struct vm_object *o, uint32_t n)
{
	(void)o;
	(void)n;
	return true;
}

/* Nobody writes to it any more before it is known whether anybody has. */
static int backed_drop(struct vm_object *o, uint32_t n)
{
	int err = 0;

	if (!o->frame[n])
		return 0;
	frame_flush(o->frame[n]);
	if (o->backing->store &&
	    (map_status(TAGMA_SELF, frame_addr(o->frame[n])) & (int)TAGMA_MAP_DIRTY))
		err = o->backing->store(o->user, n, o->frame[n]);
	return err ? err : own_drop(o, n);
}

static const struct vm_ops backed_ops = { backed_get, backed_has, backed_drop };

struct vm_object *vm_backed(uint32_t pages, const struct vm_backing *b, void *user)
{
	struct vm_object *o = vm_object_new(&backed_ops, pages, 0, 0);

	if (o) {
		o->backing = b;
		o->user = user;
	}
	return o;
}

/* --- copies */

/* Others may show the page below in our place: theirs go, or they would not see what is
 * written now. */
static int copy_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	void *frame;
	int err;

	if (o->frame[n]) {
		*p = (struct vm_page){ o->frame[n], TAGMA_RWX };
		return 0;
	}
	err = o->below->ops->get(o->below, o->first + n, want & ~TAGMA_W, p);
	p->rights &= ~TAGMA_W;
	if (err || !(want & TAGMA_W))
		return err;
	frame = page_alloc();
	if (!frame)
		return -ENOMEM;
	memcpy(frame, p->frame, PAGE_SIZE);
	vm_changed(o, n);
	*p = (struct vm_page){ own_new(o, n, frame), TAGMA_RWX };
	return 0;
}

static bool below_has(struct vm_object *o, uint32_t n)
{
	return o->frame[n] || o->below->ops->has(o->below, o->first + n);
}

static const struct vm_ops copy_ops = { copy_get, below_has, own_drop };

struct vm_object *vm_copy(struct vm_object *below, uint32_t first, uint32_t pages)
{
	return vm_object_new(&copy_ops, pages, below, first);
}

/* --- views */

static int view_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	int err = want & ~o->rights ? -EACCES : o->below->ops->get(o->below, o->first + n, want, p);

	p->rights &= o->rights;
	return err;
}

/* A view has no pages: its own mappings go, the page stays. */
static int view_drop(struct vm_object *o, uint32_t n)
{
	vm_changed(o, n);
	return 0;
}

static const struct vm_ops view_ops = { view_get, below_has, view_drop };

struct vm_object *vm_view(struct vm_object *below, uint32_t first, uint32_t pages, uint32_t rights)
{
	struct vm_object *o = vm_object_new(&view_ops, pages, below, first);

	if (o)
		o->rights = rights;
	return o;
}

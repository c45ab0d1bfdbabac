/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects: who has which page, and how they stack. */
#include "vm_own.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/map.h>
#include <tagma/mem.h>

struct vm_object *vm_object_new(const struct vm_ops *ops, uint32_t pages, struct vm_object *below,
				uint32_t first)
{
	struct vm_object *o;

	if (below && (first > below->pages || pages > below->pages - first))
		return 0;
	o = calloc(1, sizeof(*o));
	if (!o)
		return 0;
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
	while (o && o->refs == 1) {
		struct vm_object *below = o->below;
		int err = 0;

		for (uint32_t n = 0; o->backing && !err && ptree_next(&o->own.tree, &n, ~0u); n++)
			err = vm_evict(o, n);
		if (err) /* it stays, with its last reference, and may be put again */
			return err;
		if (o->ops->free)
			o->ops->free(o);
		own_clear(&o->own, 0, ~0u); /* who showed them has gone before */
		list_del(&o->above_link);
		free(o);
		o = below;
	}
	if (o)
		o->refs--;
	return 0;
}

int vm_evict(struct vm_object *o, uint32_t n) { return o->ops->drop(o, n); }

void vm_changed(struct vm_object *o, uint32_t n)
{
	list_for_each (l, &o->regions) {
		const struct vm_region *r = list_entry(l, struct vm_region, of_object);
		uint32_t at = n - r->first;

		if (n >= r->first && at < (r->end - r->start) / PAGE_SIZE)
			vm_flush(r->space, r->start + at * PAGE_SIZE, PAGE_SIZE, TAGMA_RWX);
	}
	list_for_each (l, &o->above) {
		struct vm_object *u = list_entry(l, struct vm_object, above_link);

		if (n >= u->first && n - u->first < u->pages &&
		    !ptree_get(&u->own.tree, n - u->first))
			vm_changed(u, n - u->first);
	}
}

/* --- own pages */

static void page_drop(void *arg, void *frame)
{
	struct vm_pages *own = arg;

	page_put(frame);
	own->nr--;
}

void own_clear(struct vm_pages *own, uint32_t first, uint32_t last)
{
	ptree_clear(&own->tree, first, last, page_drop, own);
}

/* Everybody's mapping of it. What they wrote is in the page's status until it is read. */
static int own_drop(struct vm_object *o, uint32_t n)
{
	void *frame = ptree_get(&o->own.tree, n);

	if (frame) {
		vm_revoke(frame);
		own_clear(&o->own, n, n);
	}
	return 0;
}

/* A new page with the contents of `like` (NULL: zeroes), in place of what is in the slot. */
static void *own_new(struct vm_pages *own, void **slot, const void *like)
{
	void *frame = page_alloc();

	if (!frame)
		return 0;
	if (like)
		memcpy(frame, like, PAGE_SIZE);
	else
		memset(frame, 0, PAGE_SIZE);
	if (*slot)
		page_put(*slot);
	else
		own->nr++;
	*slot = frame;
	return frame;
}

/* Whoever reads what nobody has written shows this one. */
static void *blank_page(struct vm_page *p)
{
	static void *page;

	if (!page)
		page = page_alloc_zero();
	p->made = true;
	return page;
}

int own_get(struct vm_pages *own, uint32_t n, struct vm_object *below, uint32_t m, uint32_t want,
	    struct vm_page *p)
{
	void **slot = want & TAGMA_W ? ptree_slot(&own->tree, n) : 0;
	int err = 0;

	p->frame = slot ? *slot : ptree_get(&own->tree, n);
	p->rights = TAGMA_RWX;
	if (p->frame && page_refs(p->frame) == 1)
		return 0;
	if ((want & TAGMA_W) && !slot)
		return -ENOMEM;
	if (!p->frame && below)
		err = below->ops->get(below, m, want & ~TAGMA_W, p);
	else if (!p->frame && (want & VM_PEEK))
		err = -EFAULT;
	else if (!p->frame && !slot)
		p->frame = blank_page(p);
	p->rights &= ~TAGMA_W;
	if (!err && slot) {
		p->frame = own_new(own, slot, p->frame);
		p->rights = TAGMA_RWX;
		p->made = true;
	}
	return err ? err : p->frame ? 0 : -ENOMEM;
}

/* --- zeroes */

static int zero_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	void **slot;

	p->rights = TAGMA_RWX;
	p->frame = ptree_get(&o->own.tree, n);
	if (p->frame || (want & VM_PEEK))
		return p->frame ? 0 : -EFAULT;
	slot = ptree_slot(&o->own.tree, n);
	p->frame = slot ? own_new(&o->own, slot, 0) : 0;
	p->made = true;
	return p->frame ? 0 : -ENOMEM;
}

static const struct vm_ops zero_ops = { .get = zero_get, .drop = own_drop };

struct vm_object *vm_zero(uint32_t pages) { return vm_object_new(&zero_ops, pages, 0, 0); }

/* --- paged by the kernel's functions */

static int backed_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	void **slot;
	int err;

	p->rights = TAGMA_RWX;
	p->frame = ptree_get(&o->own.tree, n);
	if (p->frame || (want & VM_PEEK))
		return p->frame ? 0 : -EAGAIN;
	slot = ptree_slot(&o->own.tree, n);
	p->frame = slot ? page_alloc() : 0;
	if (!p->frame)
		return -ENOMEM;
	err = o->backing->fill(o->user, n, p->frame);
	if (err) {
		page_put(p->frame);
		return err;
	}
	/* Filling it is not writing to it. */
	map_status(TAGMA_SELF, (uint32_t)(uintptr_t)p->frame);
	p->made = true;
	*slot = p->frame;
	o->own.nr++;
	return 0;
}

/* Nobody writes to it any more before it is known whether anybody has. */
static int backed_drop(struct vm_object *o, uint32_t n)
{
	void *frame = ptree_get(&o->own.tree, n);
	int err = 0;

	if (!frame)
		return 0;
	vm_revoke(frame);
	if (o->backing->store &&
	    (map_status(TAGMA_SELF, (uint32_t)(uintptr_t)frame) & (int)TAGMA_MAP_DIRTY))
		err = o->backing->store(o->user, n, frame);
	if (!err)
		own_clear(&o->own, n, n);
	return err;
}

static const struct vm_ops backed_ops = { .get = backed_get, .drop = backed_drop };

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
	int err = own_get(&o->own, n, o->below, o->first + n, want, p);

	if (!err && p->made && (want & TAGMA_W))
		vm_changed(o, n);
	return err;
}

static const struct vm_ops copy_ops = { .get = copy_get, .drop = own_drop };

struct vm_object *vm_copy(struct vm_object *below, uint32_t first, uint32_t pages)
{
	return vm_object_new(&copy_ops, pages, below, first);
}

/* --- views */

static int view_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	int err = want & TAGMA_RWX & ~o->rights
			  ? -EACCES
			  : o->below->ops->get(o->below, o->first + n, want, p);

	p->rights &= o->rights;
	return err;
}

/* A view has no pages: its own mappings go, the page stays. */
static int view_drop(struct vm_object *o, uint32_t n)
{
	vm_changed(o, n);
	return 0;
}

static const struct vm_ops view_ops = { .get = view_get, .drop = view_drop };

struct vm_object *vm_view(struct vm_object *below, uint32_t first, uint32_t pages, uint32_t rights)
{
	struct vm_object *o = vm_object_new(&view_ops, pages, below, first);

	if (o)
		o->rights = rights;
	return o;
}

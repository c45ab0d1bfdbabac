/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions of a space, and the way from a fault to its page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/vm.h>

static struct vm_region *region_at(struct list *l) { return list_entry(l, struct vm_region, link); }

static uint32_t region_page(const struct vm_region *r, uint32_t addr)
{
	return r->first + (addr - r->start) / PAGE_SIZE;
}

void vm_init(struct vm_space *s, uint32_t id, uint32_t low, uint32_t high)
{
	*s = (struct vm_space){ .id = id, .low = low, .high = high };
	list_init(&s->regions);
}

int vm_exit(struct vm_space *s)
{
	int err = vm_unmap(s, s->low, s->high - s->low);

	if (!err && s->scratch) {
		flush_pages(TAGMA_SELF, (uint32_t)(uintptr_t)s->scratch, PAGE_SIZE, TAGMA_RWX, 0);
		page_put(s->scratch);
		s->scratch = 0;
	}
	return err;
}

/* The first region that ends behind addr. */
static struct vm_region *region_from(struct vm_space *s, uint32_t addr)
{
	list_for_each (l, &s->regions)
		if (region_at(l)->end > addr)
			return region_at(l);
	return 0;
}

struct vm_region *vm_find(struct vm_space *s, uint32_t addr)
{
	struct vm_region *r = region_from(s, addr);

	return r && r->start <= addr ? r : 0;
}

static bool range_valid(const struct vm_space *s, uint32_t addr, uint32_t len)
{
	return len && !((addr | len) % PAGE_SIZE) && addr >= s->low && addr < s->high &&
	       len <= s->high - addr;
}

/* First fit; 0 if there is none. */
static uint32_t gap_find(const struct vm_space *s, uint32_t len)
{
	uint32_t at = s->low ? s->low : PAGE_SIZE;

	list_for_each (l, &s->regions) {
		if (region_at(l)->start - at >= len)
			return at;
		at = region_at(l)->end;
	}
	return s->high - at >= len ? at : 0;
}

static void region_insert(struct vm_space *s, struct vm_region *r)
{
	struct vm_region *next = region_from(s, r->start);

	list_add_tail(next ? &next->link : &s->regions, &r->link);
	list_add_tail(&r->object->regions, &r->of_object);
}

int vm_map(struct vm_space *s, uint32_t *addr, uint32_t len, uint32_t rights, uint32_t flags,
	   struct vm_object *o, uint32_t first)
{
	uint32_t pages = len / PAGE_SIZE, at = *addr ? *addr : gap_find(s, len);
	const struct vm_region *there = region_from(s, at);
	struct vm_region *r;

	if (!range_valid(s, at, len) || (o && (first > o->pages || pages > o->pages - first)))
		return *addr || o ? -EINVAL : -ENOMEM;
	if (there && there->start < at + len)
		return -EEXIST;
	r = malloc(sizeof(*r));
	if (o)
		vm_get(o);
	else
		o = vm_zero(pages);
	if (!r || !o) {
		free(r);
		vm_put(o);
		return -ENOMEM;
	}
	*r = (struct vm_region){ .space = s,
				 .start = at,
				 .end = at + len,
				 .rights = rights ? rights | TAGMA_R : 0,
				 .flags = flags,
				 .object = o,
				 .first = first };
	region_insert(s, r);
	*addr = at;
	return 0;
}

/* Cuts the region that `addr` lies inside of in two there. */
static int region_split(struct vm_space *s, uint32_t addr)
{
	struct vm_region *r = vm_find(s, addr), *tail;

	if (!r || r->start == addr)
		return 0;
	tail = malloc(sizeof(*tail));
	if (!tail)
		return -ENOMEM;
	*tail = *r;
	tail->start = addr;
	tail->first = region_page(r, addr);
	vm_get(r->object);
	r->end = addr;
	list_add(&r->link, &tail->link);
	list_add_tail(&r->object->regions, &tail->of_object);
	return 0;
}

static int range_split(struct vm_space *s, uint32_t addr, uint32_t len)
{
	int err = range_valid(s, addr, len) ? region_split(s, addr) : -EINVAL;

	return err || addr + len == s->high ? err : region_split(s, addr + len);
}

static int region_flush(const struct vm_region *r, uint32_t rights)
{
	return flush_pages(r->space->id, r->start, r->end - r->start, rights, TAGMA_MAP_F_SELF);
}

int vm_unmap(struct vm_space *s, uint32_t addr, uint32_t len)
{
	int err = range_split(s, addr, len);
	struct vm_region *r;

	while (!err && (r = region_from(s, addr)) && r->start - addr < len) {
		err = region_flush(r, TAGMA_RWX);
		if (!err)
			err = vm_put(r->object);
		if (err)
			break;
		list_del(&r->link);
		list_del(&r->of_object);
		free(r);
	}
	return err;
}

/* --- operations on what is reserved */

typedef int page_fn(struct vm_region *r, uint32_t n);

static int page_commit(struct vm_region *r, uint32_t n)
{
	struct vm_page p;

	return r->object->ops->get(r->object, n, r->rights & TAGMA_W ? TAGMA_W : TAGMA_R, &p);
}

static int page_decommit(struct vm_region *r, uint32_t n) { return vm_evict(r->object, n); }

static int range_each(struct vm_space *s, uint32_t addr, uint32_t len, page_fn *fn, uint32_t *done)
{
	uint32_t n = 0;
	int err = range_valid(s, addr, len) ? 0 : -EINVAL;

	for (; !err && n < len; n += err ? 0 : PAGE_SIZE) {
		struct vm_region *r = vm_find(s, addr + n);

		err = r ? fn(r, region_page(r, addr + n)) : -EFAULT;
	}
	if (done)
		*done = n;
	return err;
}

int vm_commit(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t *done)
{
	return range_each(s, addr, len, page_commit, done);
}

int vm_decommit(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t *done)
{
	return range_each(s, addr, len, page_decommit, done);
}

int vm_protect(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t rights, uint32_t *done)
{
	int err = range_split(s, addr, len);
	uint32_t n = 0;

	rights = rights ? rights | TAGMA_R : 0;
	while (!err && n < len) {
		struct vm_region *r = vm_find(s, addr + n);

		if (!r) {
			err = -EFAULT;
			break;
		}
		if (r->rights & ~rights)
			err = region_flush(r, r->rights & ~rights);
		if (err)
			break;
		r->rights = rights;
		n = r->end - addr;
	}
	if (done)
		*done = n;
	return err;
}

/* --- faults */

static int scratch_get(struct vm_space *s, struct vm_page *p)
{
	if (!s->scratch)
		s->scratch = page_alloc_zero();
	*p = (struct vm_page){ s->scratch, TAGMA_RW };
	return s->scratch ? 0 : -ENOMEM;
}

static int region_get(const struct vm_region *r, uint32_t addr, uint32_t want, struct vm_page *p)
{
	uint32_t n = region_page(r, addr);
	struct vm_object *o = r->object;
	int err = want & ~r->rights ? -EACCES : 0;

	if (!err && !(r->flags & VM_AUTO) && !o->ops->has(o, n))
		err = -EFAULT;
	if (!err)
		err = o->ops->get(o, n, want, p);
	if (!err)
		p->rights &= r->rights;
	else if (r->flags & VM_SCRATCH)
		err = scratch_get(r->space, p);
	return err;
}

int vm_fault(struct vm_space *s, uint32_t addr, uint32_t want, struct tagma_item *item)
{
	const struct vm_region *r = vm_find(s, addr);
	struct vm_page p = { 0 };
	int err = r ? region_get(r, addr, want & TAGMA_RWX, &p) : -EFAULT;

	if (err)
		return err;
	item->fpage = TAGMA_FPAGE((uint32_t)(uintptr_t)p.frame, PAGE_SHIFT, p.rights);
	item->hint = addr & ~(PAGE_SIZE - 1);
	return 0;
}

int vm_answer(struct vm_space *s, struct ipc *m, struct tagma_msg *msg)
{
	int err = vm_fault(s, m->w[0], m->w[2], &msg->item[0]);

	if (err)
		return err;
	m->tag = TAGMA_T_LONG | TAGMA_T_ITEMS(1);
	m->w[2] = (uint32_t)(uintptr_t)msg;
	return 0;
}

int vm_touch(struct vm_space *s, uint32_t addr, uint32_t want)
{
	struct tagma_item item;
	int err = vm_fault(s, addr, want, &item);

	if (err)
		return err;
	return map_pages(TAGMA_SELF, TAGMA_FP_BASE(item.fpage), s->id, item.hint, PAGE_SIZE,
			 TAGMA_FP_RIGHTS(item.fpage));
}

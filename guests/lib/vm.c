/* SPDX-License-Identifier: GPL-2.0-only */
/* A space's regions: an array by address, so that finding one is a binary search. */
#include "vm_own.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/map.h>
#include <tagma/mem.h>

void vm_init(struct vm_space *s, uint32_t id, uint32_t low, uint32_t high)
{
	*s = (struct vm_space){ .id = id, .low = low, .high = high };
}

int vm_exit(struct vm_space *s)
{
	int err = vm_unmap(s, s->low, s->high - s->low);

	if (err)
		return err;
	if (s->scratch) {
		vm_revoke(s->scratch);
		page_put(s->scratch);
	}
	free(s->region);
	vm_init(s, s->id, s->low, s->high);
	return 0;
}

/* --- the array */

/* Of the first region that ends behind addr; s->nr if there is none. */
static uint32_t index_from(const struct vm_space *s, uint32_t addr)
{
	uint32_t lo = 0, hi = s->nr;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (s->region[mid]->end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct vm_region *vm_next(struct vm_space *s, uint32_t addr)
{
	struct vm_region *h = s->hint;
	uint32_t i;

	if (h && h->start <= addr && addr < h->end)
		return h;
	i = index_from(s, addr);
	if (i == s->nr)
		return 0;
	s->hint = s->region[i];
	return s->hint;
}

struct vm_region *vm_find(struct vm_space *s, uint32_t addr)
{
	struct vm_region *r = vm_next(s, addr);

	return r && r->start <= addr ? r : 0;
}

bool vm_covered(struct vm_space *s, uint32_t addr, uint32_t len)
{
	uint32_t end = addr + len;

	while (addr < end) {
		const struct vm_region *r = vm_find(s, addr);

		if (!r)
			return false;
		addr = r->end;
	}
	return true;
}

static bool make_room(struct vm_space *s)
{
	uint32_t room = s->room ? 2 * s->room : 8;
	struct vm_region **a;

	if (s->nr < s->room)
		return true;
	a = room <= VM_REGIONS ? realloc(s->region, room * sizeof(*a)) : 0;
	if (!a)
		return false;
	s->region = a;
	s->room = room;
	return true;
}

/* A region like `r` for where there is none; takes a reference to its object. */
static struct vm_region *region_add(struct vm_space *s, const struct vm_region *like)
{
	struct vm_region *r = make_room(s) ? malloc(sizeof(*r)) : 0;
	uint32_t i;

	if (!r)
		return 0;
	*r = *like;
	r->space = s;
	if (r->object) {
		vm_get(r->object);
		list_add_tail(&r->object->regions, &r->of_object);
	}
	i = index_from(s, r->start);
	memmove(s->region + i + 1, s->region + i, (s->nr - i) * sizeof(*s->region));
	s->region[i] = r;
	s->nr++;
	s->pages += (r->end - r->start) / PAGE_SIZE;
	return r;
}

/* Its object may be unable to let go of a page: then it stays. */
static int region_remove(struct vm_space *s, uint32_t i)
{
	struct vm_region *r = s->region[i];

	if (r->object) {
		struct list *others = &r->object->regions;
		int err;

		list_del(&r->of_object);
		err = vm_put(r->object);
		if (err) {
			list_add_tail(others, &r->of_object);
			return err;
		}
	}
	s->pages -= (r->end - r->start) / PAGE_SIZE;
	s->nr--;
	memmove(s->region + i, s->region + i + 1, (s->nr - i) * sizeof(*s->region));
	s->hint = 0;
	free(r);
	return 0;
}

/* --- ranges */

static bool range_valid(const struct vm_space *s, uint32_t addr, uint32_t len)
{
	return len && !((addr | len) % PAGE_SIZE) && addr >= s->low && addr < s->high &&
	       len <= s->high - addr;
}

static bool range_free(struct vm_space *s, uint32_t addr, uint32_t end)
{
	uint32_t i = index_from(s, addr);

	return i == s->nr || s->region[i]->start >= end;
}

/* Cuts the region that `addr` lies inside of in two there. */
static int region_split(struct vm_space *s, uint32_t addr)
{
	struct vm_region *r = vm_find(s, addr), tail;

	if (!r || r->start == addr)
		return 0;
	tail = *r;
	tail.start = addr;
	tail.first = region_page(r, addr);
	s->pages -= (tail.end - addr) / PAGE_SIZE;
	r->end = addr;
	if (region_add(s, &tail))
		return 0;
	r->end = tail.end;
	s->pages += (tail.end - addr) / PAGE_SIZE;
	return -ENOMEM;
}

static int range_split(struct vm_space *s, uint32_t addr, uint32_t len)
{
	int err = range_valid(s, addr, len) ? region_split(s, addr) : -EINVAL;

	return err || addr + len == s->high ? err : region_split(s, addr + len);
}

/* a ends where b starts, and the two could be one. */
static bool mergeable(const struct vm_region *a, const struct vm_region *b)
{
	return a->end == b->start && a->rights == b->rights && a->flags == b->flags &&
	       a->object == b->object && (!a->object || region_page(a, a->end) == b->first);
}

/* Regions from addr to end with each other and with those beside. */
static void range_merge(struct vm_space *s, uint32_t addr, uint32_t end)
{
	uint32_t i = index_from(s, addr);

	for (i -= i > 0; i + 1 < s->nr && s->region[i]->start <= end;) {
		struct vm_region *a = s->region[i], *b = s->region[i + 1];

		if (!mergeable(a, b)) {
			i++;
			continue;
		}
		a->end = b->end;
		a->shown |= b->shown;
		s->pages += (b->end - b->start) / PAGE_SIZE;
		region_remove(s, i + 1); /* never its object's last reference */
	}
}

/* First fit; 0 if there is none. */
static uint32_t gap_find(const struct vm_space *s, uint32_t len)
{
	uint32_t at = s->low ? s->low : PAGE_SIZE;

	for (uint32_t i = 0; i < s->nr; i++) {
		if (s->region[i]->start - at >= len)
			return at;
		at = s->region[i]->end;
	}
	return s->high - at >= len ? at : 0;
}

/* --- what is reserved */

int vm_map(struct vm_space *s, uint32_t *addr, uint32_t len, uint32_t rights, uint32_t flags,
	   struct vm_object *o, uint32_t first)
{
	uint32_t pages = len / PAGE_SIZE, at = *addr ? *addr : gap_find(s, len);
	struct vm_object *zeroes = 0;
	struct vm_region r = {
		.start = at, .end = at + len, .rights = rights, .flags = flags, .first = first
	};
	bool ok;

	if (!range_valid(s, at, len) || (o && (first > o->pages || pages > o->pages - first)))
		return *addr || o ? -EINVAL : -ENOMEM;
	if (!range_free(s, at, at + len))
		return -EEXIST;
	if (!o && !(flags & VM_PRIVATE)) {
		zeroes = vm_zero(pages);
		if (!zeroes)
			return -ENOMEM;
	}
	r.object = o ? o : zeroes;
	ok = region_add(s, &r);
	if (zeroes)
		vm_put(zeroes);
	if (!ok)
		return -ENOMEM;
	range_merge(s, at, at + len);
	*addr = at;
	return 0;
}

int vm_forget(struct vm_space *s, uint32_t addr, uint32_t len)
{
	int err = range_valid(s, addr, len) ? vm_flush(s, addr, len, TAGMA_RWX) : -EINVAL;

	if (!err)
		own_clear(&s->own, addr / PAGE_SIZE, (addr + len - 1) / PAGE_SIZE);
	return err;
}

int vm_unmap(struct vm_space *s, uint32_t addr, uint32_t len)
{
	int err = range_split(s, addr, len);
	uint32_t i;

	if (!err && !range_free(s, addr, addr + len))
		err = vm_forget(s, addr, len);
	i = index_from(s, addr);
	while (!err && i < s->nr && s->region[i]->start - addr < len)
		err = region_remove(s, i);
	return err;
}

/* What was not given out since the last time nobody has. */
static int region_flush(struct vm_region *r, uint32_t rights)
{
	int err = r->shown & rights ? vm_flush(r->space, r->start, r->end - r->start, rights) : 0;

	if (!err)
		r->shown &= ~rights;
	return err;
}

int vm_protect(struct vm_space *s, uint32_t addr, uint32_t len, uint32_t rights, uint32_t *done)
{
	int err = range_split(s, addr, len);
	uint32_t n = 0, have = rights ? rights | TAGMA_R : 0;

	while (!err && n < len) {
		struct vm_region *r = vm_find(s, addr + n);

		err = r ? region_flush(r, region_rights(r) & ~have) : -EFAULT;
		if (err)
			break;
		r->rights = rights;
		n = r->end - addr;
	}
	if (!err)
		range_merge(s, addr, addr + len);
	if (done)
		*done = n;
	return err;
}

int vm_grow(struct vm_region *r, uint32_t start, uint32_t end)
{
	struct vm_space *s = r->space;
	uint32_t down = (r->start - start) / PAGE_SIZE, up = (end - r->end) / PAGE_SIZE;

	if (start > r->start || end < r->end || !range_valid(s, start, end - start))
		return -EINVAL;
	if (r->object && (down > r->first || region_page(r, r->end) + up > r->object->pages))
		return -EINVAL;
	if (!range_free(s, start, r->start) || (up && !range_free(s, r->end, end)))
		return -EEXIST;
	r->first -= down;
	r->start = start;
	r->end = end;
	s->pages += down + up;
	return 0;
}

/* Places for all pages are made before the first page moves. */
static int own_move(struct ptree *own, uint32_t from, uint32_t to, uint32_t nr)
{
	for (uint32_t n = from; ptree_next(own, &n, from + nr - 1); n++)
		if (!ptree_slot(own, n - from + to))
			return -ENOMEM;
	for (uint32_t n = from; ptree_next(own, &n, from + nr - 1); n++) {
		void **slot = ptree_slot(own, n);

		*ptree_slot(own, n - from + to) = *slot;
		*slot = 0;
	}
	return 0;
}

int vm_move(struct vm_space *s, uint32_t from, uint32_t len, uint32_t to, uint32_t new_len)
{
	const struct vm_region *r = vm_find(s, from);
	uint32_t keep = MIN(len, new_len), at = to;
	int err;

	if (!r || !range_valid(s, from, len) || len > r->end - from || !to)
		return -EINVAL;
	err = vm_map(s, &at, new_len, r->rights, r->flags, r->object, region_page(r, from));
	if (err)
		return err;
	err = vm_flush(s, from, len, TAGMA_RWX);
	if (!err)
		err = own_move(&s->own.tree, from / PAGE_SIZE, to / PAGE_SIZE, keep / PAGE_SIZE);
	if (err)
		vm_unmap(s, to, new_len);
	return err ? err : vm_unmap(s, from, len);
}

static void share_page(void *frame) { page_get(frame); }

int vm_fork(struct vm_space *to, struct vm_space *from)
{
	for (uint32_t i = 0; i < from->nr; i++) {
		struct vm_region *r = region_add(to, from->region[i]);

		if (!r)
			return -ENOMEM;
		r->shown = 0;
	}
	if (!ptree_clone(&to->own.tree, &from->own.tree, share_page))
		return -ENOMEM;
	to->own.nr = to->peak_own = from->own.nr;
	for (uint32_t i = 0; i < from->nr; i++) {
		struct vm_region *r = from->region[i];
		int err = r->flags & VM_PRIVATE ? region_flush(r, TAGMA_W) : 0;

		if (err)
			return err;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from a fault to its page, and operations that make or give back pages. */
#include "vm_own.h"
#include <errno.h>
#include <string.h>
#include <tagma/ipc.h>
#include <tagma/map.h>
#include <tagma/mem.h>

static uint64_t revocations = 1; /* an empty struct vm_seen is void */

uint64_t vm_revocations(void) { return revocations; }

int vm_flush(const struct vm_space *s, uint32_t addr, uint32_t len, uint32_t rights)
{
	int err;

	revocations++;
	if (!s->id)
		return 0;
	err = flush_pages(s->id, addr, len, rights, TAGMA_MAP_F_SELF);
	return err == -ESRCH ? 0 : err; /* written back, which it has yet to be told */
}

void vm_revoke(const void *frame)
{
	revocations++;
	flush_pages(TAGMA_SELF, (uint32_t)(uintptr_t)frame, PAGE_SIZE, TAGMA_RWX, 0);
}

/* --- one page */

static int scratch_get(struct vm_space *s, struct vm_page *p)
{
	if (!s->scratch)
		s->scratch = page_alloc_zero();
	*p = (struct vm_page){ s->scratch, TAGMA_RW, false };
	return s->scratch ? 0 : -ENOMEM;
}

static int private_get(const struct vm_region *r, uint32_t addr, uint32_t want, struct vm_page *p)
{
	struct vm_space *s = r->space;
	int err = own_get(&s->own, addr / PAGE_SIZE, r->object,
			  r->object ? region_page(r, addr) : 0, want, p);

	if (err || !p->made || !(want & TAGMA_W))
		return err;
	revocations++;
	s->peak_own = MAX(s->peak_own, s->own.nr);
	return 0;
}

static int backing_get(const struct vm_region *r, uint32_t addr, uint32_t want, struct vm_page *p)
{
	if (r->flags & VM_PRIVATE)
		return private_get(r, addr, want, p);
	return r->object->ops->get(r->object, region_page(r, addr), want, p);
}

static int region_get(struct vm_region *r, uint32_t addr, uint32_t want, struct vm_page *p)
{
	uint32_t rights = region_rights(r);
	int err = want & TAGMA_RWX & ~rights || !rights ? -EACCES : 0;

	if (!err && !(r->flags & VM_AUTO) && backing_get(r, addr, VM_PEEK, p) == -EFAULT)
		err = -EFAULT;
	if (!err)
		err = backing_get(r, addr, want, p);
	if (!err) {
		p->rights &= rights;
		r->shown |= p->rights;
	} else if ((r->flags & VM_SCRATCH) && !(want & VM_PEEK)) {
		r->shown |= TAGMA_RW;
		err = scratch_get(r->space, p);
	}
	return err;
}

int vm_page(struct vm_space *s, uint32_t addr, uint32_t want, struct vm_page *p)
{
	struct vm_region *r = vm_find(s, addr);

	p->made = false;
	return r ? region_get(r, addr, want, p) : -EFAULT;
}

int vm_access(struct vm_space *s, uint32_t addr, uint32_t want, struct vm_page *p)
{
	struct vm_seen *seen = &s->seen[addr / PAGE_SIZE % VM_SEEN];
	int err;

	if (seen->page == addr / PAGE_SIZE && seen->as_of == revocations &&
	    !(want & ~seen->p.rights)) {
		*p = seen->p;
		return 0;
	}
	err = vm_page(s, addr, want, p);
	if (!err && p->made && (want & TAGMA_W))
		err = vm_flush(s, addr & ~(PAGE_SIZE - 1), PAGE_SIZE, TAGMA_RWX);
	if (!err) {
		*seen = (struct vm_seen){ revocations, addr / PAGE_SIZE, *p };
		seen->p.made = false;
	}
	return err;
}

/* --- operations on what is reserved */

typedef int page_fn(struct vm_region *r, uint32_t addr);

static int page_commit(struct vm_region *r, uint32_t addr)
{
	uint32_t want = r->rights & TAGMA_W ? TAGMA_W : TAGMA_R;
	struct vm_page p = { 0 };

	if (!(r->flags & VM_PRIVATE))
		return r->object->ops->get(r->object, region_page(r, addr), want, &p);
	return private_get(r, addr, TAGMA_W, &p);
}

static int page_decommit(struct vm_region *r, uint32_t addr)
{
	if (r->flags & VM_PRIVATE)
		return vm_forget(r->space, addr, PAGE_SIZE);
	return vm_evict(r->object, region_page(r, addr));
}

static int range_each(struct vm_space *s, uint32_t addr, uint32_t len, page_fn *fn, uint32_t *done)
{
	uint32_t n = 0;
	int err = (addr | len) % PAGE_SIZE ? -EINVAL : 0;

	for (; !err && n < len; n += err ? 0 : PAGE_SIZE) {
		struct vm_region *r = vm_find(s, addr + n);

		err = r ? fn(r, addr + n) : -EFAULT;
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

/* --- replies */

static void item_set(struct tagma_item *item, uint32_t addr, const struct vm_page *p)
{
	item->fpage = TAGMA_FPAGE((uint32_t)(uintptr_t)p->frame, PAGE_SHIFT, p->rights);
	item->hint = addr & ~(PAGE_SIZE - 1);
}

/* What else of the block of VM_AROUND pages is there. Whoever had to be given a page that was
 * there has probably none of them: it is new, or was flushed. */
static uint32_t fault_around(struct vm_region *r, uint32_t addr, struct tagma_item *item,
			     uint32_t max)
{
	uint32_t block = addr & ~(VM_AROUND * PAGE_SIZE - 1), end = block + VM_AROUND * PAGE_SIZE;
	uint32_t at = MAX(block, r->start), nr = 0;
	struct vm_page p = { 0 };

	addr &= ~(PAGE_SIZE - 1);
	for (end = MIN(end, r->end); at < end && nr < max; at += PAGE_SIZE)
		if (at != addr && !region_get(r, at, TAGMA_R | VM_PEEK, &p))
			item_set(&item[nr++], at, &p);
	return nr;
}

int vm_fault(struct vm_space *s, uint32_t addr, uint32_t want, struct tagma_item *item,
	     uint32_t max)
{
	struct vm_page p = { 0 };
	int err = vm_page(s, addr, want & TAGMA_RWX, &p);

	if (err)
		return err;
	item_set(item, addr, &p);
	return p.made ? 1 : 1 + (int)fault_around(vm_find(s, addr), addr, item + 1, max - 1);
}

int vm_answer(struct vm_space *s, struct ipc *m, struct tagma_msg *msg)
{
	int n = vm_fault(s, m->w[0], m->w[2], msg->item, VM_AROUND);

	if (n < 0)
		return n;
	m->tag = TAGMA_T_LONG | TAGMA_T_ITEMS((uint32_t)n);
	m->w[2] = (uint32_t)(uintptr_t)msg;
	return 0;
}

int vm_touch(struct vm_space *s, uint32_t addr, uint32_t want)
{
	struct tagma_item item;
	int n = vm_fault(s, addr, want, &item, 1);

	if (n < 0)
		return n;
	return map_pages(TAGMA_SELF, TAGMA_FP_BASE(item.fpage), s->id, item.hint, PAGE_SIZE,
			 TAGMA_FP_RIGHTS(item.fpage));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* An mm's life, and its software page table. */
#include "mm.h"
#include "loop.h"
#include "lx_errno.h"
#include "vfs.h"
#include <public/tagma.h>
#include <string.h>

#define PT_INDEX(va) ((va) >> 22)
#define PT_SLOT(va) (((va) >> 12) & (PT_ENTRIES - 1))
#define PT_SPAN 0x400000u

struct mm *mm_new(void)
{
	struct mm *m = kmalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->users = 1;
	list_init(&m->vmas);
	return m;
}

void mm_get(struct mm *m) { m->users++; }

void mm_put(struct mm *m)
{
	if (--m->users)
		return;
	hw_space_unload(m); /* first: nothing of it may be flushed page by page */
	vma_free_all(m);
	for (uint32_t i = 0; i < PT_ENTRIES; i++)
		if (m->pt[i])
			page_free(m->pt[i]);
	if (m->exe)
		file_put(m->exe);
	kfree(m);
}

static uint32_t *pte_at(const struct mm *m, uptr_t va)
{
	uint32_t *pt = m->pt[PT_INDEX(va)];

	return pt ? &pt[PT_SLOT(va)] : NULL;
}

uint32_t pte_get(const struct mm *m, uptr_t va)
{
	const uint32_t *p = pte_at(m, va);

	return p ? *p : 0;
}

void pte_flag(struct mm *m, uptr_t va, uint32_t set)
{
	uint32_t *p = pte_at(m, va);

	if (p && *p)
		*p |= set;
}

int pte_set(struct mm *m, uptr_t va, void *page, uint32_t flags)
{
	uint32_t **pt = &m->pt[PT_INDEX(va)], *p;

	if (!*pt) {
		*pt = page_alloc();
		if (!*pt) {
			page_free(page);
			return -ENOMEM;
		}
	}
	p = &(*pt)[PT_SLOT(va)];
	if (*p)
		page_free(pte_page(*p));
	else if (++m->rss > m->peak_rss)
		m->peak_rss = m->rss;
	*p = (uint32_t)(uintptr_t)page | flags;
	return 0;
}

/* The hypervisor forgets runs of neighbours, many of them in one call. */
struct run {
	struct mm *m;
	uptr_t start, end;
	uint32_t rights;
};

static void run_flush(struct run *r)
{
	hw_flush(r->m, r->start, r->end, r->rights);
	r->start = r->end = 0;
}

static void run_end(struct run *r)
{
	run_flush(r);
	hw_sync();
}

static void run_add(struct run *r, uptr_t va)
{
	if (r->end != va) {
		run_flush(r);
		r->start = va;
	}
	r->end = va + PAGE_SIZE;
}

/* The next address from va with an entry, or end. */
static uptr_t pte_next(const struct mm *m, uptr_t va, uptr_t end)
{
	while (va < end) {
		const uint32_t *p = pte_at(m, va);

		if (!p)
			va = (va & ~(PT_SPAN - 1)) + PT_SPAN;
		else if (*p)
			return va;
		else
			va += PAGE_SIZE;
	}
	return end;
}

/* Pages are freed only after the hypervisor has forgotten all of them: two walks. */
void pte_clear_range(struct mm *m, uptr_t start, uptr_t end)
{
	struct run r = { m, 0, 0, TAGMA_RWX };

	for (uptr_t va = start; (va = pte_next(m, va, end)) < end; va += PAGE_SIZE)
		if (*pte_at(m, va) & PTE_HW)
			run_add(&r, va);
	run_end(&r);
	for (uptr_t va = start; (va = pte_next(m, va, end)) < end; va += PAGE_SIZE) {
		uint32_t *p = pte_at(m, va);

		page_free(pte_page(*p));
		*p = 0;
		m->rss--;
	}
}

void pte_forget(struct mm *m)
{
	struct run r = { m, 0, 0, TAGMA_RWX };

	for (uptr_t va = 0; (va = pte_next(m, va, TASK_SIZE)) < TASK_SIZE; va += PAGE_SIZE) {
		uint32_t *p = pte_at(m, va);

		if (*p & PTE_HW)
			run_add(&r, va);
		*p &= ~PTE_HW;
	}
	run_end(&r);
}

void pte_take_rights(struct mm *m, uptr_t start, uptr_t end, uint32_t flags)
{
	struct run r = { m, 0, 0, flags & PTE_R ? TAGMA_RWX : TAGMA_W };

	for (uptr_t va = start; (va = pte_next(m, va, end)) < end; va += PAGE_SIZE) {
		uint32_t *p = pte_at(m, va);

		if ((*p & PTE_HW) && (*p & flags))
			run_add(&r, va);
		*p &= ~(flags | (flags & PTE_R ? PTE_HW : 0));
	}
	run_end(&r);
}

int pte_move_range(struct mm *m, uptr_t from, uptr_t to, uint32_t len)
{
	struct run r = { m, 0, 0, TAGMA_RWX };
	uptr_t end = from + len;

	for (uptr_t va = from; (va = pte_next(m, va, end)) < end; va += PAGE_SIZE) {
		uint32_t *p = pte_at(m, va);

		page_get(pte_page(*p));
		if (pte_set(m, va - from + to, pte_page(*p), *p & (PTE_R | PTE_W)))
			return -ENOMEM;
		if (*p & PTE_HW)
			run_add(&r, va);
	}
	run_end(&r);
	for (uptr_t va = from; (va = pte_next(m, va, end)) < end; va += PAGE_SIZE) {
		uint32_t *p = pte_at(m, va);

		page_free(pte_page(*p));
		*p = 0;
		m->rss--;
	}
	return 0;
}

/* Both get the page; a private one becomes read-only in both. */
static int copy_range(struct mm *to, struct mm *from, const struct vma *v)
{
	bool private = !(v->flags & VMA_SHARED);

	if (private)
		pte_take_rights(from, v->start, v->end, PTE_W);
	for (uptr_t va = v->start; (va = pte_next(from, va, v->end)) < v->end; va += PAGE_SIZE) {
		uint32_t e = *pte_at(from, va);

		page_get(pte_page(e));
		if (pte_set(to, va, pte_page(e), e & (PTE_R | PTE_W)))
			return -ENOMEM;
	}
	return 0;
}

struct mm *mm_copy(struct mm *m)
{
	struct mm *c = mm_new();

	if (!c)
		return NULL;
	c->brk_start = m->brk_start;
	c->brk = m->brk;
	c->arg_start = m->arg_start;
	c->arg_end = m->arg_end;
	c->env_start = m->env_start;
	c->env_end = m->env_end;
	c->start_stack = m->start_stack;
	c->read_implies_exec = m->read_implies_exec;
	c->exe = m->exe;
	if (c->exe)
		file_get(c->exe);
	if (vma_copy_all(c, m))
		goto fail;
	list_for_each (l, &c->vmas) {
		if (copy_range(c, m, list_entry(l, struct vma, link)))
			goto fail;
	}
	return c;
fail:
	mm_put(c);
	return NULL;
}

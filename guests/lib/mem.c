/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buddy allocator. One record per page of [base, top); a free block's list node lies
 * in the block itself. A block of order n begins at a page number that is a multiple of 2^n,
 * so its buddy is found by flipping bit n.
 */
#include <list.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/hypercall.h>
#include <tagma/mem.h>
#include <tagma/start.h>

enum page_state { PAGE_NONE, PAGE_FREE, PAGE_USED }; /* of a block's first page, else NONE */

struct page {
	uint32_t refs;
	uint8_t order;
	uint8_t state;
};

static struct page *pages;
static uintptr_t base_pfn, top_pfn;
static struct list free_list[PAGE_MAX_ORDER + 1];
static size_t nr_free, nr_total;

static struct page *page_of(uintptr_t pfn)
{
	return pfn >= base_pfn && pfn < top_pfn ? &pages[pfn - base_pfn] : 0;
}

/* The record of a block in use; anything else is a bug of this kernel. */
static struct page *page_used(const void *p)
{
	struct page *pg = page_of((uintptr_t)p >> PAGE_SHIFT);

	if ((uintptr_t)p % PAGE_SIZE || !pg || pg->state != PAGE_USED) {
		hv_printf("guest: %p is not an allocated page\n", p);
		abort();
	}
	return pg;
}

static struct list *pfn_node(uintptr_t pfn) { return (struct list *)(pfn << PAGE_SHIFT); }

static void block_insert(uintptr_t pfn, unsigned int order)
{
	struct page *pg = page_of(pfn);

	pg->state = PAGE_FREE;
	pg->order = (uint8_t)order;
	list_add(&free_list[order], pfn_node(pfn));
}

static void block_remove(uintptr_t pfn)
{
	page_of(pfn)->state = PAGE_NONE;
	list_del(pfn_node(pfn));
}

static void block_free(uintptr_t pfn, unsigned int order)
{
	nr_free += (size_t)1 << order;
	for (; order < PAGE_MAX_ORDER; order++) {
		uintptr_t buddy = pfn ^ ((uintptr_t)1 << order);
		const struct page *b = page_of(buddy);

		if (!b || b->state != PAGE_FREE || b->order != order)
			break;
		block_remove(buddy);
		pfn = pfn < buddy ? pfn : buddy;
	}
	block_insert(pfn, order);
}

void mem_add(uintptr_t start, uintptr_t end)
{
	uintptr_t pfn = (start + PAGE_SIZE - 1) >> PAGE_SHIFT;
	uintptr_t last = end >> PAGE_SHIFT;

	if (pfn < base_pfn)
		pfn = base_pfn;
	if (last > top_pfn)
		last = top_pfn;
	while (pfn < last) {
		unsigned int order = 0;

		while (order < PAGE_MAX_ORDER && !(pfn & ((uintptr_t)1 << order)) &&
		       last - pfn >= (uintptr_t)2 << order)
			order++;
		block_free(pfn, order);
		nr_total += (size_t)1 << order;
		pfn += (uintptr_t)1 << order;
	}
}

/* What the builder put into our memory besides the image. */
struct range {
	uintptr_t start, end;
};

static void add_around(uintptr_t start, uintptr_t end, const struct range *r, unsigned int n)
{
	for (unsigned int i = 0; i < n && start < end; i++) {
		if (r[i].end <= start || r[i].start >= end)
			continue;
		add_around(start, r[i].start, r + i + 1, n - i - 1);
		start = r[i].end;
	}
	if (start < end)
		mem_add(start, end);
}

/* Where `size` bytes fit beside all those ranges, from `start` on. */
static uintptr_t first_gap(uintptr_t start, size_t size, const struct range *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (r[i].start < r[i].end && start < r[i].end && start + size > r[i].start) {
			start = r[i].end;
			i = (unsigned int)-1; /* it may hit one that was passed already */
		}
	}
	return start;
}

void mem_init(const struct start_info *si)
{
	uintptr_t first = ((uintptr_t)_end + PAGE_SIZE - 1) & ~(uintptr_t)(PAGE_SIZE - 1);
	uintptr_t top = (GUEST_FIRST_GPN + (uintptr_t)si->nr_pages) << PAGE_SHIFT;
	uintptr_t self = (uintptr_t)si & ~(uintptr_t)(PAGE_SIZE - 1);
	uintptr_t shared = (uintptr_t)si->shared_info & ~(uintptr_t)(PAGE_SIZE - 1);
	uintptr_t cons = (uintptr_t)si->console.domU.mfn << PAGE_SHIFT;
	uintptr_t store = (uintptr_t)si->store_mfn << PAGE_SHIFT;
	uintptr_t mod_end =
		(si->mod_start + si->mod_len + PAGE_SIZE - 1) & ~(uintptr_t)(PAGE_SIZE - 1);
	size_t table;
	struct range r[] = {
		{ self, self + PAGE_SIZE }, { shared, shared + PAGE_SIZE },
		{ cons, cons + PAGE_SIZE }, { store, store + PAGE_SIZE },
		{ si->mod_start, mod_end }, { 0, 0 }, /* the table below */
	};

	for (unsigned int i = 0; i <= PAGE_MAX_ORDER; i++)
		list_init(&free_list[i]);
	base_pfn = first >> PAGE_SHIFT;
	top_pfn = top >> PAGE_SHIFT;
	table = (top_pfn - base_pfn) * sizeof(struct page);
	first = first_gap(first, table, r, ARRAY_SIZE(r) - 1);
	if (first + table > top) {
		hv_printf("guest: %lu pages of memory are too few\n", si->nr_pages);
		guest_shutdown(SHUTDOWN_crash);
	}
	pages = (struct page *)first;
	memset(pages, 0, table);
	r[ARRAY_SIZE(r) - 1] = (struct range){ first, first + table };
	add_around(base_pfn << PAGE_SHIFT, top, r, ARRAY_SIZE(r));
}

void *pages_alloc(unsigned int order)
{
	unsigned int o = order;
	struct page *pg;
	uintptr_t pfn;

	while (o <= PAGE_MAX_ORDER && list_empty(&free_list[o]))
		o++;
	if (o > PAGE_MAX_ORDER)
		return 0;
	pfn = (uintptr_t)free_list[o].next >> PAGE_SHIFT;
	block_remove(pfn);
	while (o > order) {
		o--;
		block_insert(pfn + ((uintptr_t)1 << o), o);
	}
	nr_free -= (size_t)1 << order;
	pg = page_of(pfn);
	*pg = (struct page){ .refs = 1, .order = (uint8_t)order, .state = PAGE_USED };
	return (void *)(pfn << PAGE_SHIFT);
}

void *page_alloc_zero(void)
{
	void *p = pages_alloc(0);

	return p ? memset(p, 0, PAGE_SIZE) : 0;
}

void page_get(void *page)
{
	struct page *pg = page_used(page);

	if (++pg->refs == 0) {
		hv_printf("guest: page %p has too many references\n", page);
		abort();
	}
}

bool page_put(void *page)
{
	struct page *pg = page_used(page);

	if (--pg->refs)
		return false;
	pg->state = PAGE_NONE;
	block_free((uintptr_t)page >> PAGE_SHIFT, pg->order);
	return true;
}

unsigned int page_refs(const void *page) { return page_used(page)->refs; }

bool page_valid(const void *page)
{
	const struct page *pg = page_of((uintptr_t)page >> PAGE_SHIFT);

	return (uintptr_t)page % PAGE_SIZE == 0 && pg && pg->state == PAGE_USED;
}

unsigned int page_order(const void *page) { return page_used(page)->order; }

size_t mem_free_pages(void) { return nr_free; }

size_t mem_total_pages(void) { return nr_total; }

static bool node_valid(const struct list *l)
{
	return page_of((uintptr_t)l >> PAGE_SHIFT) ||
	       (l >= free_list && l < free_list + ARRAY_SIZE(free_list));
}

bool mem_check(void)
{
	size_t n = 0;

	for (unsigned int o = 0; o <= PAGE_MAX_ORDER; o++)
		list_for_each (l, &free_list[o]) {
			const struct page *pg = page_of((uintptr_t)l >> PAGE_SHIFT);

			if (!pg || pg->state != PAGE_FREE || pg->order != o)
				return false;
			if (!node_valid(l->next) || l->next->prev != l)
				return false;
			n += (size_t)1 << o;
		}
	return n == nr_free && n <= nr_total;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of a process's memory areas: disjoint, sorted, neighbours that match are one. */
#include "mm.h"
#include "lx_errno.h"
#include "vfs.h"

#define NO_MERGE (VMA_STACK | VMA_SPECIAL | VMA_HEAP)

static void vma_ref(const struct vma *v)
{
	if (v->file)
		file_get(v->file);
	if (v->shm)
		shm_get(v->shm);
}

static void vma_drop(struct mm *m, struct vma *v)
{
	list_del(&v->link);
	m->nr_vmas--;
	m->hint = NULL;
	if (v->file)
		file_put(v->file);
	if (v->shm)
		shm_put(v->shm);
	kfree(v);
}

struct vma *vma_next(struct mm *m, struct vma *v)
{
	struct list *l = v ? v->link.next : m->vmas.next;

	return l == &m->vmas ? NULL : list_entry(l, struct vma, link);
}

struct vma *vma_find(struct mm *m, uptr_t va)
{
	struct vma *h = m->hint;

	if (h && h->start <= va && va < h->end)
		return h;
	list_for_each (l, &m->vmas) {
		struct vma *v = list_entry(l, struct vma, link);

		if (va < v->end) {
			m->hint = v;
			return v;
		}
	}
	return NULL;
}

struct vma *vma_at(struct mm *m, uptr_t va)
{
	struct vma *v = vma_find(m, va);

	return v && v->start <= va ? v : NULL;
}

static uint32_t span_pages(const struct vma *v) { return (v->end - v->start) / PAGE_SIZE; }

/* a ends where b starts, and the two could be one. */
static bool mergeable(const struct vma *a, const struct vma *b)
{
	if (a->end != b->start || a->flags != b->flags || (a->flags & NO_MERGE) ||
	    a->file != b->file || a->shm != b->shm)
		return false;
	return (!a->file && !a->shm) || a->pgoff + span_pages(a) == b->pgoff;
}

static struct vma *try_merge(struct mm *m, struct vma *a)
{
	struct vma *b = vma_next(m, a);

	if (!b || !mergeable(a, b))
		return NULL;
	a->end = b->end;
	vma_drop(m, b);
	return a;
}

void vma_merge(struct mm *m, uptr_t start, uptr_t end)
{
	struct vma *v = NULL;

	while ((v = vma_next(m, v)))
		if (v->end >= start)
			break;
	while (v && v->start <= end)
		if (!try_merge(m, v))
			v = vma_next(m, v);
}

int vma_insert(struct mm *m, uptr_t start, uptr_t end, uint32_t flags, struct file *f,
	       struct shm *s, uint32_t pgoff)
{
	struct vma *v, *after;

	if (m->nr_vmas >= MAX_VMAS)
		return -ENOMEM;
	v = kmalloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = (struct vma){
		.start = start, .end = end, .flags = flags, .file = f, .shm = s, .pgoff = pgoff
	};
	vma_ref(v);
	after = vma_find(m, start);
	list_add_tail(after ? &after->link : &m->vmas, &v->link);
	m->nr_vmas++;
	m->total_pages += (end - start) / PAGE_SIZE;
	vma_merge(m, start, end);
	return 0;
}

int vma_split(struct mm *m, struct vma *v, uptr_t at)
{
	struct vma *hi;

	if (at <= v->start || at >= v->end)
		return 0;
	if (m->nr_vmas >= MAX_VMAS)
		return -ENOMEM;
	hi = kmalloc(sizeof(*hi));
	if (!hi)
		return -ENOMEM;
	*hi = *v;
	hi->start = at;
	hi->pgoff += (at - v->start) / PAGE_SIZE;
	vma_ref(hi);
	v->end = at;
	list_add(&v->link, &hi->link);
	m->nr_vmas++;
	m->hint = NULL;
	return 0;
}

int vma_remove(struct mm *m, uptr_t start, uptr_t end)
{
	struct vma *v = vma_find(m, start), *next;

	if (v && v->start < start) {
		if (vma_split(m, v, start))
			return -ENOMEM;
		v = vma_next(m, v);
	}
	for (; v && v->start < end; v = next) {
		if (v->end > end && vma_split(m, v, end))
			return -ENOMEM;
		next = vma_next(m, v);
		m->total_pages -= span_pages(v);
		vma_drop(m, v);
	}
	pte_clear_range(m, start, end);
	return 0;
}

/* Room for len bytes: at the hint, else the highest gap below MMAP_TOP, else above it. */
uptr_t vma_gap(struct mm *m, uptr_t len, uptr_t hint)
{
	uptr_t low = MMAP_MIN, best = 0;
	struct vma *v = NULL;

	if (hint >= MMAP_MIN && hint < TASK_SIZE && len <= TASK_SIZE - hint) {
		struct vma *at = vma_find(m, hint);

		if (!at || at->start >= hint + len)
			return hint;
	}
	do {
		uptr_t high;

		v = vma_next(m, v);
		high = v ? v->start : STACK_TOP;
		if (v && (v->flags & VMA_STACK))
			high = high > STACK_GUARD * PAGE_SIZE ? high - STACK_GUARD * PAGE_SIZE : 0;
		if (high > MMAP_TOP && low < MMAP_TOP && MMAP_TOP - low >= len)
			high = MMAP_TOP;
		if (high > low && high - low >= len && (high <= MMAP_TOP || !best))
			best = high - len;
		if (v)
			low = v->end;
	} while (v);
	return best;
}

bool vma_covered(struct mm *m, uptr_t start, uptr_t end)
{
	for (struct vma *v = vma_find(m, start); start < end; v = vma_next(m, v)) {
		if (!v || v->start > start)
			return false;
		start = v->end;
	}
	return true;
}

void vma_free_all(struct mm *m)
{
	pte_clear_range(m, 0, TASK_SIZE);
	list_for_each_safe (l, &m->vmas) {
		vma_drop(m, list_entry(l, struct vma, link));
	}
	m->total_pages = 0;
}

int vma_copy_all(struct mm *to, struct mm *from)
{
	list_for_each (l, &from->vmas) {
		const struct vma *v = list_entry(l, struct vma, link);

		if (!(v->flags & VMA_DONTCOPY) &&
		    vma_insert(to, v->start, v->end, v->flags, v->file, v->shm, v->pgoff))
			return -ENOMEM;
	}
	return 0;
}

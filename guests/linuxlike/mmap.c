/* SPDX-License-Identifier: GPL-2.0-only */
/* mmap, munmap, mprotect, brk. */
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "vfs.h"

bool mm_may_grow(struct mm *m, uint32_t pages)
{
	uint64_t limit = current ? current->process->rlim[RLIMIT_AS].cur : RLIM64_INFINITY;

	return limit == RLIM64_INFINITY || ((uint64_t)m->vm.pages + pages) * PAGE_SIZE <= limit;
}

int mm_unmap(struct mm *m, uptr_t start, uptr_t end)
{
	start = MAX(start, m->vm.low);
	return start < end ? vm_unmap(&m->vm, start, end - start) : 0;
}

/* In place of what is there. f NULL: zeroes. */
static int map_object(struct mm *m, uptr_t start, uptr_t end, uint32_t prot, uint32_t flags,
		      struct file *f, uint32_t pgoff)
{
	struct vm_object *o = f ? file_object(f, (end - start) / PAGE_SIZE + pgoff) : NULL;
	int err = f && !o ? -ENOMEM : mm_unmap(m, start, end);

	if (!err)
		err = vm_map(&m->vm, &start, end - start, prot, flags, o, pgoff);
	if (o)
		vm_put(o);
	return err;
}

int mm_map_fixed(struct mm *m, uptr_t start, uptr_t end, uint32_t prot, uint32_t flags,
		 struct file *f, uint32_t pgoff)
{
	return map_object(m, start, end, prot, MM_PRIVATE | flags, f, pgoff);
}

/* Room for len bytes: at the hint, else the highest gap below MMAP_TOP, else above it. */
uptr_t mm_gap(struct mm *m, uptr_t len, uptr_t hint)
{
	uptr_t low = MMAP_MIN, best = 0;
	const struct vm_region *r;

	if (hint >= MMAP_MIN && hint < TASK_SIZE && len <= TASK_SIZE - hint) {
		r = vm_next(&m->vm, hint);
		if (!r || r->start >= hint + len)
			return hint;
	}
	r = vm_next(&m->vm, 0);
	do {
		uptr_t high = r ? r->start : STACK_TOP;

		if (r && (r->flags & MM_STACK))
			high -= MIN(high, STACK_GUARD * PAGE_SIZE);
		if (high > MMAP_TOP && low < MMAP_TOP && MMAP_TOP - low >= len)
			high = MMAP_TOP;
		if (high > low && high - low >= len && (high <= MMAP_TOP || !best))
			best = high - len;
		if (!r)
			break;
		low = MAX(low, r->end);
		r = vm_next(&m->vm, r->end);
	} while (low < TASK_SIZE);
	return best;
}

static bool range_ok(uptr_t start, uptr_t len)
{
	return !(start & PAGE_MASK) && len && len <= TASK_SIZE && start <= TASK_SIZE - len;
}

static uint32_t prot_flags(const struct mm *m, uint32_t prot)
{
	if ((prot & PROT_READ) && m->read_implies_exec)
		prot |= PROT_EXEC;
	return prot & TAGMA_RWX;
}

struct map_request {
	uptr_t addr, len;
	uint32_t prot, flags, pgoff;
	struct file *file;
};

/* What a file allows: *flags gets the region's. */
static int check_file(const struct map_request *r, uint32_t *flags)
{
	if (!file_mappable(r->file))
		return -ENODEV;
	if (!file_readable(r->file))
		return -EACCES;
	if (*flags & VM_PRIVATE)
		return 0;
	if ((r->prot & PROT_WRITE) && !file_writable(r->file))
		return -EACCES;
	if (!file_writable(r->file))
		*flags |= MM_NOWRITE;
	return 0;
}

static int pick_address(struct mm *m, const struct map_request *r, uptr_t *at)
{
	if (r->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (!range_ok(r->addr, r->len) || r->addr < PAGE_SIZE)
			return r->addr & PAGE_MASK ? -EINVAL : -ENOMEM;
		if (r->flags & MAP_FIXED_NOREPLACE) {
			const struct vm_region *there = vm_next(&m->vm, r->addr);

			if (there && there->start < r->addr + r->len)
				return -EEXIST;
		}
		*at = r->addr;
		return 0;
	}
	*at = mm_gap(m, r->len, PAGE_UP(r->addr));
	return *at ? 0 : -ENOMEM;
}

static int32_t map_region(struct map_request *r)
{
	struct mm *m = current->mm;
	uint32_t type = r->flags & MAP_TYPE, flags = type == MAP_PRIVATE ? MM_PRIVATE : MM_SHARED;
	uptr_t at;
	int err;

	if (!r->len)
		return -EINVAL;
	r->len = PAGE_UP(r->len);
	if (!r->len || r->len > TASK_SIZE)
		return -ENOMEM;
	if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if ((r->flags & MAP_GROWSDOWN) && !r->file)
		flags |= MM_STACK;
	if (!mm_may_grow(m, r->len / PAGE_SIZE))
		return -ENOMEM;
	err = r->file ? check_file(r, &flags) : 0;
	if (!err)
		err = pick_address(m, r, &at);
	if (!err)
		err = map_object(m, at, at + r->len, prot_flags(m, r->prot), flags, r->file,
				 r->pgoff);
	return err ? err : (int32_t)at;
}

static int32_t do_mmap(struct map_request *r, uint32_t fd)
{
	int32_t ret;

	if (!(r->flags & MAP_ANONYMOUS)) {
		r->file = fd_get((int)fd);
		if (!r->file)
			return -EBADF;
	} else {
		r->pgoff = 0;
	}
	ret = map_region(r);
	if (r->file)
		file_put(r->file);
	return ret;
}

int32_t sys_mmap2(const uint32_t a[6])
{
	struct map_request r = { a[0], a[1], a[2], a[3], a[5], NULL };

	return do_mmap(&r, a[4]);
}

/* The old call: its six arguments stand in memory, the offset in bytes. */
int32_t sys_old_mmap(const uint32_t a[6])
{
	uint32_t v[6];

	if (copy_from_user(v, a[0], sizeof(v)))
		return -EFAULT;
	if (v[5] & PAGE_MASK)
		return -EINVAL;
	v[5] /= PAGE_SIZE;
	return sys_mmap2(v);
}

int32_t sys_munmap(const uint32_t a[6])
{
	if (!range_ok(a[0], PAGE_UP(a[1])))
		return -EINVAL;
	return mm_unmap(current->mm, a[0], a[0] + PAGE_UP(a[1]));
}

/* No part of it is a shared mapping of a file that may not be written to. */
static bool may_write(struct mm *m, uptr_t start, uptr_t end)
{
	const struct vm_region *r;

	for (; start < end && (r = vm_next(&m->vm, start)); start = r->end)
		if (r->start < end && (r->flags & MM_NOWRITE))
			return false;
	return true;
}

int32_t sys_mprotect(const uint32_t a[6])
{
	struct mm *m = current->mm;
	uptr_t start = a[0], end = start + PAGE_UP(a[1]);

	if ((start & PAGE_MASK) || (a[2] & ~(TAGMA_RWX | 8u | PROT_GROWSDOWN)))
		return -EINVAL;
	if (end == start)
		return 0;
	if (end < start || !vm_covered(&m->vm, start, end - start))
		return -ENOMEM;
	if ((a[2] & PROT_WRITE) && !may_write(m, start, end))
		return -EACCES;
	return vm_protect(&m->vm, start, end - start, prot_flags(m, a[2]), NULL);
}

static int grow_brk(struct mm *m, uptr_t from, uptr_t to)
{
	struct vm_region *heap = from ? vm_find(&m->vm, from - 1) : NULL;

	if (to > MMAP_TOP || !mm_may_grow(m, (to - from) / PAGE_SIZE))
		return -ENOMEM;
	if (heap && (heap->flags & MM_HEAP) && heap->end == from)
		return vm_grow(heap, heap->start, to);
	return vm_map(&m->vm, &from, to - from, prot_flags(m, PROT_READ | PROT_WRITE),
		      MM_PRIVATE | MM_HEAP, NULL, 0);
}

int mm_set_brk(struct mm *m, uptr_t to)
{
	uptr_t old = PAGE_UP(m->brk), new = PAGE_UP(to);
	uint64_t limit = current ? current->process->rlim[RLIMIT_DATA].cur : RLIM64_INFINITY;
	int err = 0;

	if (to < m->brk_start || to >= TASK_SIZE - PAGE_SIZE || to - m->brk_start > limit)
		return -ENOMEM;
	if (new > old)
		err = grow_brk(m, old, new);
	else if (new < old)
		err = mm_unmap(m, new, old);
	if (!err)
		m->brk = to;
	return err;
}

int32_t sys_brk(const uint32_t a[6])
{
	mm_set_brk(current->mm, a[0]);
	return (int32_t)current->mm->brk;
}

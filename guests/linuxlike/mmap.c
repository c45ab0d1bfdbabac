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

	return limit == RLIM64_INFINITY || ((uint64_t)m->total_pages + pages) * PAGE_SIZE <= limit;
}

int mm_map_fixed(struct mm *m, uptr_t start, uptr_t end, uint32_t flags, struct file *f,
		 uint32_t pgoff)
{
	int err = vma_remove(m, start, end);

	if (err)
		return err;
	return vma_insert(m, start, end, flags, f, NULL, pgoff);
}

static bool range_ok(uptr_t start, uptr_t len)
{
	return !(start & PAGE_MASK) && len && len <= TASK_SIZE && start <= TASK_SIZE - len;
}

static uint32_t prot_flags(const struct mm *m, uint32_t prot)
{
	if ((prot & PROT_READ) && m->read_implies_exec)
		prot |= PROT_EXEC;
	return prot & VMA_PROT;
}

struct map_request {
	uptr_t addr, len;
	uint32_t prot, flags, pgoff;
	struct file *file;
};

/* What a file allows: *vf gets the vma's flags. */
static int check_file(const struct map_request *r, uint32_t *vf)
{
	if (!file_mappable(r->file))
		return -ENODEV;
	if (!file_readable(r->file))
		return -EACCES;
	if (!(*vf & VMA_SHARED))
		return 0;
	if ((r->prot & PROT_WRITE) && !file_writable(r->file))
		return -EACCES;
	if (!file_writable(r->file))
		*vf |= VMA_NOWRITE;
	return 0;
}

static int pick_address(struct mm *m, const struct map_request *r, uptr_t *at)
{
	if (r->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (!range_ok(r->addr, r->len) || r->addr < PAGE_SIZE)
			return r->addr & PAGE_MASK ? -EINVAL : -ENOMEM;
		if (r->flags & MAP_FIXED_NOREPLACE) {
			const struct vma *v = vma_find(m, r->addr);

			if (v && v->start < r->addr + r->len)
				return -EEXIST;
		}
		*at = r->addr;
		return 0;
	}
	*at = vma_gap(m, r->len, PAGE_UP(r->addr));
	return *at ? 0 : -ENOMEM;
}

static int32_t map_region(struct map_request *r)
{
	struct mm *m = current->mm;
	uint32_t vf = prot_flags(m, r->prot), type = r->flags & MAP_TYPE;
	struct shm *s = NULL;
	uptr_t at;
	int err;

	if (!r->len)
		return -EINVAL;
	r->len = PAGE_UP(r->len);
	if (!r->len || r->len > TASK_SIZE)
		return -ENOMEM;
	if (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type != MAP_PRIVATE)
		vf |= VMA_SHARED;
	if ((r->flags & MAP_GROWSDOWN) && !r->file)
		vf |= VMA_STACK;
	if (!mm_may_grow(m, r->len / PAGE_SIZE))
		return -ENOMEM;
	err = r->file ? check_file(r, &vf) : 0;
	if (!err)
		err = pick_address(m, r, &at);
	if (!err)
		err = vma_remove(m, at, at + r->len);
	if (err)
		return err;
	if ((vf & VMA_SHARED) && !r->file) {
		s = shm_new(r->len / PAGE_SIZE);
		if (!s)
			return -ENOMEM;
	}
	err = vma_insert(m, at, at + r->len, vf, r->file, s, s ? 0 : r->pgoff);
	if (s)
		shm_put(s);
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
	return vma_remove(current->mm, a[0], a[0] + PAGE_UP(a[1]));
}

static int protect_one(struct mm *m, struct vma *v, uint32_t prot)
{
	if ((prot & PROT_WRITE) && (v->flags & VMA_NOWRITE))
		return -EACCES;
	if (v->flags & ~prot & VMA_PROT)
		pte_take_rights(m, v->start, v->end,
				prot & PROT_READ && !(v->flags & ~prot & VMA_EXEC) ? PTE_W
										   : PTE_W | PTE_R);
	v->flags = (v->flags & ~VMA_PROT) | prot;
	return 0;
}

int32_t sys_mprotect(const uint32_t a[6])
{
	struct mm *m = current->mm;
	uptr_t start = a[0], end = start + PAGE_UP(a[1]);
	uint32_t prot = prot_flags(m, a[2]);
	struct vma *v;
	int err = 0;

	if ((start & PAGE_MASK) || (a[2] & ~(VMA_PROT | 8u | PROT_GROWSDOWN)))
		return -EINVAL;
	if (end == start)
		return 0;
	if (end < start || !vma_covered(m, start, end))
		return -ENOMEM;
	v = vma_at(m, start);
	if (vma_split(m, v, start) || !(v = vma_at(m, start)))
		return -ENOMEM;
	for (; !err && v && v->start < end; v = vma_next(m, v)) {
		if (v->end > end && vma_split(m, v, end))
			return -ENOMEM;
		err = protect_one(m, v, prot);
	}
	vma_merge(m, start, end);
	return err;
}

static int grow_brk(struct mm *m, uptr_t from, uptr_t to)
{
	struct vma *next = vma_find(m, from), *heap = from ? vma_at(m, from - 1) : NULL;

	if (to > MMAP_TOP || (next && next->start < to) || !mm_may_grow(m, (to - from) / PAGE_SIZE))
		return -ENOMEM;
	if (heap && (heap->flags & VMA_HEAP) && heap->end == from) {
		heap->end = to;
		m->total_pages += (to - from) / PAGE_SIZE;
		return 0;
	}
	return vma_insert(m, from, to, prot_flags(m, PROT_READ | PROT_WRITE) | VMA_HEAP, NULL, NULL,
			  0);
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
		err = vma_remove(m, new, old);
	if (!err)
		m->brk = to;
	return err;
}

int32_t sys_brk(const uint32_t a[6])
{
	mm_set_brk(current->mm, a[0]);
	return (int32_t)current->mm->brk;
}

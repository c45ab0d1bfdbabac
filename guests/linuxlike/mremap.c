/* SPDX-License-Identifier: GPL-2.0-only */
/* mremap, and the calls that advise, ask or promise something of mapped memory. */
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"

struct remap {
	uptr_t old, old_len, new_len, to;
	uint32_t flags;
};

static int remap_check(const struct remap *r, struct vm_region **v)
{
	if ((r->flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) || (r->old & PAGE_MASK) || !r->new_len ||
	    r->new_len > TASK_SIZE)
		return -EINVAL;
	if ((r->flags & MREMAP_FIXED) &&
	    (!(r->flags & MREMAP_MAYMOVE) || (r->to & PAGE_MASK) ||
	     r->to > TASK_SIZE - r->new_len ||
	     (r->to < r->old + r->old_len && r->old < r->to + r->new_len)))
		return -EINVAL;
	*v = vm_find(&current->mm->vm, r->old);
	if (!*v || r->old_len > (*v)->end - r->old || !r->old_len)
		return -EFAULT;
	return 0;
}

static int32_t remap_move(const struct remap *r)
{
	struct mm *m = current->mm;
	bool fixed = r->flags & MREMAP_FIXED;
	uptr_t to = fixed ? r->to : mm_gap(m, r->new_len, 0);

	if (!(r->flags & MREMAP_MAYMOVE) || !to || !mm_may_grow(m, r->new_len / PAGE_SIZE) ||
	    (fixed && mm_unmap(m, to, to + r->new_len)))
		return -ENOMEM;
	return vm_move(&m->vm, r->old, r->old_len, to, r->new_len) ? -ENOMEM : (int32_t)to;
}

int32_t sys_mremap(const uint32_t a[6])
{
	struct remap r = { a[0], PAGE_UP(a[1]), PAGE_UP(a[2]), a[4], a[3] };
	struct mm *m = current->mm;
	uptr_t end = r.old + r.new_len;
	struct vm_region *v;
	int err = remap_check(&r, &v);

	if (err)
		return err;
	if (r.flags & MREMAP_FIXED)
		return remap_move(&r);
	if (r.new_len <= r.old_len) {
		if (r.new_len < r.old_len)
			err = mm_unmap(m, end, r.old + r.old_len);
		return err ? err : (int32_t)r.old;
	}
	if (r.old + r.old_len == v->end && r.old < MMAP_TOP && r.new_len <= MMAP_TOP - r.old &&
	    mm_may_grow(m, (r.new_len - r.old_len) / PAGE_SIZE) && !vm_grow(v, v->start, end))
		return (int32_t)r.old;
	return remap_move(&r);
}

int32_t sys_madvise(const uint32_t a[6])
{
	struct mm *m = current->mm;
	uptr_t start = a[0], end = start + PAGE_UP(a[1]);

	if ((start & PAGE_MASK) || end < start || end > TASK_SIZE)
		return -EINVAL;
	if (a[2] > 25 && a[2] != 100 && a[2] != 101)
		return -EINVAL;
	if (!vm_covered(&m->vm, start, end - start))
		return -ENOMEM;
	return a[2] == MADV_DONTNEED && start < end ? vm_forget(&m->vm, start, end - start) : 0;
}

/* Shared pages are the file's own: there is nothing to write back. */
int32_t sys_msync(const uint32_t a[6])
{
	uptr_t end = a[0] + PAGE_UP(a[1]);

	if ((a[0] & PAGE_MASK) || (a[2] & ~7u) || (a[2] & 5u) == 5u)
		return -EINVAL;
	return end < a[0] || !vm_covered(&current->mm->vm, a[0], end - a[0]) ? -ENOMEM : 0;
}

int32_t sys_mincore(const uint32_t a[6])
{
	uptr_t end = a[0] + PAGE_UP(a[1]), out = a[2];

	if (a[0] & PAGE_MASK)
		return -EINVAL;
	if (end < a[0] || !vm_covered(&current->mm->vm, a[0], end - a[0]))
		return -ENOMEM;
	for (uptr_t va = a[0]; va < end; va += PAGE_SIZE) {
		struct vm_page p;
		uint8_t in = !vm_page(&current->mm->vm, va, VM_PEEK, &p);

		if (copy_to_user(out++, &in, 1))
			return -EFAULT;
	}
	return 0;
}

/* Nothing is ever swapped out, so all memory is locked as it is. */
int32_t sys_mlock(const uint32_t a[6])
{
	uptr_t start = PAGE_DOWN(a[0]), end = PAGE_UP(a[0] + a[1]);

	return end < start || !vm_covered(&current->mm->vm, start, end - start) ? -ENOMEM : 0;
}

int32_t sys_mlockall(const uint32_t a[6]) { return a[0] && a[0] <= 7 ? 0 : -EINVAL; }

int32_t sys_munlockall(const uint32_t a[6])
{
	(void)a;
	return 0;
}

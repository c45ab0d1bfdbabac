/* SPDX-License-Identifier: GPL-2.0-only */
/* An mm's life, and what a page fault brings in. */
#include "mm.h"
#include "loop.h"
#include "lx_errno.h"
#include "signal.h"
#include "task_struct.h"
#include "vfs.h"

struct mm *mm_new(void)
{
	struct mm *m = kmalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->users = 1;
	vm_init(&m->vm, 0, PAGE_SIZE, TASK_SIZE);
	return m;
}

void mm_get(struct mm *m) { m->users++; }

void mm_put(struct mm *m)
{
	if (--m->users)
		return;
	hw_space_unload(m); /* first: nothing of it may be flushed page by page */
	vm_exit(&m->vm);
	if (m->exe)
		file_put(m->exe);
	kfree(m);
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
	if (vm_fork(&c->vm, &m->vm)) {
		mm_put(c);
		return NULL;
	}
	return c;
}

/* A stack grows to an address below it, within its limit, not onto its neighbour. */
static bool grow_stack(struct mm *m, uptr_t va)
{
	struct vm_region *r = vm_next(&m->vm, va), *below;
	uint64_t limit = current ? current->process->rlim[RLIMIT_STACK].cur : 8u << 20;
	uptr_t start = PAGE_DOWN(va);

	if (!r || r->start <= va || !(r->flags & MM_STACK) || r->end - start > limit ||
	    start < STACK_GUARD * PAGE_SIZE || !mm_may_grow(m, (r->start - start) / PAGE_SIZE))
		return false;
	below = vm_next(&m->vm, start - STACK_GUARD * PAGE_SIZE);
	return below == r && vm_grow(r, start, r->end) == 0;
}

int mm_page(struct mm *m, uptr_t va, uint32_t want, struct vm_page *p)
{
	int err = vm_access(&m->vm, va, want, p);

	if (err == -EFAULT && grow_stack(m, va))
		err = vm_access(&m->vm, va, want, p);
	if (!err && p->made && current) /* none while init's first program is read */
		current->usage.minflt++;
	return err;
}

/* No page for current's memory: as with Linux's killer, but always the one that asks. */
void fault_no_memory(void)
{
	if (!current->process->exiting)
		printk("linuxlike: out of memory: %s[%d] killed\n", current->comm, current->tid);
	process_kill(current->process, SIGKILL);
}

void fault_handle(void)
{
	struct task *t = current;
	struct vm_space *s = &t->mm->vm;
	int n = vm_fault(s, t->fault_addr, t->fault_want, t->item, FAULT_ITEMS);

	if (n == -EFAULT && grow_stack(t->mm, t->fault_addr))
		n = vm_fault(s, t->fault_addr, t->fault_want, t->item, FAULT_ITEMS);
	t->nr_items = n > 0 ? (uint32_t)n : 0;
	t->items_as_of = vm_revocations();
	t->usage.minflt += n > 0;
	if (n == -ENOMEM)
		fault_no_memory();
	else if (n == -EFAULT || n == -EACCES)
		signal_fault(SIGSEGV, n == -EFAULT ? SEGV_MAPERR : SEGV_ACCERR, t->fault_addr);
	else if (n < 0)
		signal_fault(SIGBUS, BUS_ADRERR, t->fault_addr);
}

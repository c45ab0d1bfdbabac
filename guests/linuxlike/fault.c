/* SPDX-License-Identifier: GPL-2.0-only */
/* The pager: what a page fault brings in. */
#include "lx_errno.h"
#include "mm.h"
#include "signal.h"
#include "task_struct.h"
#include "vfs.h"
#include <public/tagma.h>
#include <string.h>

struct want {
	uint32_t rights; /* in: of the access; out: what a mapping may carry */
	int sig, code;	 /* when there is no page */
	bool fresh;	 /* the caller maps it at once, over what the hypervisor had there */
};

static void count_fault(void)
{
	if (current) /* none while init's first program is read */
		current->usage.minflt++;
}

static void *zero_page; /* all that was read and never written */

static void *fail(struct want *w, int sig, int code)
{
	w->sig = sig;
	w->code = code;
	return NULL;
}

/* A stack grows to an address below it, within its limit, not onto its neighbour. */
static struct vma *grow_stack(struct mm *m, uptr_t va)
{
	struct vma *v = vma_find(m, va), *below = NULL;
	uint64_t limit = current ? current->process->rlim[RLIMIT_STACK].cur : 8u << 20;
	uptr_t start = PAGE_DOWN(va);

	if (!v || !(v->flags & VMA_STACK) || v->end - start > limit)
		return NULL;
	if (v->link.prev != &m->vmas)
		below = list_entry(v->link.prev, struct vma, link);
	if (below && start < below->end + STACK_GUARD * PAGE_SIZE)
		return NULL;
	if (!mm_may_grow(m, (v->start - start) / PAGE_SIZE))
		return NULL;
	m->total_pages += (v->start - start) / PAGE_SIZE;
	v->start = start;
	return v;
}

static bool allowed(const struct vma *v, uint32_t want)
{
	uint32_t prot = v->flags & VMA_PROT;

	if (want & TAGMA_W)
		return prot & PROT_WRITE;
	if (want & TAGMA_X)
		return prot & PROT_EXEC;
	return prot != 0;
}

static uint32_t vma_pte_flags(const struct vma *v) { return v->flags & VMA_PROT ? PTE_R : 0; }

static uint32_t rights_of(const struct vma *v, uint32_t pte)
{
	return TAGMA_R | (pte & PTE_W ? TAGMA_W : 0) | (v->flags & VMA_EXEC ? TAGMA_X : 0);
}

/* What the mapping says the page's first contents are, with a reference. */
static void *first_page(const struct vma *v, uptr_t va, uint32_t rights, struct want *w)
{
	uint32_t pgoff = v->pgoff + (va - v->start) / PAGE_SIZE;
	int err = 0;
	void *p;

	if (v->shm) {
		p = shm_page(v->shm, pgoff);
		return p ? p : fail(w, SIGKILL, 0);
	}
	if (v->file) {
		p = file_page(v->file, pgoff, &err);
		if (!p)
			return err == -ENOMEM ? fail(w, SIGKILL, 0) : fail(w, SIGBUS, BUS_ADRERR);
		return p;
	}
	if (rights & TAGMA_W) {
		p = page_alloc();
		return p ? p : fail(w, SIGKILL, 0);
	}
	if (!zero_page)
		zero_page = page_alloc();
	if (!zero_page)
		return fail(w, SIGKILL, 0);
	page_get(zero_page);
	return zero_page;
}

/* A page of ours alone with the contents of `page`, whose reference is dropped. */
static void *copy_page(void *page, struct want *w)
{
	void *p = page_alloc_raw();

	if (p)
		memcpy(p, page, PAGE_SIZE);
	page_free(page);
	return p ? p : fail(w, SIGKILL, 0);
}

static void *page_new(struct mm *m, const struct vma *v, uptr_t va, struct want *w)
{
	bool shared = v->flags & VMA_SHARED, write = w->rights & TAGMA_W;
	uint32_t flags = vma_pte_flags(v);
	void *p = first_page(v, va, w->rights, w);

	if (p && v->file && !shared && write)
		p = copy_page(p, w);
	if (!p)
		return NULL;
	if ((v->flags & VMA_WRITE) && (shared || write))
		flags |= PTE_W;
	if (pte_set(m, va, p, flags))
		return fail(w, SIGKILL, 0);
	count_fault();
	w->rights = rights_of(v, flags);
	return p;
}

/* The first write to a page that is here: shared ones were merely not writable before;
 * a private one with no other user is ours already. */
static void *page_write(struct mm *m, const struct vma *v, uptr_t va, uint32_t pte, struct want *w)
{
	uint32_t flags = vma_pte_flags(v) | PTE_W;
	void *p = pte_page(pte);

	if (!(v->flags & VMA_SHARED) && (page_refs(p) > 1)) {
		page_get(p);
		p = copy_page(p, w);
		if (!p)
			return NULL;
		if ((pte & PTE_HW) && !w->fresh) {
			hw_flush(m, va, va + PAGE_SIZE, TAGMA_RWX);
			hw_sync();
		}
		if (pte_set(m, va, p, flags))
			return fail(w, SIGKILL, 0);
		count_fault();
	} else {
		pte_flag(m, va, flags);
	}
	w->rights = rights_of(v, flags);
	return p;
}

static void *page_in(struct mm *m, uptr_t va, struct want *w)
{
	struct vma *v;
	uint32_t pte;

	va = PAGE_DOWN(va);
	if (va >= TASK_SIZE)
		return fail(w, SIGSEGV, SEGV_MAPERR);
	v = vma_at(m, va);
	if (!v)
		v = grow_stack(m, va);
	if (!v)
		return fail(w, SIGSEGV, SEGV_MAPERR);
	if (!allowed(v, w->rights))
		return fail(w, SIGSEGV, SEGV_ACCERR);
	pte = pte_get(m, va);
	if (!pte)
		return page_new(m, v, va, w);
	pte_flag(m, va, vma_pte_flags(v));
	if ((w->rights & TAGMA_W) && !(pte & PTE_W))
		return page_write(m, v, va, pte, w);
	w->rights = rights_of(v, pte);
	return pte_page(pte);
}

void *mm_page(struct mm *m, uptr_t va, uint32_t want, uint32_t *rights, int *sig, int *code)
{
	struct want w = { .rights = want };
	void *p = page_in(m, va, &w);

	*rights = w.rights;
	*sig = w.sig;
	*code = w.code;
	return p;
}

static void add_item(struct task *t, uptr_t va, void *page, uint32_t rights)
{
	t->item[t->nr_items].va = va;
	t->item[t->nr_items].page = page;
	t->item[t->nr_items++].rights = rights;
	pte_flag(t->mm, va, PTE_HW);
}

/* The pages that follow, if they are at hand and the hypervisor does not know them: text
 * is read on, and a fork's child wants what its parent had. */
static void fault_around(struct task *t, const struct vma *v, uptr_t va)
{
	for (va += PAGE_SIZE; va < v->end && t->nr_items < FAULT_ITEMS; va += PAGE_SIZE) {
		uint32_t pte = pte_get(t->mm, va);
		struct want w = { .rights = TAGMA_R, .fresh = true };
		void *p;

		if (pte & PTE_HW)
			continue;
		if (!pte && (!v->file || (v->flags & VMA_SHARED)))
			return;
		p = page_in(t->mm, va, &w);
		if (!p)
			return;
		add_item(t, va, p, w.rights);
	}
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
	struct want w = { .rights = t->fault_want & TAGMA_RWX, .fresh = true };
	uptr_t va = PAGE_DOWN(t->fault_addr);
	void *p = page_in(t->mm, t->fault_addr, &w);

	if (p) {
		add_item(t, va, p, w.rights);
		fault_around(t, vma_at(t->mm, va), va);
	} else if (w.sig == SIGKILL) {
		fault_no_memory();
	} else {
		signal_fault(w.sig, w.code, t->fault_addr);
	}
}

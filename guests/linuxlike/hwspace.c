/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's spaces and threads behind our mms and tasks. Its pools are caches:
 * whatever stands here can be made again from the software page table and t->regs,
 * so that unloading is always allowed and loading may be put off to the last
 * moment (hw_resume).
 */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "task_struct.h"
#include <string.h>
#include <tagma/map.h>
#include <tagma/thread.h>

#define NR_SLOTS 4096u

static struct task *owner[NR_SLOTS]; /* by slot of the thread's id */
static struct tagma_map flush[32];   /* to be done in one call */
static uint32_t nr_flushes;
static uint32_t server; /* our own thread: pager and handler of all */
static uint32_t user_prio;

void hw_init(void)
{
	struct tagma_thread me;

	server = thread_self();
	/* Processes run below the server, so none runs while it works. */
	user_prio = thread_info(server, &me) == 0 && me.prio > 22 ? me.prio - 21 : 1;
}

struct task *hw_task(uint32_t id)
{
	struct task *t = owner[TAGMA_ID_SLOT(id)];

	return t && t->hw == id ? t : NULL;
}

/* nice 19 .. -20 as priorities just under the server's. */
static uint32_t task_prio(const struct task *t)
{
	int p = (int)user_prio - t->process->nice;

	return p < 1 ? 1 : (uint32_t)p;
}

int hw_thread_load(struct task *t)
{
	struct tagma_thread h = { .flags = TAGMA_THREAD_F_STOPPED };

	if (t->hw)
		return 0;
	if (!t->mm->hw && space_load(&t->mm->hw, (uint32_t)t->tid)) {
		t->mm->hw = 0;
		return -EAGAIN;
	}
	h.space = t->mm->hw;
	h.prio = task_prio(t);
	h.pager = h.handler = server;
	h.cookie = (uint32_t)t->tid;
	h.regs = t->regs;
	h.regs.tls = 0; /* its descriptors are not there yet */
	if (thread_load(&h))
		return -EAGAIN;
	t->hw = h.id;
	owner[TAGMA_ID_SLOT(h.id)] = t;
	return 0;
}

void hw_thread_unload(struct task *t)
{
	struct tagma_thread last;

	if (!t->hw)
		return;
	if (owner[TAGMA_ID_SLOT(t->hw)] == t)
		owner[TAGMA_ID_SLOT(t->hw)] = NULL;
	if (thread_unload(t->hw, &last) == 0)
		t->hw_run_ns += last.run_ns;
	t->hw = 0;
}

void hw_space_unload(struct mm *m)
{
	if (m->hw)
		space_unload(m->hw);
	m->hw = 0;
}

void hw_sync(void)
{
	if (nr_flushes)
		map_ops(TAGMA_MAP_flush, flush, nr_flushes, NULL);
	nr_flushes = 0;
}

/* The largest flexpage that starts at va and does not reach beyond end. */
static uint32_t flexpage_log2(uptr_t va, uptr_t end)
{
	uint32_t log2 = 12;

	while (log2 < 31 && !(va & ((1u << (log2 + 1)) - 1)) && end - va >= 1u << (log2 + 1))
		log2++;
	return log2;
}

/* The server does not switch coroutines between this and hw_sync(). */
void hw_flush(struct mm *m, uptr_t start, uptr_t end, uint32_t rights)
{
	while (m->hw && start < end) {
		uint32_t log2 = flexpage_log2(start, end);

		if (nr_flushes == ARRAY_SIZE(flush))
			hw_sync();
		flush[nr_flushes++] = (struct tagma_map){
			.src_space = m->hw,
			.src = TAGMA_FPAGE(start, log2, rights),
			.flags = TAGMA_MAP_F_SELF,
		};
		start += 1u << log2;
	}
}

void hw_reclaim(const struct mm *keep)
{
	for (struct process *p = NULL; (p = process_next(p));) {
		struct mm *m = p->leader->mm;

		if (m && m != keep)
			pte_forget(m);
	}
}

/* A process may wait in an IPC of its own making, and forever: that is aborted. */
static bool stop_in_user(uint32_t id, struct tagma_thread *h)
{
	if (thread_info(id, h) || h->state == TAGMA_TS_HANDLED)
		return false;
	if (h->state != TAGMA_TS_READY && (thread_cancel(id) || thread_info(id, h)))
		return false;
	return h->state == TAGMA_TS_READY && thread_stop(id) == 0;
}

bool hw_interrupt(struct task *t)
{
	struct tagma_thread h = { 0 };

	if (!stop_in_user(t->hw, &h))
		return false;
	t->regs = h.regs;
	t->regs_valid = true;
	t->regs_dirty = false;
	return true;
}

/* ENTRY_NEW: an exec or clone; the loading may fail now, when nobody is there to be told. */
static bool start_new(struct task *t)
{
	if (hw_thread_load(t)) {
		printk("linuxlike: no space or thread for %d (%s)\n", t->tid, t->comm);
		return false;
	}
	arch_tls_load(t);
	return true;
}

void hw_resume(struct task *t)
{
	struct tagma_thread h = { .id = t->hw };
	uint32_t set = TAGMA_SET_STOPPED;

	if (t->entry == ENTRY_NEW) {
		if (!start_new(t)) {
			t->in_user = false;
			process_kill(t->process, SIGKILL);
			loop_ready(t);
			return;
		}
		h.id = t->hw;
		t->regs_dirty = true;
	}
	if (t->regs_dirty) {
		h.regs = t->regs;
		set |= TAGMA_SET_REGS;
	}
	thread_modify(&h, set);
}

void hw_copy_fpu(const struct task *from, const struct task *to)
{
	thread_copy_fpu(from->hw, to->hw);
}

void hw_fetch_regs(struct task *t)
{
	struct tagma_thread h;

	if (t->regs_valid)
		return;
	if (thread_info(t->hw, &h) == 0)
		t->regs = h.regs;
	t->regs_valid = true;
}

void hw_store_regs(struct task *t) { thread_set_regs(t->hw, &t->regs); }
void hw_stop(const struct task *t) { thread_stop(t->hw); }
void hw_start(const struct task *t) { thread_resume(t->hw); }
void hw_prio(struct task *t)
{
	if (t->hw)
		thread_set_prio(t->hw, task_prio(t));
}

uint64_t hw_run_ns(const struct task *t)
{
	struct tagma_thread h;

	if (t->hw && thread_info(t->hw, &h) == 0)
		return t->hw_run_ns + h.run_ns;
	return t->hw_run_ns;
}

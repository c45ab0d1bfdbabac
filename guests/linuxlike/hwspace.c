/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's spaces and threads behind our mms and tasks. Its pools are caches:
 * whatever stands here can be made again from the mm's regions and pages and t->regs,
 * so that unloading is always allowed and loading may be put off to the last
 * moment (hw_resume).
 */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "task_struct.h"
#include <string.h>
#include <tagma/cache.h>

#define NR_SLOTS 4096u
#define RELOAD_NS 10000000ull /* a thread in line waits no longer for its turn */
#define TRIES 16	      /* of loading, while others' loads take away what ours needs */

static struct task *owner[NR_SLOTS];	   /* by slot of the thread's id */
static struct mm *space_owner[NR_SLOTS];   /* by slot of the space's id */
static struct list line = LIST_INIT(line); /* could run, and have no thread */
static uint32_t places;			   /* threads that sleep since */
static struct timer line_timer;
static uint32_t user_prio;

/* --- written back */

static void space_lost(struct mm *m)
{
	if (space_owner[TAGMA_ID_SLOT(m->vm.id)] == m)
		space_owner[TAGMA_ID_SLOT(m->vm.id)] = NULL;
	m->vm.id = 0;
}

static void line_up(struct task *t)
{
	if (list_empty(&line))
		timer_add(&line_timer, time_ns() + RELOAD_NS);
	if (list_empty(&t->reload_link))
		list_add_tail(&line, &t->reload_link);
}

/* Its trap or fault never reached us: the record is the message. */
static void pending_message(struct task *t, const struct tagma_record *r)
{
	t->in_user = t->kicked = false;
	if (r->pending & TAGMA_PENDING_TRAP) {
		t->entry = ENTRY_TRAP;
		t->regs.trap = r->w[0];
		t->regs.code = r->w[1];
	} else {
		t->entry = ENTRY_FAULT;
		t->fault_addr = r->w[0];
		t->fault_ip = t->regs.ip;
		t->fault_want = r->w[1];
	}
	loop_ready(t);
}

/* In user code its registers are the record's. While it waits for our answer they are ours,
 * but for a fault's, which leaves them alone; the answer will find no thread and load it. */
static void thread_lost(struct task *t, const struct tagma_record *r)
{
	bool waits = r->pending & TAGMA_PENDING_SENT;

	owner[TAGMA_ID_SLOT(t->hw)] = NULL;
	t->hw = 0;
	t->hw_run_ns += r->thread.t.run_ns;
	t->ext = r->thread.ext;
	t->ext_saved = true;
	if ((t->in_user && !waits) || !t->regs_valid) {
		t->regs = r->thread.t.regs;
		t->regs_valid = true;
		t->regs_dirty = false;
	}
	if (!t->in_user || waits)
		return;
	if (r->pending)
		pending_message(t, r);
	else
		line_up(t);
}

static void written_back(const struct tagma_record *r)
{
	uint32_t slot = TAGMA_ID_SLOT(r->id);

	if (r->type == TAGMA_TYPE_THREAD) {
		if (owner[slot] && owner[slot]->hw == r->id)
			thread_lost(owner[slot], r);
	} else if (space_owner[slot] && space_owner[slot]->vm.id == r->id) {
		space_lost(space_owner[slot]);
	}
}

static void line_timeout(struct timer *timer)
{
	(void)timer;
	places++;
	if (!list_empty(&line))
		timer_add(&line_timer, time_ns() + RELOAD_NS);
}

void hw_place(void) { places++; }

bool hw_line_moves(void)
{
	if (list_empty(&line)) {
		timer_del(&line_timer);
		places = 0;
	}
	return places;
}

/* One for each that sleeps now, and one every RELOAD_NS: to load all at once would
 * take from those that have not run yet. */
void hw_run_line(void)
{
	for (; places && !list_empty(&line); places--) {
		struct task *t = list_first(&line, struct task, reload_link);

		list_del(&t->reload_link);
		hw_start_saved(t);
	}
}

void hw_init(void)
{
	struct tagma_thread me;

	int err = cache_init(written_back);

	if (err)
		printk("linuxlike: no writeback channel: error %d\n", err);
	timer_init(&line_timer, line_timeout);
	/* Processes run below the server, so none runs while it works. */
	user_prio = thread_info(TAGMA_SELF, &me) == 0 && me.prio > 22 ? me.prio - 21 : 1;
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

static int mm_load(struct mm *m, uint32_t cookie)
{
	uint32_t id;
	int err;

	if (m->vm.id)
		return 0;
	err = cache_space_load(&id, cookie, 0);
	if (err)
		return err;
	m->vm.id = id;
	space_owner[TAGMA_ID_SLOT(id)] = m;
	return 0;
}

/* The new owner of a slot is known after its old one's record has been seen (cache.h). */
static int thread_load_once(struct task *t)
{
	struct tagma_saved_thread h = { .t = { .flags = TAGMA_THREAD_F_STOPPED } };
	int err = mm_load(t->mm, (uint32_t)t->tid);

	if (err)
		return err;
	h.t.space = t->mm->vm.id;
	h.t.prio = task_prio(t);
	h.t.pager = h.t.handler = TAGMA_SELF; /* our own thread */
	h.t.cookie = (uint32_t)t->tid;
	h.t.regs = t->regs;
	h.ext = t->ext;
	err = cache_thread_load(&h, t->ext_saved);
	if (err == -ESRCH && t->mm->vm.id == h.t.space)
		space_lost(t->mm); /* its record is on the way */
	if (err)
		return err;
	t->hw = h.t.id;
	t->ext_saved = false;
	owner[TAGMA_ID_SLOT(t->hw)] = t;
	arch_tls_load(t);
	return 0;
}

int hw_thread_load(struct task *t)
{
	int err = 0;

	for (int i = 0; i < TRIES && !t->hw; i++) {
		err = thread_load_once(t);
		if (err && err != -ESRCH)
			break;
	}
	return t->hw ? 0 : -EAGAIN;
}

void hw_thread_unload(struct task *t)
{
	struct tagma_thread last;

	if (t->hw && thread_unload(t->hw, &last)) {
		cache_drain();
	} else if (t->hw) {
		t->hw_run_ns += last.run_ns;
		owner[TAGMA_ID_SLOT(t->hw)] = NULL;
	}
	list_del(&t->reload_link);
	t->hw = 0;
	t->ext_saved = false;
	hw_place();
}

void hw_space_unload(struct mm *m)
{
	if (!m->vm.id)
		return;
	if (space_owner[TAGMA_ID_SLOT(m->vm.id)] == m)
		space_owner[TAGMA_ID_SLOT(m->vm.id)] = NULL;
	space_unload(m->vm.id);
	m->vm.id = 0;
}

void hw_reclaim(const struct mm *keep)
{
	for (struct process *p = NULL; (p = process_next(p));) {
		struct mm *m = p->leader->mm;

		if (m && m != keep)
			vm_flush(&m->vm, 0, TASK_SIZE, TAGMA_RWX);
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

	if (t->hw && thread_info(t->hw, &h)) {
		cache_drain();
		if (t->hw)
			return false;
	}
	if (!t->hw && t->in_user) { /* it stood in line, with its registers saved */
		list_del(&t->reload_link);
		return true;
	}
	if (!t->hw || !stop_in_user(t->hw, &h))
		return false;
	t->regs = h.regs;
	t->regs_valid = true;
	t->regs_dirty = false;
	return true;
}

/* Started with the registers that we have for it, if those that it has are older. */
static int start_once(struct task *t)
{
	struct tagma_thread h = { 0 };
	uint32_t set = TAGMA_SET_STOPPED;
	bool fresh = !t->hw;
	int err = hw_thread_load(t);

	if (err)
		return err;
	h.id = t->hw;
	if (t->regs_dirty || (t->entry == ENTRY_NEW && !fresh)) {
		h.regs = t->regs;
		set |= TAGMA_SET_REGS;
	}
	return thread_modify(&h, set);
}

/* An exec or clone; or the thread has been written back, so that there is none to reply to.
 * When there is none to be had any more, nobody is there to be told. */
void hw_start_saved(struct task *t)
{
	int err = -ESRCH;

	for (int i = 0; i < TRIES && err == -ESRCH; i++) {
		err = start_once(t);
		cache_drain();
	}
	if (!err || !t->in_user)
		return;
	printk("linuxlike: no space or thread for %d (%s): %d\n", t->tid, t->comm, err);
	list_del(&t->reload_link);
	t->in_user = false;
	process_kill(t->process, SIGKILL);
	loop_ready(t);
}

void hw_resume(struct task *t)
{
	if (!t->hw && !list_empty(&line))
		line_up(t); /* not past those that wait longer */
	else
		hw_start_saved(t);
}

/* `to` is new. When `from` has been written back, the copy is made of what was saved. */
void hw_copy_fpu(const struct task *from, struct task *to)
{
	for (int i = 0; i < TRIES && from->hw; i++) {
		if (hw_thread_load(to) == 0 && from->hw && thread_copy_fpu(from->hw, to->hw) == 0)
			return;
		cache_drain();
	}
	hw_thread_unload(to);
	to->ext = from->ext;
	to->ext_saved = from->ext_saved;
}

void hw_fetch_regs(struct task *t)
{
	struct tagma_thread h;

	if (t->regs_valid)
		return;
	if (t->hw && thread_info(t->hw, &h) == 0)
		t->regs = h.regs;
	else
		cache_drain(); /* they come with the record */
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

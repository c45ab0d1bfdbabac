/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/forward.h>
#include <hv/ipc.h>
#include <hv/prio.h>
#include <hv/signal.h>
#include <hv/space.h>
#include <hv/thread.h>

struct pool thread_pool;

/* The pool knows of struct object only, which lies inside: its base is the first one. */
void thread_init_pool(uint32_t nr)
{
	uint32_t bytes = nr * (uint32_t)sizeof(struct thread);
	struct thread *t = frame_alloc_hv((bytes + PAGE_MASK) / PAGE_SIZE);

	pool_init(&thread_pool, TAGMA_TYPE_THREAD, &t->obj, sizeof(*t), nr);
}

bool thread_runnable(const struct thread *t)
{
	return t->state == THREAD_READY && !t->stopped && t->domain->pause_count == 0;
}

static void thread_link(struct thread *t, struct space *s)
{
	t->space = s;
	list_add_tail(&s->threads, &t->space_link);
	s->nr_threads++;
}

static void thread_unlink(struct thread *t)
{
	list_del(&t->space_link);
	t->space->nr_threads--;
}

struct thread *thread_load(struct domain *d, struct space *s)
{
	struct thread *t = thread_of_object(pool_load(&thread_pool));
	struct object obj;

	if (t == NULL)
		return NULL;
	obj = t->obj; /* linked: what points to it must stay true */
	memset(t, 0, sizeof(*t));
	t->obj = obj;
	t->domain = d;
	t->cpu = this_cpu();
	t->state = THREAD_STOPPED;
	t->slice_us = SCHED_SLICE_US;
	list_init(&t->run_link);
	ipc_init(t);
	signal_init_thread(t);
	arch_thread_init(t);
	thread_link(t, s);
	d->nr_threads++;
	return t;
}

void thread_unload(struct thread *t)
{
	struct domain *d = t->domain;

	ipc_release(t);
	signal_release_thread(t);
	if (t->nr_irqs != 0)
		irq_release_thread(t);
	if (t->vcpu != NULL)
		vcpu_release(t->vcpu);
	sched_forget(t);
	forward_leave(t);
	arch_thread_exit(t);
	cache_unlock(d, &t->obj, LOCK_THREAD);
	thread_unlink(t);
	d->nr_threads--;
	d->run_ns += t->run_ns;
	pool_unload(&thread_pool, &t->obj);
}

struct thread *thread_lookup(uint32_t id)
{
	return thread_of_object(pool_lookup(&thread_pool, id));
}

struct thread *thread_get(struct domain *caller, uint32_t id, int *err)
{
	struct thread *t = id == TAGMA_SELF ? this_cpu()->current : thread_lookup(id);

	if (t == NULL) {
		*err = -XEN_ESRCH;
		return NULL;
	}
	if (t->domain != caller && !domain_controls(caller, t->domain)) {
		*err = -XEN_EPERM;
		return NULL;
	}
	return t;
}

void thread_set_state(struct thread *t, enum thread_state s)
{
	t->state = s;
	if (t->boosts != TAGMA_NIL)
		prio_unwait(t);
	if (s == THREAD_READY)
		sched_enqueue(t);
	else if (t != t->cpu->current) /* that one is in no queue */
		sched_dequeue(t);
	if (s == THREAD_SENDING || s == THREAD_RECEIVING)
		prio_wait(t);
}

void thread_set_stopped(struct thread *t, bool stopped)
{
	t->stopped = stopped;
	if (!stopped && t->state == THREAD_STOPPED)
		t->state = THREAD_READY;
	if (thread_runnable(t))
		sched_enqueue(t);
	else
		sched_dequeue(t);
}

void thread_set_prio(struct thread *t, uint8_t prio) { prio_set_base(t, prio); }

void thread_move(struct thread *t, struct space *s)
{
	if (t->space == s)
		return;
	thread_unlink(t);
	thread_link(t, s);
	arch_thread_moved(t);
	forward_leave(t);
	t->ipc.epoch = 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* TAGMA_THREAD_*. */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/panic.h>
#include <hv/space.h>

#define SLICE_MIN_US 100u /* shorter ones would be a storm of timer interrupts */
#define SLICE_MAX_US 1000000u

static uint32_t thread_public_state(const struct thread *t)
{
	if (t->ipc.kind != IPC_USER)
		return TAGMA_TS_HANDLED;
	switch (t->state) {
	case THREAD_SENDING:
		return TAGMA_TS_SENDING;
	case THREAD_RECEIVING:
		return TAGMA_TS_RECEIVING;
	case THREAD_XFER:
		return t->ipc.outgoing ? TAGMA_TS_SENDING : TAGMA_TS_RECEIVING;
	case THREAD_BLOCKED:
		return TAGMA_TS_BLOCKED;
	case THREAD_STOPPED:
		return TAGMA_TS_STOPPED;
	default:
		return t->stopped ? TAGMA_TS_STOPPED : TAGMA_TS_READY;
	}
}

void thread_fill(const struct thread *t, struct tagma_thread *a)
{
	bool stopped = t->stopped || t->state == THREAD_STOPPED;

	a->id = t->obj.id;
	a->space = t->space->obj.id;
	a->set = 0;
	a->flags = (stopped ? TAGMA_THREAD_F_STOPPED : 0) |
		   (t->obj.flags & OBJ_LOCKED ? TAGMA_THREAD_F_LOCKED : 0);
	a->prio = t->base_prio;
	a->slice_us = t->slice_us;
	a->pager = t->pager;
	a->handler = t->handler;
	a->cookie = t->cookie;
	a->state = thread_public_state(t);
	a->run_ns = sched_run_ns(t);
	arch_thread_get_regs(t, &a->regs);
}

/* A server names itself to its threads; its id is another one after its domain's reload. */
static uint32_t portable_id(const struct domain *d, uint32_t id)
{
	const struct thread *v = d->vcpu[0].thread;

	return v && v->obj.id == id ? TAGMA_SELF : id;
}

void thread_record(const struct thread *t, struct tagma_saved_thread *s)
{
	thread_fill(t, &s->t);
	s->t.pager = portable_id(t->domain, t->pager);
	s->t.handler = portable_id(t->domain, t->handler);
	arch_thread_save(t, &s->ext);
}

int thread_check(uint32_t top_prio, const struct tagma_thread *a, uint32_t set)
{
	if (set & ~TAGMA_SET_ALL)
		return -XEN_EINVAL;
	if ((set & TAGMA_SET_PRIO) && a->prio > top_prio)
		return -XEN_EPERM;
	if ((set & TAGMA_SET_SLICE) && a->slice_us != 0 &&
	    (a->slice_us < SLICE_MIN_US || a->slice_us > SLICE_MAX_US))
		return -XEN_EINVAL;
	return 0;
}

void thread_apply(struct thread *t, const struct tagma_thread *a, uint32_t set)
{
	uint32_t self = this_cpu()->current->obj.id;

	if (set & TAGMA_SET_REGS)
		arch_thread_set_regs(t, &a->regs);
	if (set & TAGMA_SET_PRIO)
		thread_set_prio(t, (uint8_t)a->prio);
	if (set & TAGMA_SET_SLICE)
		t->slice_us = a->slice_us != 0 ? a->slice_us : SCHED_SLICE_US;
	if (set & TAGMA_SET_PAGER)
		t->pager = a->pager == TAGMA_SELF ? self : a->pager;
	if (set & TAGMA_SET_HANDLER)
		t->handler = a->handler == TAGMA_SELF ? self : a->handler;
	if (set & TAGMA_SET_COOKIE)
		t->cookie = a->cookie;
	if (set & TAGMA_SET_STOPPED)
		thread_set_stopped(t, a->flags & TAGMA_THREAD_F_STOPPED);
}

/* A thread that is locked locks its space. */
static bool thread_lock(struct thread *t, struct space *s)
{
	struct domain *d = s->domain;

	if (d->locked[LOCK_THREAD] >= d->lock_quota[LOCK_THREAD])
		return false;
	if (!(s->flags & SPACE_ROOT) && !cache_lock(d, &s->obj, LOCK_SPACE))
		return false;
	return cache_lock(d, &t->obj, LOCK_THREAD);
}

static long thread_hc_load(struct thread *caller, gva_t arg, struct tagma_thread *a,
			   const struct tagma_ext *ext)
{
	int err = 0;
	struct space *s = space_get(caller->domain, a->space, &err);
	bool stopped = a->flags & TAGMA_THREAD_F_STOPPED;
	uint32_t old = a->id;
	struct thread *t;

	if (s == NULL)
		return err;
	err = thread_check(s->domain->top_prio, a, TAGMA_SET_ALL);
	if (err == 0 && (a->flags & ~(TAGMA_THREAD_F_STOPPED | TAGMA_THREAD_F_LOCKED)))
		err = -XEN_EINVAL;
	if (err != 0)
		return err;
	err = cache_reserve_thread(s->domain);
	if (err != 0)
		return err;
	t = thread_load(s->domain, s);
	ASSERT(t);
	if ((a->flags & TAGMA_THREAD_F_LOCKED) && !thread_lock(t, s)) {
		thread_unload(t);
		return -XEN_ENOSPC;
	}
	thread_apply(t, a, TAGMA_SET_ALL & ~TAGMA_SET_STOPPED);
	if (ext != NULL)
		arch_thread_restore(t, ext);
	thread_fill(t, a);
	if (copy_to_guest(caller->space, arg, a, sizeof(*a), NULL) != 0) {
		thread_unload(t);
		return -XEN_EFAULT;
	}
	/* Last: it runs only when its loader has its id. */
	if (!stopped)
		thread_set_stopped(t, false);
	if (ext != NULL)
		signal_thread_back(t, old);
	return 0;
}

/* The state goes out first: when that fails, nothing has happened. */
static long thread_hc_unload(struct thread *caller, gva_t arg, struct thread *t,
			     struct tagma_thread *a)
{
	thread_fill(t, a);
	if (copy_to_guest(caller->space, arg, a, sizeof(*a), NULL) != 0)
		return -XEN_EFAULT;
	thread_unload(t);
	return t == caller ? HC_NORESULT : 0;
}

static long thread_hc_modify(struct thread *caller, struct thread *t, const struct tagma_thread *a)
{
	int err = thread_check(t->domain->top_prio, a, a->set);

	if (err != 0)
		return err;
	thread_apply(t, a, a->set);
	/* Its new registers must not be spoilt by a result. */
	return t == caller && (a->set & TAGMA_SET_REGS) ? HC_NORESULT : 0;
}

static long thread_hc_struct(struct thread *caller, uint32_t cmd, gva_t arg)
{
	struct tagma_thread a;
	struct thread *t;
	int err = 0;

	if (copy_from_guest(caller->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	if (cmd == TAGMA_THREAD_load)
		return thread_hc_load(caller, arg, &a, NULL);
	t = thread_get(caller->domain, a.id, &err);
	if (t == NULL)
		return err;
	if (cmd == TAGMA_THREAD_unload)
		return thread_hc_unload(caller, arg, t, &a);
	if (cmd == TAGMA_THREAD_modify)
		return thread_hc_modify(caller, t, &a);
	thread_fill(t, &a);
	return copy_to_guest(caller->space, arg, &a, sizeof(a), NULL);
}

static long thread_hc_reload(struct thread *caller, gva_t arg)
{
	struct tagma_saved_thread s;

	if (copy_from_guest(caller->space, &s, arg, sizeof(s), NULL) != 0)
		return -XEN_EFAULT;
	return thread_hc_load(caller, arg, &s.t, &s.ext);
}

static long thread_hc_cancel(struct thread *caller, gva_t arg)
{
	struct thread *t;
	uint32_t id;
	int err = 0;

	if (copy_from_guest(caller->space, &id, arg, sizeof(id), NULL) != 0)
		return -XEN_EFAULT;
	t = thread_get(caller->domain, id, &err);
	if (t == NULL)
		return err;
	ipc_cancel(t, -XEN_EINTR);
	return 0;
}

static long thread_hc_copy_fpu(struct thread *caller, gva_t arg)
{
	struct thread *from, *to;
	uint32_t id[2];
	int err = 0;

	if (copy_from_guest(caller->space, id, arg, sizeof(id), NULL) != 0)
		return -XEN_EFAULT;
	from = thread_get(caller->domain, id[0], &err);
	if (from == NULL)
		return err;
	to = thread_get(caller->domain, id[1], &err);
	if (to == NULL)
		return err;
	if (from != to)
		arch_thread_copy_fpu(to, from);
	return 0;
}

static long thread_hc_set_tls(struct thread *caller, gva_t arg)
{
	struct tagma_tls tls;
	struct thread *t;
	int err = 0;

	if (copy_from_guest(caller->space, &tls, arg, sizeof(tls), NULL) != 0)
		return -XEN_EFAULT;
	t = thread_get(caller->domain, tls.id, &err);
	return t != NULL ? arch_thread_set_tls(t, &tls) : err;
}

long hc_thread(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case TAGMA_THREAD_load:
	case TAGMA_THREAD_unload:
	case TAGMA_THREAD_info:
	case TAGMA_THREAD_modify:
		return thread_hc_struct(t, cmd, arg);
	case TAGMA_THREAD_cancel:
		return thread_hc_cancel(t, arg);
	case TAGMA_THREAD_copy_fpu:
		return thread_hc_copy_fpu(t, arg);
	case TAGMA_THREAD_set_tls:
		return thread_hc_set_tls(t, arg);
	case TAGMA_THREAD_reload:
		return thread_hc_reload(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

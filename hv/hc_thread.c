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

void thread_record(struct thread *t, struct tagma_saved_thread *s)
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

static long load(struct thread *caller, struct tagma_thread *a, const struct tagma_ext *ext)
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
	if (err == 0)
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
	thread_fill(t, a);
	if (!stopped)
		thread_set_stopped(t, false);
	if (ext == NULL)
		return 0;
	arch_thread_restore(t, ext);
	signal_thread_back(t, old);
	return 0;
}

static long thread_hc_load(struct thread *t, void *arg) { return load(t, arg, NULL); }

static long thread_hc_reload(struct thread *caller, void *arg)
{
	gva_t at = *(const gva_t *)arg;
	struct tagma_saved_thread s;
	long r;

	/* Back as it came, as hc_op() does it: the answer, which is s.t, must be sure to arrive. */
	if (copy_from_guest(caller->space, &s, at, sizeof(s), NULL) != 0 ||
	    copy_to_guest(caller->space, at, &s.t, sizeof(s.t), NULL) != 0)
		return -XEN_EFAULT;
	r = load(caller, &s.t, &s.ext);
	return r != 0 ? r : copy_to_guest(caller->space, at, &s.t, sizeof(s.t), NULL);
}

static long thread_hc_unload(struct thread *caller, void *arg)
{
	struct tagma_thread *a = arg;
	int err;
	struct thread *t = thread_get(caller->domain, a->id, &err);

	if (t == NULL)
		return err;
	thread_fill(t, a);
	thread_unload(t);
	return t == caller ? HC_NORESULT : 0;
}

static long thread_hc_info(struct thread *caller, void *arg)
{
	struct tagma_thread *a = arg;
	int err;
	const struct thread *t = thread_get(caller->domain, a->id, &err);

	if (t == NULL)
		return err;
	thread_fill(t, a);
	return 0;
}

static long thread_hc_modify(struct thread *caller, void *arg)
{
	const struct tagma_thread *a = arg;
	int err;
	struct thread *t = thread_get(caller->domain, a->id, &err);

	if (t != NULL)
		err = thread_check(t->domain->top_prio, a, a->set);
	if (t == NULL || err != 0)
		return err;
	thread_apply(t, a, a->set);
	/* Its new registers must not be spoilt by a result. */
	return t == caller && (a->set & TAGMA_SET_REGS) ? HC_NORESULT : 0;
}

static long thread_hc_cancel(struct thread *caller, void *arg)
{
	int err;
	struct thread *t = thread_get(caller->domain, *(const uint32_t *)arg, &err);

	if (t == NULL)
		return err;
	ipc_cancel(t, -XEN_EINTR);
	return 0;
}

static long thread_hc_copy_fpu(struct thread *caller, void *arg)
{
	const uint32_t *id = arg;
	int err;
	struct thread *from = thread_get(caller->domain, id[0], &err);
	struct thread *to = from != NULL ? thread_get(caller->domain, id[1], &err) : NULL;

	if (to == NULL)
		return err;
	if (from != to)
		arch_thread_copy_fpu(to, from);
	return 0;
}

static long thread_hc_set_tls(struct thread *caller, void *arg)
{
	const struct tagma_tls *tls = arg;
	int err;
	struct thread *t = thread_get(caller->domain, tls->id, &err);

	return t != NULL ? arch_thread_set_tls(t, tls) : err;
}

long hc_thread(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[TAGMA_THREAD_load] = HC_INOUT(thread_hc_load, struct tagma_thread),
		[TAGMA_THREAD_unload] = HC_INOUT(thread_hc_unload, struct tagma_thread),
		[TAGMA_THREAD_info] = HC_INOUT(thread_hc_info, struct tagma_thread),
		[TAGMA_THREAD_modify] = HC_IN(thread_hc_modify, struct tagma_thread),
		[TAGMA_THREAD_cancel] = HC_IN(thread_hc_cancel, uint32_t),
		[TAGMA_THREAD_copy_fpu] = HC_IN(thread_hc_copy_fpu, uint32_t[2]),
		[TAGMA_THREAD_set_tls] = HC_IN(thread_hc_set_tls, struct tagma_tls),
		[TAGMA_THREAD_reload] = HC_ADDR(thread_hc_reload),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The space hypercall: load, unload, info. */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/thread.h>

static long load(struct thread *t, void *arg)
{
	struct tagma_space *a = arg;
	struct domain *d = t->domain;
	struct space *s;
	int err;

	if (a->flags & ~(TAGMA_SPACE_F_LOCKED | TAGMA_SPACE_F_SMALL))
		return -XEN_EINVAL;
	if (d->dying)
		return -XEN_ESRCH;
	err = cache_reserve_space(d);
	if (err)
		return err;
	s = space_load(d, 0, a->cookie);
	if (!s)
		return -XEN_ENOMEM;
	if ((a->flags & TAGMA_SPACE_F_LOCKED) && !cache_lock(d, &s->obj, LOCK_SPACE)) {
		ASSERT(space_unload(s)); /* it is empty: one step */
		return -XEN_ENOSPC;
	}
	if (a->flags & TAGMA_SPACE_F_SMALL)
		arch_space_small(s, a->size);
	a->id = s->obj.id;
	a->nr_mappings = a->nr_threads = 0;
	return 0;
}

/* An unload that was stopped goes on with a space that lookups no longer find. */
static struct space *unloading(const struct domain *caller, uint32_t id)
{
	struct space *s;

	if (TAGMA_ID_SLOT(id) >= space_pool.nr || TAGMA_ID_VERSION(id) == 0)
		return NULL;
	s = space_at(TAGMA_ID_SLOT(id));
	if (s->obj.id != id || !(s->obj.flags & OBJ_DYING))
		return NULL;
	return s->domain == caller || domain_controls(caller, s->domain) ? s : NULL;
}

static long unload(struct thread *t, void *arg)
{
	uint32_t id = *(const uint32_t *)arg;
	struct space *s = unloading(t->domain, id);
	int err;

	if (!s)
		s = space_get(t->domain, id, &err);
	if (!s)
		return err;
	if (s->flags & SPACE_ROOT) /* goes with its domain */
		return -XEN_EINVAL;
	if (s == t->space) /* nobody would be left to go on with it */
		return -XEN_EBUSY;
	while (!space_unload(s))
		if (preempt_point())
			return HC_RESTART;
	return 0;
}

static long info(struct thread *t, void *arg)
{
	struct tagma_space *a = arg;
	int err;
	struct space *s = space_get(t->domain, a->id, &err);
	uint32_t small;

	if (!s)
		return err;
	small = arch_space_small_size(s);
	*a = (struct tagma_space){
		.id = s->obj.id,
		.flags = (s->obj.flags & OBJ_LOCKED ? TAGMA_SPACE_F_LOCKED : 0) |
			 (small ? TAGMA_SPACE_F_SMALL : 0),
		.cookie = s->cookie,
		.size = small,
		.nr_mappings = s->nr_nodes,
		.nr_threads = s->nr_threads,
	};
	return 0;
}

long hc_space(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[TAGMA_SPACE_load] = HC_INOUT(load, struct tagma_space),
		[TAGMA_SPACE_unload] = HC_IN(unload, uint32_t),
		[TAGMA_SPACE_info] = HC_INOUT(info, struct tagma_space),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The space hypercall: load, unload, info. */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/thread.h>

static long load(struct thread *t, gva_t arg)
{
	struct tagma_space a;
	struct space *s;
	int err;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL))
		return -XEN_EFAULT;
	if (a.flags & ~(TAGMA_SPACE_F_LOCKED | TAGMA_SPACE_F_SMALL))
		return -XEN_EINVAL;
	if (t->domain->dying)
		return -XEN_ESRCH;
	err = cache_reserve_space(t->domain);
	if (err)
		return err;
	s = space_load(t->domain, 0, a.cookie);
	if (!s)
		return -XEN_ENOMEM;
	if ((a.flags & TAGMA_SPACE_F_LOCKED) && !cache_lock(t->domain, &s->obj, LOCK_SPACE)) {
		ASSERT(space_unload(s));
		return -XEN_ENOSPC;
	}
	if (a.flags & TAGMA_SPACE_F_SMALL)
		arch_space_small(s, a.size);
	a.id = s->obj.id;
	a.nr_mappings = a.nr_threads = 0;
	if (!copy_to_guest(t->space, arg, &a, sizeof(a), NULL))
		return 0;
	ASSERT(space_unload(s)); /* it is empty: one step */
	return -XEN_EFAULT;
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

static long unload(struct thread *t, gva_t arg)
{
	struct space *s;
	uint32_t id;
	int err;

	if (copy_from_guest(t->space, &id, arg, sizeof(id), NULL))
		return -XEN_EFAULT;
	s = unloading(t->domain, id);
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

static long info(struct thread *t, gva_t arg)
{
	struct tagma_space a;
	struct space *s;
	uint32_t small;
	int err;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL))
		return -XEN_EFAULT;
	s = space_get(t->domain, a.id, &err);
	if (!s)
		return err;
	small = arch_space_small_size(s);
	a = (struct tagma_space){
		.id = s->obj.id,
		.flags = (s->obj.flags & OBJ_LOCKED ? TAGMA_SPACE_F_LOCKED : 0) |
			 (small ? TAGMA_SPACE_F_SMALL : 0),
		.cookie = s->cookie,
		.size = small,
		.nr_mappings = s->nr_nodes,
		.nr_threads = s->nr_threads,
	};
	return copy_to_guest(t->space, arg, &a, sizeof(a), NULL);
}

long hc_space(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case TAGMA_SPACE_load:
		return load(t, arg);
	case TAGMA_SPACE_unload:
		return unload(t, arg);
	case TAGMA_SPACE_info:
		return info(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

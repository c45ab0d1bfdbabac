/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replacement of spaces and threads. The list of a pool's live objects is the clock: the
 * hand is its head, and what it has passed goes to the tail.
 */
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/forward.h>
#include <hv/hypercall.h>
#include <hv/mapdb.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/thread.h>

/* Descriptors that no quota may lock: those of every domain's own, and room to replace. */
#define SPARE 2u

struct kind {
	struct pool *pool;
	struct domain *(*owner)(const struct object *o);
	uint32_t (*count)(const struct domain *d);
	bool (*held)(const struct object *o); /* never replaced */
	bool (*idle)(const struct object *o); /* nothing of it would run now */
	bool (*used)(struct object *o);	      /* since the hand passed; forgets it */
};

static struct space *to_space(const struct object *o)
{
	return container_of((struct object *)(uintptr_t)o, struct space, obj);
}

static struct thread *to_thread(const struct object *o)
{
	return container_of((struct object *)(uintptr_t)o, struct thread, obj);
}

/* --- threads */

static struct domain *thread_owner(const struct object *o) { return to_thread(o)->domain; }
static uint32_t thread_count(const struct domain *d) { return d->nr_threads; }

/* A vCPU is part of its domain. What runs on an entry stack needs it as it is. A lock counts while
 * the space is locked (CK-3). */
static bool thread_held(const struct object *o)
{
	const struct thread *t = to_thread(o);
	bool locked = (t->space->flags & SPACE_ROOT) || (t->space->obj.flags & OBJ_LOCKED);

	return t == this_cpu()->current || t->vcpu || forward_holds(t) ||
	       (locked && (o->flags & OBJ_LOCKED));
}

static bool thread_idle(const struct object *o) { return !thread_runnable(to_thread(o)); }

static bool object_used(struct object *o)
{
	bool used = o->flags & OBJ_REF;

	o->flags &= ~OBJ_REF;
	return used;
}

/* --- spaces */

static struct domain *space_owner(const struct object *o) { return to_space(o)->domain; }
static uint32_t space_count(const struct domain *d) { return d->nr_spaces; }

static bool space_any(const struct space *s, bool (*is)(const struct object *))
{
	list_for_each (l, &s->threads)
		if (is(&list_entry(l, struct thread, space_link)->obj))
			return true;
	return false;
}

/* Neither vCPUs nor the running thread lose the space they are in. */
static bool thread_stays(const struct object *o)
{
	return to_thread(o)->vcpu || to_thread(o) == this_cpu()->current;
}

static bool space_held(const struct object *o)
{
	const struct space *s = to_space(o);

	return (s->flags & SPACE_ROOT) || (o->flags & OBJ_LOCKED) || space_any(s, thread_stays);
}

static bool thread_busy(const struct object *o) { return !thread_idle(o); }
static bool space_idle(const struct object *o) { return !space_any(to_space(o), thread_busy); }

/* IPC looks threads up, not their space: what they did counts for it. */
static bool space_used(struct object *o)
{
	bool used = object_used(o);

	list_for_each (l, &to_space(o)->threads)
		used |= object_used(&list_entry(l, struct thread, space_link)->obj);
	return used;
}

static const struct kind threads = { &thread_pool, thread_owner, thread_count,
				     thread_held,  thread_idle,	 object_used };
static const struct kind spaces = { &space_pool, space_owner, space_count,
				    space_held,	 space_idle,  space_used };

/* --- the clock */

static bool candidate(const struct kind *k, const struct object *o, const struct domain *d,
		      uint32_t class)
{
	const struct domain *owner = k->owner(o);
	uint32_t share = cache_share(k->pool->nr);

	if (k->held(o) || (owner == d && !d->channel.nr))
		return false;
	return cache_pays(owner == d, k->count(owner), d ? k->count(d) : 0, share, class);
}

/* Round 0 wants what is idle and was not used, round 1 what is idle, round 2 takes any. */
static struct object *scan(const struct kind *k, const struct domain *d, uint32_t class,
			   unsigned round)
{
	for (uint32_t n = k->pool->nr - k->pool->nr_free; n; n--) {
		struct object *o = list_first(&k->pool->live, struct object, link);

		list_del(&o->link);
		list_add_tail(&k->pool->live, &o->link);
		if (!candidate(k, o, d, class) || (round == 0 && k->used(o)))
			continue;
		if (round == 2 || k->idle(o))
			return o;
	}
	return NULL;
}

static struct object *victim(const struct kind *k, const struct domain *d)
{
	for (uint32_t class = 0; class < CACHE_CLASSES; class ++)
		for (unsigned round = 0; round < 3; round++) {
			struct object *o = scan(k, d, class, round);

			if (o)
				return o;
		}
	return NULL;
}

static int no_victim(const struct domain *d)
{
	return d && !d->channel.nr ? -XEN_ENOMEM : -XEN_ENOSPC;
}

int cache_reserve_thread(const struct domain *d)
{
	struct object *o;

	if (!channel_room(d))
		return -XEN_EAGAIN;
	if (thread_pool.nr_free)
		return 0;
	o = victim(&threads, d);
	if (!o)
		return no_victim(d);
	writeback_thread(to_thread(o));
	return 0;
}

/* One that is on its way out already, by whomever: to help is to get there sooner. */
static struct space *leaving(void)
{
	list_for_each (l, &space_pool.live) {
		struct object *o = list_entry(l, struct object, link);

		if ((o->flags & OBJ_DYING) && !(to_space(o)->flags & SPACE_ROOT))
			return to_space(o);
	}
	return NULL;
}

int cache_reserve_space(const struct domain *d)
{
	struct object *o;
	struct space *s;

	if (!channel_room(d))
		return -XEN_EAGAIN;
	if (space_pool.nr_free)
		return 0;
	s = leaving();
	if (!s) {
		o = victim(&spaces, d);
		if (!o)
			return no_victim(d);
		s = to_space(o);
		o->flags |= OBJ_DYING | OBJ_WRITEBACK;
	}
	while (!writeback_space(s))
		if (preempt_point())
			return HC_RESTART;
	return 0;
}

/* --- quotas */

/* What all quotas of a type may come to. */
static uint32_t quota_limit(enum lock_type type)
{
	uint32_t fixed = domain_pool_size() + SPARE, nr;

	switch (type) {
	case LOCK_SPACE: /* a root each, and one each that its vCPU may be in */
		fixed += domain_pool_size();
		nr = space_pool.nr;
		break;
	case LOCK_THREAD:
		nr = thread_pool.nr;
		break;
	default:
		return mapdb_size() / 2;
	}
	return nr > fixed ? nr - fixed : 0;
}

static uint64_t quota_sum(enum lock_type type)
{
	uint64_t sum = 0;

	list_for_each (l, &domain_list)
		sum += list_entry(l, struct domain, link)->lock_quota[type];
	return sum;
}

int cache_set_quota(struct domain *d, const uint32_t quota[LOCK_TYPES])
{
	for (enum lock_type i = 0; i < LOCK_TYPES; i++) {
		if (quota[i] < d->locked[i])
			return -XEN_EBUSY;
		if (quota[i] > d->lock_quota[i] &&
		    quota_sum(i) - d->lock_quota[i] + quota[i] > quota_limit(i))
			return -XEN_ENOSPC;
	}
	for (enum lock_type i = 0; i < LOCK_TYPES; i++)
		d->lock_quota[i] = quota[i];
	return 0;
}

/* --- invariants */

static bool check_locks(const struct domain *d)
{
	uint32_t nr[LOCK_TYPES] = { [LOCK_MAPPING] = d->locked[LOCK_MAPPING] };

	list_for_each (l, &d->spaces) {
		const struct space *s = list_entry(l, struct space, dom_link);

		nr[LOCK_SPACE] += !!(s->obj.flags & OBJ_LOCKED);
		list_for_each (m, &s->threads)
			nr[LOCK_THREAD] += !!(list_entry(m, struct thread, space_link)->obj.flags &
					      OBJ_LOCKED);
	}
	for (enum lock_type i = 0; i < LOCK_TYPES; i++)
		if (nr[i] != d->locked[i] || nr[i] > d->lock_quota[i])
			return false;
	return true;
}

bool cache_check(void)
{
	list_for_each (l, &domain_list) {
		const struct domain *d = list_entry(l, struct domain, link);

		if (check_locks(d) && channel_check(d))
			continue;
		kprintf("cache_check: domain %u: locks or channel are wrong\n", d->domid);
		return false;
	}
	for (enum lock_type i = 0; i < LOCK_TYPES; i++) {
		if (quota_sum(i) <= quota_limit(i))
			continue;
		kprintf("cache_check: lock quotas leave nothing to replace\n");
		return false;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replacement of spaces and threads. The list of a pool's live objects is the clock: the
 * hand is its head, and what it has passed goes to the tail.
 */
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain_info.h>
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
	uint32_t places; /* that the record of one takes in its owner's ring */
	struct domain *(*owner)(const struct object *o);
	uint32_t (*count)(const struct domain *d);
	bool (*held)(const struct object *o); /* never replaced */
	bool (*idle)(const struct object *o); /* nothing of it would run now */
	bool (*used)(struct object *o);	      /* since the hand passed; forgets it */
	bool (*writeback)(struct object *o);  /* in steps: false means call again */
};

#define TO(type, o) container_of((struct object *)(uintptr_t)(o), struct type, obj)

/* --- threads */

static struct domain *thread_owner(const struct object *o) { return TO(thread, o)->domain; }
static uint32_t thread_count(const struct domain *d) { return d->nr_threads; }

/* A vCPU is part of its domain. What runs on an entry stack needs it as it is. A lock counts while
 * the space is locked (CK-3). */
static bool thread_held(const struct object *o)
{
	const struct thread *t = TO(thread, o);
	bool locked = (t->space->flags & SPACE_ROOT) || (t->space->obj.flags & OBJ_LOCKED);

	return t == this_cpu()->current || t->vcpu || forward_holds(t) ||
	       (locked && (o->flags & OBJ_LOCKED));
}

static bool thread_idle(const struct object *o) { return !thread_runnable(TO(thread, o)); }

static bool object_used(struct object *o)
{
	bool used = o->flags & OBJ_REF;

	o->flags &= ~OBJ_REF;
	return used;
}

static bool thread_out(struct object *o)
{
	writeback_thread(TO(thread, o));
	return true;
}

/* --- spaces */

static struct domain *space_owner(const struct object *o) { return TO(space, o)->domain; }
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
	return TO(thread, o)->vcpu || TO(thread, o) == this_cpu()->current;
}

static bool space_held(const struct object *o)
{
	const struct space *s = TO(space, o);

	return (s->flags & SPACE_ROOT) || (o->flags & OBJ_LOCKED) || space_any(s, thread_stays);
}

static bool thread_busy(const struct object *o) { return !thread_idle(o); }
static bool space_idle(const struct object *o) { return !space_any(TO(space, o), thread_busy); }

/* IPC looks threads up, not their space: what they did counts for it. */
static bool space_used(struct object *o)
{
	bool used = object_used(o);

	list_for_each (l, &TO(space, o)->threads)
		used |= object_used(&list_entry(l, struct thread, space_link)->obj);
	return used;
}

static bool space_out(struct object *o)
{
	if (!(o->flags & OBJ_DYING))
		o->flags |= OBJ_DYING | OBJ_WRITEBACK;
	return writeback_space(TO(space, o));
}

/* --- domains */

static struct domain *domain_owner(const struct object *o)
{
	(void)o;
	return domain_find(0);
}

static uint32_t domain_all(const struct domain *d)
{
	(void)d;
	return domain_count();
}

/* Whose device interrupts would find nobody stays, too, and who is on an entry stack. */
static bool domain_held(const struct object *o)
{
	const struct domain *d = TO(domain, o);

	for (uint32_t i = 1; i < EVTCHN_PORTS; i++)
		if (d->ports[i].state == PORT_PIRQ)
			return true;
	return d->domid == 0 || (o->flags & OBJ_LOCKED) || d->loading ||
	       d->vcpu[0].entry_user != TAGMA_NIL || d == this_cpu()->current->domain;
}

/* It can get all of it back, and has locked none of it: those go first. */
static bool domain_idle(const struct object *o)
{
	const struct domain *d = TO(domain, o);

	return !domain_is_running(d) && !d->locked[LOCK_SPACE] && !d->locked[LOCK_THREAD] &&
	       (d->channel.nr || d->nr_spaces + d->nr_threads <= 1 + d->nr_vcpus);
}

/* Run time tells what no store on the way of each call would tell cheaper. */
static bool domain_used(struct object *o)
{
	struct domain *d = TO(domain, o);
	uint64_t ns = domain_run_ns(d);
	bool used = ns != d->seen_ns;

	d->seen_ns = ns;
	return used;
}

static bool domain_out(struct object *o) { return domain_writeback(TO(domain, o)); }

static const struct kind threads = { &thread_pool, 1,		thread_owner, thread_count,
				     thread_held,  thread_idle, object_used,  thread_out };
static const struct kind spaces = { &space_pool, 1,	     space_owner, space_count,
				    space_held,	 space_idle, space_used,  space_out };
static const struct kind domains = { &domain_pool, TAGMA_DOMAIN_PARTS, domain_owner, domain_all,
				     domain_held,  domain_idle,	       domain_used,  domain_out };

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

/* One that is on its way out already, by whomever: to help is to get there sooner. */
static struct object *leaving(const struct kind *k)
{
	list_for_each (l, &k->pool->live) {
		struct object *o = list_entry(l, struct object, link);

		if ((o->flags & OBJ_DYING) && !(k == &spaces && TO(space, o)->flags & SPACE_ROOT))
			return o;
	}
	return NULL;
}

static struct object *victim(const struct kind *k, const struct domain *d)
{
	struct object *o = leaving(k);

	for (uint32_t class = 0; !o && class < CACHE_CLASSES; class ++)
		for (unsigned round = 0; !o && round < 3; round++)
			o = scan(k, d, class, round);
	return o;
}

static int reserve(const struct kind *k, const struct domain *d)
{
	struct object *o;

	if (d && !channel_room(d, k->places))
		return -XEN_EAGAIN;
	if (k->pool->nr_free)
		return 0;
	o = victim(k, d);
	if (!o)
		return d && !d->channel.nr ? -XEN_ENOMEM : -XEN_ENOSPC;
	while (!k->writeback(o))
		if (preempt_point())
			return HC_RESTART;
	return 0;
}

int cache_reserve_thread(const struct domain *d) { return reserve(&threads, d); }
int cache_reserve_space(const struct domain *d) { return reserve(&spaces, d); }
int cache_reserve_domain(void) { return reserve(&domains, domain_find(0)); }

int cache_lock_domain(struct domain *d, bool lock)
{
	uint32_t locked = SPARE; /* domain 0, and one to replace */

	if (!lock) {
		d->obj.flags &= ~OBJ_LOCKED;
		return 0;
	}
	list_for_each (l, &domain_list)
		locked += !!(list_entry(l, struct domain, link)->obj.flags & OBJ_LOCKED);
	if (!(d->obj.flags & OBJ_LOCKED) && locked >= domain_pool.nr)
		return -XEN_ENOSPC;
	d->obj.flags |= OBJ_LOCKED;
	return 0;
}

/* --- quotas */

/* What all quotas of a type may come to. */
static uint32_t quota_limit(enum lock_type type)
{
	uint32_t fixed = domain_pool.nr + SPARE, nr;

	switch (type) {
	case LOCK_SPACE: /* a root each, and one each that its vCPU may be in */
		fixed += domain_pool.nr;
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

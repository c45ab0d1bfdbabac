/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/mapdb.h>
#include <hv/space.h>
#include <hv/thread.h>

#define MAX_SPACES 4096u  /* slots that an id can name */
#define UNLOAD_THREADS 16 /* threads that one step of an unload takes down */

struct pool space_pool;

static void *boot_table(uint64_t bytes)
{
	return frame_alloc_hv((uint32_t)((bytes + PAGE_MASK) >> PAGE_SHIFT));
}

void space_init_pool(uint32_t nr)
{
	struct space *spaces;
	uint64_t *groups;

	if (nr < 4 || nr > MAX_SPACES) {
		kprintf("spaces=%u: not in 4..%u, taking 64\n", nr, MAX_SPACES);
		nr = 64;
	}
	spaces = boot_table(nr * sizeof(struct space));
	groups = boot_table(nr * sizeof(uint64_t) * MAPDB_GROUP_WORDS);
	pool_init(&space_pool, TAGMA_TYPE_SPACE, &spaces[0].obj, sizeof(struct space), nr);
	for (uint32_t i = 0; i < nr; i++)
		spaces[i].groups = &groups[i * MAPDB_GROUP_WORDS];
}

static struct space *space_of_object(void *obj)
{
	return obj ? container_of(obj, struct space, obj) : NULL;
}

struct space *space_at(uint32_t slot)
{
	return space_of_object(space_pool.base + (size_t)slot * space_pool.stride);
}

struct space *space_lookup(uint32_t id) { return space_of_object(pool_lookup(&space_pool, id)); }

struct space *space_load(struct domain *d, uint32_t flags, uint32_t cookie)
{
	struct space *s = space_of_object(pool_load(&space_pool));

	if (!s)
		return NULL;
	s->domain = d;
	s->flags = flags;
	s->cookie = cookie;
	s->nr_nodes = s->nr_threads = 0;
	list_init(&s->threads);
	if (arch_space_init(s)) {
		pool_unload(&space_pool, &s->obj);
		return NULL;
	}
	list_add_tail(&d->spaces, &s->dom_link);
	d->nr_spaces++;
	return s;
}

bool space_unload(struct space *s)
{
	/* Nobody finds it any more, so nothing new comes in between the steps. */
	s->obj.flags |= OBJ_DYING;
	for (unsigned n = 0; !list_empty(&s->threads); n++) {
		if (n == UNLOAD_THREADS)
			return false;
		thread_unload(list_first(&s->threads, struct thread, space_link));
	}
	if (!mapdb_flush_space(s) || !arch_space_exit(s))
		return false;
	cache_unlock(s->domain, &s->obj, LOCK_SPACE);
	list_del(&s->dom_link);
	s->domain->nr_spaces--;
	pool_unload(&space_pool, &s->obj);
	return true;
}

struct space *space_get(struct domain *caller, uint32_t id, int *err)
{
	struct space *s = id == TAGMA_SELF ? caller->root : space_lookup(id);

	if (!s) {
		*err = -XEN_ESRCH;
		return NULL;
	}
	if (s->domain != caller && !domain_controls(caller, s->domain)) {
		*err = -XEN_EPERM;
		return NULL;
	}
	return s;
}

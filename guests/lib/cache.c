/* SPDX-License-Identifier: GPL-2.0-only */
/* The writeback channel, and loads that keep it drained. */
#include <errno.h>
#include <tagma/cache.h>
#include <tagma/event.h>
#include <tagma/mem.h>

#define PAGE_SHIFT 12

static struct tagma_ring *ring;
static uint32_t ring_nr;
static cache_fn *handler;

static void cache_event(void *arg, uint32_t port)
{
	(void)arg;
	(void)port;
	cache_drain();
}

static struct tagma_ring *ring_alloc(uint32_t nr)
{
	size_t bytes = sizeof(struct tagma_ring) + nr * sizeof(struct tagma_record);
	unsigned int order = 0;

	while (((size_t)1 << (order + PAGE_SHIFT)) < bytes)
		order++;
	return pages_alloc(order);
}

int cache_init(cache_fn *written_back)
{
	struct tagma_machine m;

	if (HYPERVISOR_tagma_debug(TAGMA_DEBUG_machine, &m))
		return -ENOSYS;
	return cache_init_places(written_back, m.nr_spaces + m.nr_threads);
}

int cache_init_places(cache_fn *written_back, uint32_t places)
{
	struct tagma_channel c = { .nr = 16 };
	int port, err;

	while (c.nr <= places && c.nr < TAGMA_RING_MAX)
		c.nr *= 2;
	ring = ring_alloc(c.nr);
	if (!ring)
		return -ENOMEM;
	c.ring = (uint32_t)(uintptr_t)ring;
	handler = written_back;
	port = event_bind_virq(TAGMA_VIRQ_WRITEBACK, cache_event, 0);
	err = port < 0 ? port : (int)HYPERVISOR_tagma_domain(TAGMA_DOMAIN_channel, &c);
	if (err)
		return err;
	ring_nr = c.nr;
	event_unmask((uint32_t)port);
	return 0;
}

unsigned int cache_drain(void)
{
	unsigned int n = 0;

	if (!ring_nr)
		return 0;
	for (; ring->cons != __atomic_load_n(&ring->prod, __ATOMIC_ACQUIRE); n++) {
		handler(&ring->rec[ring->cons & (ring_nr - 1)]);
		__atomic_store_n(&ring->cons, ring->cons + 1, __ATOMIC_RELEASE);
	}
	return n;
}

bool cache_wanted(struct tagma_wanted *w)
{
	return HYPERVISOR_tagma_domain(TAGMA_DOMAIN_wanted, w) == 0;
}

/* -EAGAIN: the ring is full. When it was not, somebody else must act first. */
static bool again(int err) { return err == -EAGAIN && cache_drain(); }

int cache_space_load(uint32_t *id, uint32_t cookie, uint32_t flags)
{
	struct tagma_space s = { .cookie = cookie, .flags = flags };
	int err;

	do {
		err = (int)HYPERVISOR_tagma_space(TAGMA_SPACE_load, &s);
	} while (again(err));
	cache_drain();
	*id = err ? 0 : s.id;
	return err;
}

int cache_thread_load(struct tagma_saved_thread *t, bool whole)
{
	int err;

	do {
		err = (int)HYPERVISOR_tagma_thread(whole ? TAGMA_THREAD_reload : TAGMA_THREAD_load,
						   t);
	} while (again(err));
	cache_drain();
	return err;
}

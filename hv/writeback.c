/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writeback: records of replaced objects in the ring of the domain that owns them. The
 * ring is the domain's own memory: what it does to it harms nobody else, and a record that
 * cannot be written is its loss.
 */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/guest.h>
#include <hv/ipc.h>
#include <hv/panic.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <string.h>

#define BATCH 16u /* threads in one step of a space's writeback */

_Static_assert(sizeof(struct tagma_record) % 8 == 0, "the same for 32- and 64-bit compilers");
_Static_assert(offsetof(struct tagma_record, thread) == 24,
	       "the same for 32- and 64-bit compilers");
_Static_assert(offsetof(struct tagma_ring, rec) == 64, "public ABI");

/* --- the channel */

/* Places that are kept: all that d has loaded but what is never replaced. */
static uint32_t loaded(const struct domain *d)
{
	uint32_t n = d->nr_spaces + d->nr_threads - (d->root != NULL);

	for (uint32_t i = 0; i < d->nr_vcpus; i++)
		n -= d->vcpu[i].thread != NULL;
	if (d->domid == 0)
		n += (domain_count() - 1) * TAGMA_DOMAIN_PARTS;
	return n;
}

/* Records that its owner has not taken out; as many as there can be, if it lies. */
static uint32_t waiting(const struct domain *d)
{
	gva_t at = GVA(d->channel.ring + offsetof(struct tagma_ring, cons));
	uint32_t cons;

	if (copy_from_guest(d->root, &cons, at, sizeof(cons), NULL))
		return d->channel.nr;
	return MIN(d->channel.prod - cons, d->channel.nr);
}

bool channel_room(const struct domain *d, uint32_t places)
{
	return !d->channel.nr || waiting(d) + loaded(d) + places <= d->channel.nr;
}

bool channel_ok(const struct tagma_channel *c)
{
	return c->nr <= TAGMA_RING_MAX && !(c->nr & (c->nr - 1)) && c->ring % PAGE_SIZE == 0;
}

bool channel_check(const struct domain *d)
{
	return !(d->channel.nr & (d->channel.nr - 1)) &&
	       (!d->channel.nr || loaded(d) <= d->channel.nr);
}

long channel_open(struct domain *d, const struct tagma_channel *c)
{
	uint64_t end =
		c->ring + sizeof(struct tagma_ring) + (uint64_t)c->nr * sizeof(struct tagma_record);
	uint32_t zero[2] = { 0 };

	if (!channel_ok(c) || (c->nr && c->nr < loaded(d)))
		return -XEN_EINVAL;
	for (uint64_t at = c->ring; c->nr && at < end; at += PAGE_SIZE)
		if (!guest_ptr(d->root, GVA(at), TAGMA_W))
			return -XEN_EFAULT;
	if (c->nr && copy_to_guest(d->root, GVA(c->ring), zero, sizeof(zero), NULL))
		return -XEN_EFAULT;
	d->channel = (struct channel){ .ring = c->ring, .nr = c->nr };
	return 0;
}

/* The record first, then prod: the owner may look at any time. */
static bool channel_write(struct domain *d, const struct tagma_record *r)
{
	struct channel *c = &d->channel;
	uint32_t i = c->prod & (c->nr - 1), next = c->prod + 1;
	gva_t rec = GVA(c->ring + offsetof(struct tagma_ring, rec) + (uint64_t)i * sizeof(*r));

	if (waiting(d) >= c->nr || copy_to_guest(d->root, rec, r, sizeof(*r), NULL) ||
	    copy_to_guest(d->root, GVA(c->ring), &next, sizeof(next), NULL))
		return false;
	c->prod = next;
	evtchn_raise_virq(d, TAGMA_VIRQ_WRITEBACK);
	return true;
}

static void channel_put(struct domain *d, const struct tagma_record *r)
{
	if ((d->dying && !(d->obj.flags & OBJ_WRITEBACK)) || !d->channel.nr || channel_write(d, r))
		return;
	kprintf("domain %u: has spoilt its writeback ring: channel closed\n", d->domid);
	d->channel.nr = 0;
}

/* --- records */

static void record_pending(struct tagma_record *r, const struct thread *t)
{
	uint32_t addr = (uint32_t)t->fault_addr;

	if (t->ipc.kind == IPC_USER)
		return;
	r->pending = t->ipc.kind == IPC_TRAP ? TAGMA_PENDING_TRAP : TAGMA_PENDING_FAULT;
	if (t->state == THREAD_RECEIVING)
		r->pending |= TAGMA_PENDING_SENT;
	r->w[0] = t->ipc.kind == IPC_TRAP ? t->fault_want : addr;
	r->w[1] = t->ipc.kind == IPC_TRAP ? addr : t->fault_want;
}

void writeback_thread(struct thread *t)
{
	struct tagma_record r = {
		.type = TAGMA_TYPE_THREAD,
		.id = t->obj.id,
		.cookie = t->cookie,
	};
	struct domain *d = t->domain;

	ipc_freeze(t);
	record_pending(&r, t);
	thread_record(t, &r.thread);
	signal_thread_away(t);
	thread_unload(t);
	COUNT(writeback_thread);
	channel_put(d, &r);
}

/* Threads, then mappings, then the space itself (CK-2). Each step leaves all of it true. */
bool writeback_space(struct space *s)
{
	struct tagma_record r = {
		.type = TAGMA_TYPE_SPACE,
		.id = s->obj.id,
		.cookie = s->cookie,
		.space = { .id = s->obj.id,
			   .cookie = s->cookie,
			   .flags = s->obj.flags & OBJ_LOCKED ? TAGMA_SPACE_F_LOCKED : 0 },
	};
	bool record = s->obj.flags & OBJ_WRITEBACK;
	struct domain *d = s->domain;

	for (unsigned n = 0; record && !list_empty(&s->threads); n++) {
		if (n == BATCH)
			return false;
		writeback_thread(list_first(&s->threads, struct thread, space_link));
	}
	if (!space_unload(s))
		return false;
	if (!record)
		return true;
	COUNT(writeback_space);
	channel_put(d, &r);
	return true;
}

/* Larger than a place in the ring: in parts. */
void writeback_domain(const struct tagma_saved_domain *s)
{
	struct tagma_record r = { .type = TAGMA_TYPE_DOMAIN, .id = s->domid, .cookie = s->domid };

	for (uint32_t i = 0, n; i < TAGMA_DOMAIN_PARTS; i++) {
		r.w[0] = i;
		n = MIN((uint32_t)TAGMA_PART_SIZE,
			(uint32_t)sizeof(*s) - i * (uint32_t)TAGMA_PART_SIZE);
		memcpy(r.part, (const uint8_t *)s + i * TAGMA_PART_SIZE, n);
		channel_put(domain_find(0), &r);
	}
	COUNT(writeback_domain);
}

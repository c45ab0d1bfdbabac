/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message mappings: which pages are in message mode, and whom signals to them reach. A
 * record stands beside the mapping, not in its node, for the pages of a root space have
 * none; it is found by the frame.
 */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/mapdb.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <xen/errno.h>

struct message {
	mfn_t mfn; /* MFN_NONE: free */
	vpn_t vpn;
	uint32_t space, thread; /* ids */
	struct domain *domain;	/* of both */
	uint32_t next;		/* same bucket; free: next free; 0 none */
	uint32_t ref;		/* signalled or set since the clock hand came by */
	struct list of_thread;	/* thread->signal.marks */
};

static struct message *messages; /* [0] is unused */
static uint32_t *buckets;
static uint32_t nr_messages, bucket_bits, free_message, hand;

void signal_init(uint32_t nr)
{
	for (bucket_bits = 4; (1u << bucket_bits) < nr; bucket_bits++)
		;
	messages =
		frame_alloc_hv((uint32_t)(((nr + 1) * sizeof(*messages) + PAGE_MASK) / PAGE_SIZE));
	buckets = frame_alloc_hv(
		(uint32_t)(((sizeof(uint32_t) << bucket_bits) + PAGE_MASK) / PAGE_SIZE));
	nr_messages = nr;
	free_message = 0;
	hand = 1;
	for (uint32_t i = nr; i > 0; i--) {
		messages[i].next = free_message;
		free_message = i;
	}
}

void signal_init_thread(struct thread *t) { list_init(&t->signal.marks); }

static uint32_t *bucket_of(mfn_t m) { return &buckets[m.n * 0x9e3779b1u >> (32 - bucket_bits)]; }

static bool has_messages(mfn_t m) { return frame_of(m)->flags & FRAME_MESSAGE; }

static uint32_t message_find(mfn_t m, const struct space *s, vpn_t vpn)
{
	uint32_t i = has_messages(m) ? *bucket_of(m) : 0;

	while (i && (!mfn_eq(messages[i].mfn, m) || messages[i].vpn != vpn ||
		     messages[i].space != s->obj.id))
		i = messages[i].next;
	return i;
}

static uint32_t message_count(mfn_t m)
{
	uint32_t n = 0;

	if (has_messages(m))
		for (uint32_t i = *bucket_of(m); i; i = messages[i].next)
			n += mfn_eq(messages[i].mfn, m);
	return n;
}

static void message_unlink(uint32_t *link)
{
	uint32_t i = *link;
	struct message *x = &messages[i];

	x->domain->nr_messages--;
	*link = x->next;
	list_del(&x->of_thread);
	x->mfn = MFN_NONE;
	x->next = free_message;
	free_message = i;
}

/* Multi-mapping consistency: with one goes every other of its frame. */
static void message_drop_frame(mfn_t m)
{
	uint32_t *link = bucket_of(m);

	while (*link) {
		if (mfn_eq(messages[*link].mfn, m))
			message_unlink(link);
		else
			link = &messages[*link].next;
	}
	frame_of(m)->flags &= (uint8_t)~FRAME_MESSAGE;
	rtlb_forget(m);
}

void signal_unmapped(const struct space *s, vpn_t vpn, mfn_t m)
{
	if (message_find(m, s, vpn))
		message_drop_frame(m);
}

void signal_release_thread(struct thread *t)
{
	while (!list_empty(&t->signal.marks))
		message_drop_frame(list_first(&t->signal.marks, struct message, of_thread)->mfn);
}

/* No domain may hold more than its share, so that none can displace all the others'. */
static bool over_share(const struct domain *d)
{
	return d->nr_messages >= MAX(nr_messages / 4, 4u);
}

/*
 * Makes a record free, if there is one that may go: by a clock, among d's own if d has
 * its share. Receivers that real-time kernels have locked stay. Those who signal there
 * are told that nobody listens, and load all again.
 */
static bool message_replace(const struct domain *d)
{
	for (uint32_t n = 0; n < 2 * nr_messages; n++) {
		struct message *x = &messages[hand];
		const struct thread *t = mfn_ok(x->mfn) ? thread_lookup(x->thread) : NULL;

		hand = hand == nr_messages ? 1 : hand + 1;
		if (t == NULL || (over_share(d) && x->domain != d) || t->obj.flags & OBJ_LOCKED)
			continue;
		if (x->ref) {
			x->ref = 0;
			continue;
		}
		message_drop_frame(x->mfn);
		return true;
	}
	return false;
}

static void message_insert(mfn_t m, struct space *s, vpn_t vpn, struct thread *t)
{
	uint32_t i = free_message, *bucket = bucket_of(m);
	struct message *x = &messages[i];

	free_message = x->next;
	*x = (struct message){
		.mfn = m,
		.vpn = vpn,
		.space = s->obj.id,
		.thread = t->obj.id,
		.domain = s->domain,
		.next = *bucket,
		.ref = 1,
	};
	*bucket = i;
	list_add_tail(&t->signal.marks, &x->of_thread);
	s->domain->nr_messages++;
	frame_of(m)->flags |= FRAME_MESSAGE;
}

/* Off by its owner's own will: the others stay. */
static void message_remove(mfn_t m, uint32_t i)
{
	uint32_t *link = bucket_of(m);

	while (*link != i)
		link = &messages[*link].next;
	message_unlink(link);
	if (message_count(m) == 0)
		frame_of(m)->flags &= (uint8_t)~FRAME_MESSAGE;
}

/* It belongs to whom the space belongs: so they go together. */
struct thread *signal_thread(struct domain *caller, const struct space *s, uint32_t id, int *err)
{
	struct thread *t = id != TAGMA_NIL ? thread_get(caller, id, err) : NULL;

	if (t && t->domain != s->domain)
		*err = -XEN_EPERM;
	return t;
}

int signal_mark(struct space *s, vpn_t vpn, struct thread *t)
{
	struct mapping m = mapdb_lookup(s, vpn);
	uint32_t i;

	if (vpn & MAPDB_PORT || !m.rights)
		return -XEN_EINVAL;
	i = message_find(m.mfn, s, vpn);
	if (!i && !t)
		return -XEN_ENOENT;
	if (!i) {
		if ((!free_message || over_share(s->domain)) && !message_replace(s->domain))
			return -XEN_ENOMEM;
		if (message_count(m.mfn) >= SIGNAL_RECEIVERS)
			return -XEN_ENOSPC;
		message_insert(m.mfn, s, vpn, t);
	} else if (t) {
		list_del(&messages[i].of_thread);
		list_add_tail(&t->signal.marks, &messages[i].of_thread);
		messages[i].thread = t->obj.id;
	} else {
		message_remove(m.mfn, i);
	}
	rtlb_forget(m.mfn);
	return 0;
}

uint32_t signal_for_others(mfn_t m, const struct space *s, vpn_t vpn,
			   void (*fn)(void *arg, uint32_t thread, vpn_t to), void *arg)
{
	uint32_t n = 0;

	if (!has_messages(m))
		return 0;
	for (uint32_t i = *bucket_of(m); i; i = messages[i].next) {
		struct message *x = &messages[i];

		if (!mfn_eq(x->mfn, m) || (x->vpn == vpn && x->space == s->obj.id))
			continue;
		x->ref = 1;
		fn(arg, x->thread, x->vpn);
		n++;
	}
	return n;
}

static bool message_check(const struct message *x)
{
	const struct space *s = space_lookup(x->space);
	const struct thread *t = thread_lookup(x->thread);

	return s && t && s->domain == x->domain && t->domain == x->domain &&
	       mfn_eq(mapdb_lookup(s, x->vpn).mfn, x->mfn) && has_messages(x->mfn) &&
	       messages[message_find(x->mfn, s, x->vpn)].thread == x->thread &&
	       message_count(x->mfn) <= SIGNAL_RECEIVERS;
}

bool signal_check(void)
{
	uint32_t used = 0, nr_free = 0;

	for (uint32_t i = 1; i <= nr_messages; i++) {
		if (!mfn_ok(messages[i].mfn))
			continue;
		used++;
		if (message_check(&messages[i]))
			continue;
		kprintf("signal: message mapping %u (space %x page %x thread %x): stale\n", i,
			messages[i].space, messages[i].vpn, messages[i].thread);
		return false;
	}
	for (uint32_t i = free_message; i && nr_free <= nr_messages; i = messages[i].next)
		nr_free++;
	if (used + nr_free == nr_messages)
		return true;
	kprintf("signal: %u message mappings used, %u free, of %u\n", used, nr_free, nr_messages);
	return false;
}

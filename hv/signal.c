/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message mappings: which pages are in message mode, and whom signals to them reach. A
 * record stands beside the mapping, not in its node, for the pages of a root space have
 * none; it is found by the frame.
 */
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/mapdb.h>
#include <hv/space.h>
#include <hv/thread.h>

struct message {
	struct list link;      /* its bucket, or free */
	struct list of_thread; /* thread->signal.marks */
	mfn_t mfn;	       /* MFN_NONE: free */
	vpn_t vpn;
	uint32_t space, thread; /* ids */
	struct domain *domain;	/* of both */
	bool ref;		/* signalled or set since the clock hand came by */
	/* The thread was written back: its id is the old one, and what comes waits here. */
	bool away;
	uint8_t nr, wanted; /* offsets that wait; enum wanted */
	uint16_t offset[SIGNAL_QUEUE];
	uint32_t lost, cookie;
};

enum wanted { WANTED_NOT, WANTED, WANTED_TOLD };

static struct message *messages;
static struct list *buckets, free_messages = LIST_INIT(free_messages);
static uint32_t nr_messages, bucket_bits, hand;

static void *table_alloc(size_t bytes)
{
	return frame_alloc_hv((uint32_t)((bytes + PAGE_MASK) / PAGE_SIZE));
}

void signal_init(uint32_t nr)
{
	for (bucket_bits = 4; (1u << bucket_bits) < nr; bucket_bits++)
		;
	messages = table_alloc(nr * sizeof(*messages));
	buckets = table_alloc(sizeof(*buckets) << bucket_bits);
	nr_messages = nr;
	hand = 0;
	list_init(&free_messages);
	for (uint32_t i = 0; i < 1u << bucket_bits; i++)
		list_init(&buckets[i]);
	for (uint32_t i = 0; i < nr; i++) {
		list_init(&messages[i].of_thread);
		list_add_tail(&free_messages, &messages[i].link);
	}
}

void signal_init_thread(struct thread *t) { list_init(&t->signal.marks); }

static struct list *bucket_of(mfn_t m) { return &buckets[m.n * 0x9e3779b1u >> (32 - bucket_bits)]; }

/* The message mapping of m after x, or the first; NULL: there is none more. */
static struct message *message_next(mfn_t m, const struct message *x)
{
	struct list *head = bucket_of(m), *l = x ? x->link.next : head->next;

	if (!(frame_of(m)->flags & FRAME_MESSAGE))
		return NULL;
	while (l != head && !mfn_eq(list_entry(l, struct message, link)->mfn, m))
		l = l->next;
	return l != head ? list_entry(l, struct message, link) : NULL;
}

static struct message *message_find(mfn_t m, const struct space *s, vpn_t vpn)
{
	struct message *x = message_next(m, NULL);

	while (x && (x->vpn != vpn || x->space != s->obj.id))
		x = message_next(m, x);
	return x;
}

static uint32_t message_count(mfn_t m)
{
	uint32_t n = 0;

	for (struct message *x = NULL; (x = message_next(m, x)) != NULL;)
		n++;
	return n;
}

static void message_free(struct message *x)
{
	x->domain->nr_messages--;
	x->mfn = MFN_NONE;
	list_del(&x->of_thread);
	list_del(&x->link);
	list_add_tail(&free_messages, &x->link);
}

/* Multi-mapping consistency: with one goes every other of its frame. */
static void message_drop_frame(mfn_t m)
{
	for (struct message *x; (x = message_next(m, NULL)) != NULL;)
		message_free(x);
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

static void away_put(struct message *x, uint32_t offset)
{
	for (uint32_t i = 0; i < x->nr; i++)
		if (x->offset[i] == offset)
			return;
	if (x->nr < SIGNAL_QUEUE)
		x->offset[x->nr++] = (uint16_t)offset;
	else
		x->lost++;
	if (x->wanted != WANTED_NOT)
		return;
	x->wanted = WANTED;
	evtchn_raise_virq(x->domain, TAGMA_VIRQ_WRITEBACK);
}

/* x leads to t from now on, with all that has waited. */
static void message_lead(struct message *x, struct thread *t)
{
	list_del(&x->of_thread);
	list_add_tail(&t->signal.marks, &x->of_thread);
	x->thread = t->obj.id;
	x->ref = true;
	x->away = false;
	x->wanted = WANTED_NOT;
	t->signal.lost += x->lost;
	for (uint32_t i = 0; i < x->nr; i++)
		signal_post(t, x->vpn << PAGE_SHIFT | x->offset[i]);
	x->nr = 0;
	x->lost = 0;
}

/* Its mappings wait for its return, in the care of its kernel's own thread. */
void signal_thread_away(struct thread *t)
{
	struct thread *v = t->domain->vcpu[0].thread;
	uint32_t w[3];

	if (!v || v == t || !t->domain->channel.nr)
		return;
	list_for_each_safe (l, &t->signal.marks) {
		struct message *x = list_entry(l, struct message, of_thread);

		x->away = true;
		x->cookie = t->cookie;
		list_del(&x->of_thread);
		list_add_tail(&v->signal.marks, &x->of_thread);
		rtlb_forget(x->mfn);
	}
	for (; signal_first(t, w); signal_take(t))
		list_for_each (l, &v->signal.marks) {
			struct message *x = list_entry(l, struct message, of_thread);

			if (x->away && x->thread == t->obj.id && x->vpn == w[0] >> PAGE_SHIFT)
				away_put(x, w[0] & PAGE_MASK);
		}
}

void signal_thread_back(struct thread *t, uint32_t old)
{
	const struct thread *v = t->domain->vcpu[0].thread;

	if (!v)
		return;
	list_for_each_safe (l, &v->signal.marks) {
		struct message *x = list_entry(l, struct message, of_thread);

		if (x->away && x->thread == old)
			message_lead(x, t);
	}
}

bool signal_wanted(const struct domain *d, struct tagma_wanted *w)
{
	const struct thread *v = d->vcpu[0].thread;

	*w = (struct tagma_wanted){ .type = TAGMA_TYPE_THREAD };
	if (!v)
		return false;
	list_for_each (l, &v->signal.marks) {
		struct message *x = list_entry(l, struct message, of_thread);

		if (!x->away || x->wanted != WANTED || (w->id && x->thread != w->id))
			continue;
		x->wanted = WANTED_TOLD;
		w->id = x->thread;
		w->cookie = x->cookie;
	}
	return w->id != 0;
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

		hand = (hand + 1) % nr_messages;
		if (!mfn_ok(x->mfn) || (over_share(d) && x->domain != d) ||
		    (t && t->obj.flags & OBJ_LOCKED))
			continue;
		if (x->ref) {
			x->ref = false;
			continue;
		}
		message_drop_frame(x->mfn);
		return true;
	}
	return false;
}

static void message_insert(mfn_t m, struct space *s, vpn_t vpn, struct thread *t)
{
	struct message *x = list_first(&free_messages, struct message, link);

	list_del(&x->link);
	x->mfn = m;
	x->vpn = vpn;
	x->space = s->obj.id;
	x->domain = s->domain;
	x->nr = 0;
	x->lost = 0;
	list_add(bucket_of(m), &x->link);
	s->domain->nr_messages++;
	frame_of(m)->flags |= FRAME_MESSAGE;
	message_lead(x, t);
}

/* Off by its owner's own will: the others stay. */
static void message_remove(struct message *x)
{
	mfn_t m = x->mfn;

	message_free(x);
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
	struct message *x;

	if (vpn & MAPDB_PORT || !m.rights)
		return -XEN_EINVAL;
	x = message_find(m.mfn, s, vpn);
	if (!x && !t)
		return -XEN_ENOENT;
	if (!x) {
		bool full = list_empty(&free_messages) || over_share(s->domain);

		if (full && !message_replace(s->domain))
			return -XEN_ENOMEM;
		if (message_count(m.mfn) >= SIGNAL_RECEIVERS)
			return -XEN_ENOSPC;
		message_insert(m.mfn, s, vpn, t);
	} else if (t) {
		message_lead(x, t);
	} else {
		message_remove(x);
	}
	rtlb_forget(m.mfn);
	return 0;
}

uint32_t signal_for_others(mfn_t m, const struct space *s, vpn_t vpn, uint32_t offset,
			   void (*fn)(void *arg, uint32_t thread, vpn_t to), void *arg)
{
	uint32_t n = 0;

	for (struct message *x = NULL; (x = message_next(m, x)) != NULL;) {
		if (x->vpn == vpn && x->space == s->obj.id)
			continue;
		x->ref = true;
		if (x->away)
			away_put(x, offset);
		else
			fn(arg, x->thread, x->vpn);
		n++;
	}
	return n;
}

static bool message_check(const struct message *x)
{
	const struct space *s = space_lookup(x->space);
	const struct thread *t = x->away ? x->domain->vcpu[0].thread : thread_lookup(x->thread);

	return s && t && (x->away || !x->nr) && x->nr <= SIGNAL_QUEUE && s->domain == x->domain &&
	       t->domain == x->domain && mfn_eq(mapdb_lookup(s, x->vpn).mfn, x->mfn) &&
	       message_find(x->mfn, s, x->vpn) == x && message_count(x->mfn) <= SIGNAL_RECEIVERS;
}

bool signal_check(void)
{
	uint32_t nr_free = 0;

	for (const struct message *x = messages; x < messages + nr_messages; x++) {
		nr_free += !mfn_ok(x->mfn);
		if (!mfn_ok(x->mfn) || message_check(x))
			continue;
		kprintf("signal: message mapping %u (space %x page %x thread %x): stale\n",
			(unsigned)(x - messages), x->space, x->vpn, x->thread);
		return false;
	}
	list_for_each (l, &free_messages)
		if (nr_free-- == 0)
			break;
	if (nr_free == 0)
		return true;
	kprintf("signal: the list of free message mappings is broken\n");
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/clan.h>

static bool is_chief(const struct thread *t, const struct domain *d)
{
	return d->chief == t->obj.id;
}

/* A chief stands at the border: nobody is between him and either side. */
static bool passes(const struct domain *d, const struct thread *s, const struct thread *r)
{
	return d->chief == TAGMA_NIL || is_chief(s, d) || is_chief(r, d);
}

struct thread *clan_route(struct thread *s, struct thread *r)
{
	const struct thread *from = s->ipc.alias != TAGMA_NIL ? thread_lookup(s->ipc.alias) : s;
	const struct domain *d;

	if (from == NULL)
		return NULL;
	/* A chief has the last word about what enters its clan, and the first about what
	 * leaves it: that border is behind the message. */
	if (from->domain == r->domain || is_chief(s, r->domain))
		return r;
	if (!passes(from->domain, s, r))
		d = from->domain;
	else if (!passes(r->domain, s, r))
		d = r->domain;
	else
		return r;
	s->ipc.intended = r->obj.id;
	return thread_lookup(d->chief);
}

/* Only for what crosses the border of the clan it heads, in either direction. */
int clan_check_alias(const struct thread *s, const struct thread *r)
{
	const struct thread *v = thread_lookup(s->ipc.alias);

	if (v == NULL)
		return -XEN_ESRCH;
	if (v->domain == r->domain || (!is_chief(s, v->domain) && !is_chief(s, r->domain)))
		return -XEN_EPERM;
	return 0;
}

/* A domain may choose a chief among its own threads, but not leave one that its controller
 * has set over it. */
long clan_set_chief(struct thread *t, void *arg)
{
	const struct tagma_clan *a = arg;
	int err;
	struct domain *d = domain_get(t->domain, a->domid, &err);
	struct thread *chief = a->chief == TAGMA_SELF ? t : thread_lookup(a->chief);

	if (d == NULL)
		return err;
	if (a->chief != TAGMA_NIL && chief == NULL)
		return -XEN_ESRCH;
	if (d == t->domain && (d->chief_imposed || (chief != NULL && chief->domain != d)))
		return -XEN_EPERM;
	d->chief = chief != NULL ? chief->obj.id : TAGMA_NIL;
	d->chief_imposed = d != t->domain && chief != NULL;
	return 0;
}

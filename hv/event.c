/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: where ports lead, and the bits in shared_info. */
#include <hv/cpu.h>
#include <hv/shared_info.h>
#include <hv/thread.h>
#include <xen/xen.h>

_Static_assert(EVTCHN_PORTS * sizeof(struct tagma_port) <= PAGE_SIZE,
	       "a domain's ports fill one frame");
_Static_assert(sizeof(struct tagma_port) == 8, "public ABI");
_Static_assert(EVTCHN_VIRQS == NR_VIRQS, "Xen's ABI");

void evtchn_init_domain(struct domain *d)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(d->vcpu); i++)
		vcpu_init(&d->vcpu[i], i);
	for (uint32_t i = 0; i < EVTCHN_VIRQS; i++)
		d->virq_port[i] = 0;
}

void evtchn_destroy_domain(struct domain *d)
{
	for (uint32_t port = 1; port < EVTCHN_PORTS; port++)
		evtchn_close(d, port);
}

struct tagma_port *evtchn_get(const struct domain *d, uint32_t port)
{
	return port != 0 && port < EVTCHN_PORTS ? &d->ports[port] : NULL;
}

/* Lowest first, as Xen: port numbers stay small. 0 is never a port. */
uint32_t evtchn_alloc(struct domain *d, struct tagma_port c)
{
	uint32_t port = 1;

	while (port < EVTCHN_PORTS && d->ports[port].state != PORT_FREE)
		port++;
	if (port == EVTCHN_PORTS)
		return 0;
	d->ports[port] = c;
	return port;
}

/* The other end of c; NULL if that is not loaded, or no longer the other end. */
static struct tagma_port *evtchn_peer(const struct domain *d, const struct tagma_port *c)
{
	struct domain *peer = domain_lookup(c->remote_domid);
	struct tagma_port *pc = peer != NULL ? evtchn_get(peer, c->remote_port) : NULL;

	if (pc == NULL || pc->state != PORT_INTERDOMAIN || pc->remote_domid != d->domid ||
	    pc->remote_port != c - d->ports)
		return NULL;
	return pc;
}

/* It may be bound anew, by the same domain. */
static void evtchn_unbind(struct tagma_port *c)
{
	c->state = PORT_UNBOUND;
	c->remote_port = 0;
	c->unsent = UNSENT_NONE;
}

int evtchn_close(struct domain *d, uint32_t port)
{
	struct tagma_port *c = evtchn_get(d, port), *peer;
	struct si_page *si = si_of(d);

	if (c == NULL)
		return -XEN_EINVAL;
	switch (c->state) {
	case PORT_FREE:
		return -XEN_EINVAL;
	case PORT_INTERDOMAIN:
		peer = evtchn_peer(d, c);
		if (peer != NULL)
			evtchn_unbind(peer);
		break;
	case PORT_VIRQ:
		d->virq_port[c->irq] = 0;
		break;
	case PORT_PIRQ:
		irq_unbind(d, c->irq);
		break;
	default:
		break;
	}
	c->state = PORT_FREE;
	if (si != NULL)
		si_test_clear(si->pending, port);
	return 0;
}

bool evtchn_is_pending(const struct domain *d, uint32_t port)
{
	return si_of(d) != NULL && si_test(si_of(d)->pending, port);
}

bool evtchn_pending(const struct vcpu *v)
{
	const struct si_page *si = v->thread != NULL ? si_of(v->thread->domain) : NULL;

	return si != NULL &&
	       __atomic_load_n(&si->vcpu[v->index].upcall_pending, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&si->vcpu[v->index].upcall_mask, __ATOMIC_RELAXED);
}

/* `port` is pending and unmasked: its vCPU shall see it. All ports lead to vCPU 0. */
static void evtchn_mark(struct si_page *si, uint32_t port)
{
	if (!si_test_set(&si->vcpu[0].pending_sel, port / 32))
		__atomic_store_n(&si->vcpu[0].upcall_pending, 1, __ATOMIC_RELEASE);
}

void evtchn_raise(struct domain *d, uint32_t port)
{
	struct si_page *si = si_of(d);

	COUNT(event);
	if (si == NULL || si_test_set(si->pending, port))
		return;
	if (!si_test(si->mask, port))
		evtchn_mark(si, port);
	/* It finds the bit when it is loaded again. */
	if (!d->dying)
		vcpu_notify(&d->vcpu[0], port);
}

void evtchn_raise_virq(struct domain *d, uint32_t virq)
{
	if (virq < EVTCHN_VIRQS && d->virq_port[virq] != 0)
		evtchn_raise(d, d->virq_port[virq]);
}

int evtchn_unmask(struct domain *d, uint32_t port)
{
	struct si_page *si = si_of(d);

	if (evtchn_get(d, port) == NULL || si == NULL)
		return -XEN_EINVAL;
	if (si_test_clear(si->mask, port) && si_test(si->pending, port)) {
		evtchn_mark(si, port);
		vcpu_notify(&d->vcpu[0], port);
	}
	return 0;
}

/* A peer that is not there has been written back: a port whose peer is gone is UNBOUND. */
void evtchn_notify(struct tagma_port *c)
{
	struct domain *peer = domain_lookup(c->remote_domid), *control = domain_lookup(0);

	if (peer != NULL) {
		c->unsent = UNSENT_NONE;
		evtchn_raise(peer, c->remote_port);
	} else if (c->unsent == UNSENT_NONE) {
		c->unsent = UNSENT;
		if (control != NULL)
			evtchn_raise_virq(control, TAGMA_VIRQ_WRITEBACK);
	}
}

/* One end may have been closed while the domain of the other was not loaded. */
static void evtchn_agree(struct domain *d, struct tagma_port *c)
{
	bool again = c->unsent != UNSENT_NONE;

	if (domain_lookup(c->remote_domid) != NULL && evtchn_peer(d, c) == NULL)
		evtchn_unbind(c);
	c->unsent = UNSENT_NONE;
	if (again && c->state == PORT_INTERDOMAIN)
		evtchn_notify(c);
}

void evtchn_domain_back(struct domain *back)
{
	list_for_each (l, &domain_list) {
		struct domain *d = list_entry(l, struct domain, link);

		for (uint32_t i = 1; i < EVTCHN_PORTS && !d->dying; i++) {
			struct tagma_port *c = &d->ports[i];

			if (c->state == PORT_INTERDOMAIN &&
			    (d == back || c->remote_domid == back->domid))
				evtchn_agree(d, c);
		}
	}
}

bool evtchn_wanted(uint32_t *domid)
{
	list_for_each (l, &domain_list) {
		struct domain *d = list_entry(l, struct domain, link);

		for (uint32_t i = 1; i < EVTCHN_PORTS; i++) {
			if (d->ports[i].unsent != UNSENT)
				continue;
			d->ports[i].unsent = UNSENT_TOLD;
			*domid = d->ports[i].remote_domid;
			return true;
		}
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* EVTCHNOP_*. The structures have one layout for 32 and 64 bits. */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest.h>
#include <hv/thread.h>
#include <xen/xen.h>
#include <xen/event_channel.h>

/* The domain a port operation is about: the caller's, or one that it controls. */
static struct domain *evtchn_domain(const struct thread *t, uint16_t domid, long *err)
{
	struct domain *d = domid == DOMID_SELF ? t->domain : domain_lookup(domid);

	if (d == NULL)
		*err = -XEN_ESRCH;
	else if (d != t->domain && !domain_controls(t->domain, d))
		*err = -XEN_EPERM;
	else
		return d;
	return NULL;
}

static long op_alloc_unbound(struct thread *t, gva_t arg)
{
	evtchn_alloc_unbound_t a;
	struct domain *d;
	long err = 0;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	d = evtchn_domain(t, a.dom, &err);
	if (d == NULL)
		return err;
	a.port = evtchn_alloc(d, PORT_UNBOUND);
	if (a.port == 0)
		return -XEN_ENOSPC;
	evtchn_get(d, a.port)->remote_domid =
		a.remote_dom == DOMID_SELF ? t->domain->domid : a.remote_dom;
	err = copy_to_guest(t->space, arg, &a, sizeof(a), NULL);
	if (err != 0)
		evtchn_close(d, a.port);
	return err;
}

static long op_bind_interdomain(struct thread *t, gva_t arg)
{
	evtchn_bind_interdomain_t a;
	struct domain *d = t->domain, *rd;
	struct evtchn *c, *rc;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	rd = a.remote_dom == DOMID_SELF ? d : domain_lookup(a.remote_dom);
	if (rd == NULL)
		return -XEN_ESRCH;
	rc = evtchn_get(rd, a.remote_port);
	if (rc == NULL || rc->state != PORT_UNBOUND || rc->remote_domid != d->domid)
		return -XEN_EINVAL;
	a.local_port = evtchn_alloc(d, PORT_INTERDOMAIN);
	if (a.local_port == 0)
		return -XEN_ENOSPC;
	c = evtchn_get(d, a.local_port);
	c->remote_domid = rd->domid;
	c->remote_port = (uint16_t)a.remote_port;
	/* Before the peer is changed: closing c then leaves it as it was. */
	if (copy_to_guest(t->space, arg, &a, sizeof(a), NULL) != 0) {
		c->state = PORT_FREE;
		return -XEN_EFAULT;
	}
	rc->state = PORT_INTERDOMAIN;
	rc->remote_port = (uint16_t)a.local_port;
	/* What the peer sent before it was bound would be lost. */
	evtchn_raise(d, a.local_port);
	return 0;
}

static bool virq_allowed(const struct domain *d, uint32_t virq)
{
	return virq == VIRQ_TIMER || virq == TAGMA_VIRQ_WRITEBACK || virq == TAGMA_VIRQ_SIGNAL ||
	       ((virq == VIRQ_DOM_EXC || virq == VIRQ_CONSOLE) && d->control);
}

static long op_bind_virq(struct thread *t, gva_t arg)
{
	struct domain *d = t->domain;
	evtchn_bind_virq_t a;
	long err;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	if (a.virq >= EVTCHN_VIRQS)
		return -XEN_EINVAL;
	if (!virq_allowed(d, a.virq))
		return -XEN_EPERM;
	if (a.vcpu >= d->nr_vcpus)
		return -XEN_ENOENT;
	if (d->virq_port[a.virq] != 0)
		return -XEN_EEXIST;
	a.port = evtchn_alloc(d, PORT_VIRQ);
	if (a.port == 0)
		return -XEN_ENOSPC;
	evtchn_get(d, a.port)->irq = a.virq;
	d->virq_port[a.virq] = (uint16_t)a.port;
	err = copy_to_guest(t->space, arg, &a, sizeof(a), NULL);
	if (err != 0)
		evtchn_close(d, a.port);
	return err;
}

static long op_bind_pirq(struct thread *t, gva_t arg)
{
	struct domain *d = t->domain;
	evtchn_bind_pirq_t a;
	long err;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	a.port = evtchn_alloc(d, PORT_PIRQ);
	if (a.port == 0)
		return -XEN_ENOSPC;
	evtchn_get(d, a.port)->irq = a.pirq;
	err = irq_bind(d, a.pirq, a.port);
	if (err != 0) {
		evtchn_get(d, a.port)->state = PORT_FREE;
		return err;
	}
	err = copy_to_guest(t->space, arg, &a, sizeof(a), NULL);
	if (err != 0)
		evtchn_close(d, a.port);
	return err;
}

static long op_bind_ipi(struct thread *t, gva_t arg)
{
	struct domain *d = t->domain;
	evtchn_bind_ipi_t a;
	long err;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	if (a.vcpu >= d->nr_vcpus)
		return -XEN_ENOENT;
	a.port = evtchn_alloc(d, PORT_IPI);
	if (a.port == 0)
		return -XEN_ENOSPC;
	err = copy_to_guest(t->space, arg, &a, sizeof(a), NULL);
	if (err != 0)
		evtchn_close(d, a.port);
	return err;
}

static long evtchn_send(struct domain *d, uint32_t port)
{
	struct evtchn *c = evtchn_get(d, port);
	struct domain *rd;

	if (c == NULL)
		return -XEN_EINVAL;
	switch (c->state) {
	case PORT_INTERDOMAIN:
		rd = domain_lookup(c->remote_domid);
		if (rd != NULL)
			evtchn_raise(rd, c->remote_port);
		return 0;
	case PORT_IPI:
		evtchn_raise(d, port);
		return 0;
	case PORT_UNBOUND: /* as Xen: nobody is there to hear it */
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

/* close, send and unmask take a port alone. */
static long op_port(struct thread *t, uint32_t cmd, gva_t arg)
{
	evtchn_port_t port;

	if (copy_from_guest(t->space, &port, arg, sizeof(port), NULL) != 0)
		return -XEN_EFAULT;
	if (cmd == EVTCHNOP_close)
		return evtchn_close(t->domain, port);
	if (cmd == EVTCHNOP_send)
		return evtchn_send(t->domain, port);
	return evtchn_unmask(t->domain, port);
}

static void evtchn_fill_status(const struct evtchn *c, evtchn_status_t *a)
{
	static const uint8_t status[] = {
		[PORT_FREE] = EVTCHNSTAT_closed,
		[PORT_UNBOUND] = EVTCHNSTAT_unbound,
		[PORT_INTERDOMAIN] = EVTCHNSTAT_interdomain,
		[PORT_VIRQ] = EVTCHNSTAT_virq,
		[PORT_PIRQ] = EVTCHNSTAT_pirq,
		[PORT_IPI] = EVTCHNSTAT_ipi,
	};

	a->status = status[c->state];
	a->vcpu = 0;
	if (c->state == PORT_UNBOUND) {
		a->u.unbound.dom = c->remote_domid;
	} else if (c->state == PORT_INTERDOMAIN) {
		a->u.interdomain.dom = c->remote_domid;
		a->u.interdomain.port = c->remote_port;
	} else {
		a->u.virq = c->irq;
	}
}

static long op_status(struct thread *t, gva_t arg)
{
	evtchn_status_t a;
	struct evtchn *c;
	struct domain *d;
	long err = 0;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	d = evtchn_domain(t, a.dom, &err);
	if (d == NULL)
		return err;
	c = evtchn_get(d, a.port);
	if (c == NULL)
		return -XEN_EINVAL;
	evtchn_fill_status(c, &a);
	return copy_to_guest(t->space, arg, &a, sizeof(a), NULL);
}

static long op_reset(struct thread *t, gva_t arg)
{
	evtchn_reset_t a;
	struct domain *d;
	long err = 0;

	if (copy_from_guest(t->space, &a, arg, sizeof(a), NULL) != 0)
		return -XEN_EFAULT;
	d = evtchn_domain(t, a.dom, &err);
	if (d == NULL)
		return err;
	for (uint32_t port = 1; port < EVTCHN_PORTS; port++)
		evtchn_close(d, port);
	return 0;
}

long hc_evtchn_op(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		return op_alloc_unbound(t, arg);
	case EVTCHNOP_bind_interdomain:
		return op_bind_interdomain(t, arg);
	case EVTCHNOP_bind_virq:
		return op_bind_virq(t, arg);
	case EVTCHNOP_bind_pirq:
		return op_bind_pirq(t, arg);
	case EVTCHNOP_bind_ipi:
		return op_bind_ipi(t, arg);
	case EVTCHNOP_close:
	case EVTCHNOP_send:
	case EVTCHNOP_unmask:
		return op_port(t, cmd, arg);
	case EVTCHNOP_status:
		return op_status(t, arg);
	case EVTCHNOP_reset:
		return op_reset(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* EVTCHNOP_*. The structures have one layout for 32 and 64 bits. */
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/thread.h>
#include <xen/event_channel.h>

static long op_alloc_unbound(struct thread *t, void *arg)
{
	evtchn_alloc_unbound_t *a = arg;
	int err;
	struct domain *d = domain_get(t->domain, a->dom, &err);

	if (d == NULL)
		return err;
	a->port = evtchn_alloc(d, (struct tagma_port){
					  .state = PORT_UNBOUND,
					  .remote_domid = a->remote_dom == DOMID_SELF
								  ? t->domain->domid
								  : a->remote_dom,
				  });
	return a->port != 0 ? 0 : -XEN_ENOSPC;
}

static long op_bind_interdomain(struct thread *t, void *arg)
{
	evtchn_bind_interdomain_t *a = arg;
	struct domain *d = t->domain;
	struct domain *rd = a->remote_dom == DOMID_SELF ? d : domain_lookup(a->remote_dom);
	struct tagma_port *rc = rd != NULL ? evtchn_get(rd, a->remote_port) : NULL;

	if (rd == NULL)
		return -XEN_ESRCH;
	if (rc == NULL || rc->state != PORT_UNBOUND || rc->remote_domid != d->domid)
		return -XEN_EINVAL;
	a->local_port = evtchn_alloc(d, (struct tagma_port){
						.state = PORT_INTERDOMAIN,
						.remote_domid = rd->domid,
						.remote_port = (uint16_t)a->remote_port,
					});
	if (a->local_port == 0)
		return -XEN_ENOSPC;
	rc->state = PORT_INTERDOMAIN;
	rc->remote_port = (uint16_t)a->local_port;
	/* What the peer sent before it was bound would be lost. */
	evtchn_raise(d, a->local_port);
	return 0;
}

static bool virq_allowed(const struct domain *d, uint32_t virq)
{
	return virq == VIRQ_TIMER || virq == TAGMA_VIRQ_WRITEBACK || virq == TAGMA_VIRQ_SIGNAL ||
	       ((virq == VIRQ_DOM_EXC || virq == VIRQ_CONSOLE) && d->control);
}

static long op_bind_virq(struct thread *t, void *arg)
{
	evtchn_bind_virq_t *a = arg;
	struct domain *d = t->domain;

	if (a->virq >= EVTCHN_VIRQS)
		return -XEN_EINVAL;
	if (!virq_allowed(d, a->virq))
		return -XEN_EPERM;
	if (a->vcpu >= d->nr_vcpus)
		return -XEN_ENOENT;
	if (d->virq_port[a->virq] != 0)
		return -XEN_EEXIST;
	a->port = evtchn_alloc(d,
			       (struct tagma_port){ .state = PORT_VIRQ, .irq = (uint16_t)a->virq });
	d->virq_port[a->virq] = (uint16_t)a->port;
	return a->port != 0 ? 0 : -XEN_ENOSPC;
}

static long op_bind_pirq(struct thread *t, void *arg)
{
	evtchn_bind_pirq_t *a = arg;
	int err;

	a->port = evtchn_alloc(t->domain,
			       (struct tagma_port){ .state = PORT_PIRQ, .irq = (uint16_t)a->pirq });
	if (a->port == 0)
		return -XEN_ENOSPC;
	err = irq_bind(t->domain, a->pirq, a->port);
	if (err != 0)
		evtchn_get(t->domain, a->port)->state = PORT_FREE;
	return err;
}

static long op_bind_ipi(struct thread *t, void *arg)
{
	evtchn_bind_ipi_t *a = arg;

	if (a->vcpu >= t->domain->nr_vcpus)
		return -XEN_ENOENT;
	a->port = evtchn_alloc(t->domain, (struct tagma_port){ .state = PORT_IPI });
	return a->port != 0 ? 0 : -XEN_ENOSPC;
}

static long op_close(struct thread *t, void *arg)
{
	return evtchn_close(t->domain, *(const evtchn_port_t *)arg);
}

static long op_unmask(struct thread *t, void *arg)
{
	return evtchn_unmask(t->domain, *(const evtchn_port_t *)arg);
}

static long op_send(struct thread *t, void *arg)
{
	evtchn_port_t port = *(const evtchn_port_t *)arg;
	struct tagma_port *c = evtchn_get(t->domain, port);

	if (c == NULL)
		return -XEN_EINVAL;
	switch (c->state) {
	case PORT_INTERDOMAIN:
		evtchn_notify(c);
		return 0;
	case PORT_IPI:
		evtchn_raise(t->domain, port);
		return 0;
	case PORT_UNBOUND: /* as Xen: nobody is there to hear it */
		return 0;
	default:
		return -XEN_EINVAL;
	}
}

static long op_status(struct thread *t, void *arg)
{
	static const uint8_t status[] = {
		[PORT_FREE] = EVTCHNSTAT_closed,
		[PORT_UNBOUND] = EVTCHNSTAT_unbound,
		[PORT_INTERDOMAIN] = EVTCHNSTAT_interdomain,
		[PORT_VIRQ] = EVTCHNSTAT_virq,
		[PORT_PIRQ] = EVTCHNSTAT_pirq,
		[PORT_IPI] = EVTCHNSTAT_ipi,
	};
	evtchn_status_t *a = arg;
	int err;
	struct domain *d = domain_get(t->domain, a->dom, &err);
	const struct tagma_port *c = d != NULL ? evtchn_get(d, a->port) : NULL;

	if (d == NULL)
		return err;
	if (c == NULL)
		return -XEN_EINVAL;
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
	return 0;
}

static long op_reset(struct thread *t, void *arg)
{
	const evtchn_reset_t *a = arg;
	int err;
	struct domain *d = domain_get(t->domain, a->dom, &err);

	if (d == NULL)
		return err;
	evtchn_destroy_domain(d);
	return 0;
}

long hc_evtchn_op(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[EVTCHNOP_alloc_unbound] = HC_INOUT(op_alloc_unbound, evtchn_alloc_unbound_t),
		[EVTCHNOP_bind_interdomain] =
			HC_INOUT(op_bind_interdomain, evtchn_bind_interdomain_t),
		[EVTCHNOP_bind_virq] = HC_INOUT(op_bind_virq, evtchn_bind_virq_t),
		[EVTCHNOP_bind_pirq] = HC_INOUT(op_bind_pirq, evtchn_bind_pirq_t),
		[EVTCHNOP_bind_ipi] = HC_INOUT(op_bind_ipi, evtchn_bind_ipi_t),
		[EVTCHNOP_close] = HC_IN(op_close, evtchn_port_t),
		[EVTCHNOP_send] = HC_IN(op_send, evtchn_port_t),
		[EVTCHNOP_unmask] = HC_IN(op_unmask, evtchn_port_t),
		[EVTCHNOP_status] = HC_INOUT(op_status, evtchn_status_t),
		[EVTCHNOP_reset] = HC_IN(op_reset, evtchn_reset_t),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

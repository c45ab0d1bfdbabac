/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device interrupts, each led to one owner: a thread, as messages from a hardware
 * thread (L4-6), or a domain's event channel. The hypervisor knows nothing of the
 * device: a line stays masked from the interrupt until its owner says so.
 */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <xen/physdev.h>

/* Owned by a thread, or a domain's port, or (both 0) by nobody and masked. */
struct irq {
	uint32_t thread;
	uint16_t domid;
	uint16_t port;
	bool pending; /* raised, and not yet received by the thread */
};

static struct irq irqs[DOMAIN_IRQS];

static int irq_check(const struct domain *d, uint32_t irq)
{
	if (irq >= DOMAIN_IRQS || irq >= arch_nr_irqs())
		return -XEN_EINVAL;
	return (d->irq_allowed[irq / 8] >> (irq % 8)) & 1 ? 0 : -XEN_EPERM;
}

void irq_raised(uint32_t irq)
{
	struct irq *i = &irqs[irq % DOMAIN_IRQS];
	struct thread *t = thread_lookup(i->thread);
	struct domain *d;

	TRACE(irq, irq, 0);
	if (t != NULL) {
		if (!i->pending && !ipc_deliver_irq(t, irq)) {
			i->pending = true;
			t->nr_irqs_pending++;
		}
	} else if (i->port != 0) {
		d = domain_lookup(i->domid);
		if (d != NULL)
			evtchn_raise(d, i->port);
	}
}

int irq_attach(struct thread *t, uint32_t irq)
{
	struct irq *i = &irqs[irq % DOMAIN_IRQS];
	int err = irq_check(t->domain, irq);

	if (err != 0)
		return err;
	if (i->port != 0 || (i->thread != 0 && i->thread != t->obj.id))
		return -XEN_EBUSY;
	if (i->thread == 0) {
		i->thread = t->obj.id;
		t->nr_irqs++;
	}
	/* One that has not been received yet keeps its line masked. */
	if (!i->pending)
		arch_irq_unmask(irq);
	return 0;
}

void irq_deliver_pending(struct thread *t)
{
	/* With none attached, what is pending are signals: ipc_deliver_event()'s. */
	for (uint32_t n = 0; n < DOMAIN_IRQS && t->nr_irqs != 0; n++) {
		struct irq *i = &irqs[n];

		if (i->thread != t->obj.id || !i->pending)
			continue;
		if (ipc_deliver_irq(t, n)) {
			i->pending = false;
			t->nr_irqs_pending--;
		}
		if (t->state != THREAD_RECEIVING)
			return;
	}
}

void irq_release_thread(struct thread *t)
{
	for (uint32_t n = 0; n < DOMAIN_IRQS; n++) {
		if (irqs[n].thread != t->obj.id)
			continue;
		arch_irq_mask(n);
		irqs[n] = (struct irq){ 0 };
	}
	t->nr_irqs = 0;
	t->nr_irqs_pending = t->signal.nr != 0;
}

int irq_bind(struct domain *d, uint32_t irq, uint32_t port)
{
	int err = irq_check(d, irq);

	if (err != 0)
		return err;
	if (irqs[irq].thread != 0 || irqs[irq].port != 0)
		return -XEN_EBUSY;
	irqs[irq] = (struct irq){ .domid = d->domid, .port = (uint16_t)port };
	arch_irq_unmask(irq);
	return 0;
}

void irq_unbind(struct domain *d, uint32_t irq)
{
	if (irqs[irq].port == 0 || irqs[irq].domid != d->domid)
		return;
	arch_irq_mask(irq);
	irqs[irq] = (struct irq){ 0 };
}

static long irq_hc_eoi(struct thread *t, void *arg)
{
	uint32_t irq = ((const struct physdev_eoi *)arg)->irq;

	if (irq >= DOMAIN_IRQS || irqs[irq].port == 0 || irqs[irq].domid != t->domain->domid)
		return -XEN_EINVAL;
	arch_irq_unmask(irq);
	return 0;
}

static long irq_hc_status(struct thread *t, void *arg)
{
	struct physdev_irq_status_query *q = arg;

	if (irq_check(t->domain, q->irq) == -XEN_EINVAL)
		return -XEN_EINVAL;
	q->flags = XENIRQSTAT_needs_eoi; /* every line is masked when it is raised */
	return 0;
}

long hc_physdev_op(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[PHYSDEVOP_eoi] = HC_IN(irq_hc_eoi, struct physdev_eoi),
		[PHYSDEVOP_irq_status_query] =
			HC_INOUT(irq_hc_status, struct physdev_irq_status_query),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

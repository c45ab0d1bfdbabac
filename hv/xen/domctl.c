/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's domain controls, for domains that control others. */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/domain_info.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/mapdb.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/domctl.h>

#define MAX_PAGES 0x100000u /* 4 GB of guest pages */
#define PORT_BATCH 64u	    /* ports changed between preemption points */

_Static_assert(sizeof(struct xen_domctl) == 144, "the same for 32-bit callers");
_Static_assert(sizeof(((struct domain *)0)->handle) == sizeof(xen_domain_handle_t), "handle");

/* The fixed part of an answer; a handler has filled its part of op->u. */
static long put_op(struct thread *t, gva_t arg, const struct xen_domctl *op)
{
	return copy_to_guest(t->space, arg, op, sizeof(*op), NULL) ? -XEN_EFAULT : 0;
}

static long create(struct thread *t, gva_t arg, struct xen_domctl *op)
{
	const struct xen_domctl_createdomain *c = &op->u.createdomain;
	struct domain *d;
	int err;

	/* Native and PV guests only, without any of HVM's options. */
	if (c->flags || c->iommu_opts || c->max_vcpus != 1 || c->vmtrace_size || c->cpupool_id)
		return -XEN_EINVAL;
	if (op->domain == 0 || op->domain >= DOMID_FIRST_RESERVED)
		d = domain_create(0, &err);
	else
		d = domain_create_as(op->domain, 0, &err);
	if (!d)
		return err;
	memcpy(d->handle, c->handle, sizeof(d->handle));
	op->domain = d->domid;
	if (!put_op(t, arg, op))
		return 0;
	/* It is empty: one step takes it away. */
	while (!domain_destroy(d))
		;
	return -XEN_EFAULT;
}

/* In steps: the hypercall is run again until all is freed; the domain holds the progress. */
static long destroy(struct thread *t, uint32_t domid)
{
	struct domain *d = domain_find(domid);

	if (!d)
		return -XEN_ESRCH;
	if (d == t->domain || d->domid == 0)
		return -XEN_EINVAL;
	do {
		if (domain_destroy(d))
			return 0;
	} while (!preempt_point());
	return HC_RESTART;
}

static long pause(struct domain *d)
{
	if (d->pause_count >= MAX_PAUSE)
		return -XEN_E2BIG;
	domain_pause(d);
	return 0;
}

static long unpause(struct domain *d)
{
	/* A shutdown holds one count, which is not the controller's to take back. */
	if (d->pause_count == (d->shutdown ? 1u : 0u))
		return -XEN_EINVAL;
	domain_unpause(d);
	return 0;
}

static long max_mem(struct domain *d, uint64_t kb)
{
	uint64_t pages = kb / (PAGE_SIZE / 1024);

	if (pages > MAX_PAGES || pages < d->nr_pages)
		return -XEN_EINVAL;
	d->max_pages = (uint32_t)pages;
	return 0;
}

static long vcpu_info(struct thread *t, gva_t arg, struct xen_domctl *op, const struct domain *d)
{
	struct xen_domctl_getvcpuinfo *v = &op->u.getvcpuinfo;
	const struct thread *vt;

	if (v->vcpu >= d->nr_vcpus)
		return -XEN_ESRCH;
	vt = d->vcpu[v->vcpu].thread;
	memset(v, 0, sizeof(*v));
	v->online = vt != NULL;
	v->blocked = vt && vt->state != THREAD_READY;
	v->running = domain_is_running(d);
	v->cpu_time = domain_run_ns(d);
	v->cpu = vt ? vt->cpu->id : 0;
	return put_op(t, arg, op);
}

static long irq_permission(struct domain *d, const struct xen_domctl_irq_permission *p)
{
	uint8_t bit = (uint8_t)(1u << (p->pirq % 8));

	if (p->pirq >= DOMAIN_IRQS)
		return -XEN_EINVAL;
	if (p->allow_access)
		d->irq_allowed[p->pirq / 8] |= bit;
	else
		d->irq_allowed[p->pirq / 8] &= (uint8_t)~bit;
	return 0;
}

/* One port between the caller and d. Returns 1 changed, 0 was so already, or -errno. */
static int change_port(struct domain *from, struct domain *d, vpn_t port, bool allow)
{
	bool has = mapdb_lookup(d->root, port).rights;
	struct mapping made;
	int r;

	if (has == allow)
		return 0;
	if (allow)
		r = mapdb_map(from->root, port, d->root, port, TAGMA_RW, &made);
	else
		r = mapdb_flush(d->root, port, TAGMA_RWX, true);
	arch_vtlb_sync();
	return r == MAPDB_NOTHING ? -XEN_EINVAL : r ? r : 1;
}

/* Restarts skip what is done already, so each makes progress. */
static long ioport_permission(struct thread *t, struct domain *d,
			      const struct xen_domctl_ioport_permission *p)
{
	uint32_t changed = 0;

	if (p->first_port > 0xffff || p->nr_ports > 0x10000 - p->first_port)
		return -XEN_EINVAL;
	for (uint32_t i = 0; i < p->nr_ports; i++) {
		int r = change_port(t->domain, d, MAPDB_PORT | (p->first_port + i),
				    p->allow_access);

		if (r < 0)
			return r == MAPDB_RESTART ? HC_RESTART : r;
		changed += (uint32_t)r;
		if (r && changed % PORT_BATCH == 0 && preempt_point())
			return HC_RESTART;
	}
	return 0;
}

static long get_info(struct thread *t, gva_t arg, struct xen_domctl *op)
{
	const struct domain *d = domain_next(op->domain);

	if (!d)
		return -XEN_ESRCH;
	domain_fill_info(d, &op->u.getdomaininfo);
	op->domain = d->domid;
	return put_op(t, arg, op);
}

/* Controls of a domain that is there, and not the caller. */
static long control(struct thread *t, gva_t arg, struct xen_domctl *op, struct domain *d)
{
	switch (op->cmd) {
	case XEN_DOMCTL_pausedomain:
		return pause(d);
	case XEN_DOMCTL_unpausedomain:
		return unpause(d);
	case XEN_DOMCTL_max_mem:
		return max_mem(d, op->u.max_mem.max_memkb);
	case XEN_DOMCTL_max_vcpus:
		return op->u.max_vcpus.max == d->nr_vcpus ? 0 : -XEN_EINVAL;
	case XEN_DOMCTL_setdomainhandle:
		memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
		return 0;
	case XEN_DOMCTL_getvcpuinfo:
		return vcpu_info(t, arg, op, d);
	case XEN_DOMCTL_irq_permission:
		return irq_permission(d, &op->u.irq_permission);
	case XEN_DOMCTL_ioport_permission:
		return ioport_permission(t, d, &op->u.ioport_permission);
	default:
		return -XEN_ENOSYS;
	}
}

long hc_domctl(struct thread *t, gva_t arg)
{
	struct xen_domctl op;
	struct domain *d;
	int err;

	if (copy_from_guest(t->space, &op, arg, sizeof(op), NULL))
		return -XEN_EFAULT;
	if (!t->domain->control)
		return -XEN_EPERM;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -XEN_EACCES;
	if (op.cmd == XEN_DOMCTL_createdomain)
		return create(t, arg, &op);
	if (op.cmd == XEN_DOMCTL_destroydomain)
		return destroy(t, op.domain);
	if (op.cmd == XEN_DOMCTL_getdomaininfo)
		return get_info(t, arg, &op);
	d = domain_get(t->domain, op.domain, &err);
	if (!d)
		return err;
	if (d == t->domain && op.cmd != XEN_DOMCTL_getvcpuinfo)
		return -XEN_EINVAL;
	return control(t, arg, &op, d);
}

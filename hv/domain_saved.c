/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain as a record, for writeback and reload. Its memory is no descriptor: frames keep
 * their owner and their page number, so the physmap is made again from them. Its controller
 * keeps the record; what comes back is checked as if a stranger had made it.
 */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/share.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/sched.h>

_Static_assert(sizeof(struct tagma_saved_domain) % 8 == 0, "the same for 32- and 64-bit compilers");

/* --- out */

/* When the timer would have gone off; from here on somebody else has to think of it. */
static uint64_t timer_take(struct timer *t)
{
	uint64_t deadline = timer_is_set(t) ? t->deadline : TIMER_NEVER;

	timer_stop(t);
	return deadline;
}

static void save_vcpu(struct vcpu *v, struct tagma_saved_domain *s)
{
	struct thread *t = v->thread;
	uint64_t wait;

	s->upcall_ip = v->upcall_ip;
	s->trap_ip = v->trap_ip;
	s->entry_sp = v->entry_sp;
	s->timer_ns = timer_take(&v->timer);
	s->periodic_ns = timer_take(&v->periodic);
	s->period_ns = v->period;
	wait = timer_take(&t->ipc.timer);
	s->wake_ns = MIN(MIN(s->timer_ns, s->periodic_ns), wait);
	s->run_ns += t->run_ns;
	ipc_freeze(t);
	thread_record(t, &s->vcpu);
}

void domain_save(struct domain *d)
{
	static struct tagma_saved_domain s; /* too large for the stack; under the kernel lock */

	s = (struct tagma_saved_domain){
		.domid = d->domid,
		.flags = (d->control ? TAGMA_DOMAIN_F_CONTROL : 0) |
			 (d->runnable ? TAGMA_SAVED_RUNNABLE : 0) |
			 (d->chief_imposed ? TAGMA_SAVED_IMPOSED : 0),
		.pause_count = d->pause_count - 1,
		.shutdown = d->shutdown,
		.top_prio = d->top_prio,
		.cpu_percent = d->cpu_percent,
		.nr_pages = d->nr_pages,
		.max_pages = d->max_pages,
		.chief = d->chief,
		.shared_info = d->shared_info ? frame_of(d->shared_info_mfn)->gpn << PAGE_SHIFT : 0,
		.ring = d->channel.ring,
		.ring_nr = d->channel.nr,
		.ring_prod = d->channel.prod,
		.colours = d->colours,
		.run_ns = d->run_ns,
		.wake_ns = TIMER_NEVER,
	};
	memcpy(s.lock_quota, d->lock_quota, sizeof(s.lock_quota));
	memcpy(s.handle, d->handle, sizeof(s.handle));
	memcpy(s.irq_allowed, d->irq_allowed, sizeof(s.irq_allowed));
	memcpy(s.port, d->ports, sizeof(s.port));
	if (d->vcpu[0].thread)
		save_vcpu(&d->vcpu[0], &s);
	writeback_domain(&s);
	d->saved = true;
}

/* --- and in */

static bool port_ok(const struct tagma_port *p)
{
	switch (p->state) {
	case PORT_FREE:
	case PORT_UNBOUND:
	case PORT_IPI:
		return p->unsent == UNSENT_NONE;
	case PORT_INTERDOMAIN:
		return p->remote_port && p->remote_port < EVTCHN_PORTS &&
		       p->remote_domid < DOMID_FIRST_RESERVED && p->unsent <= UNSENT_TOLD;
	case PORT_VIRQ:
		return p->irq < EVTCHN_VIRQS && p->unsent == UNSENT_NONE;
	default: /* a domain with device interrupts is not written back */
		return false;
	}
}

static int check(const struct tagma_saved_domain *s)
{
	const struct tagma_channel ring = { s->ring, s->ring_nr };

	if (s->domid == 0 || s->domid >= DOMID_FIRST_RESERVED || s->top_prio > 255 ||
	    s->cpu_percent > 100 || s->shutdown > SHUTDOWN_MAX + 1u ||
	    s->pause_count >= MAX_PAUSE || s->shared_info % PAGE_SIZE || !channel_ok(&ring))
		return -XEN_EINVAL;
	if (s->shared_info && thread_check(s->top_prio, &s->vcpu.t, TAGMA_SET_ALL))
		return -XEN_EINVAL;
	for (uint32_t i = 0; i < EVTCHN_PORTS; i++)
		if (!port_ok(&s->port[i]) || (!i && s->port[i].state != PORT_FREE))
			return -XEN_EINVAL;
	return 0;
}

/* It goes on where it was: a wait of its own making is made again by its first run. */
static int load_vcpu(struct domain *d, const struct tagma_saved_domain *s)
{
	mfn_t shared = domain_physmap_get(d, s->shared_info >> PAGE_SHIFT);
	struct vcpu *v = &d->vcpu[0];
	struct thread *t;
	int err;

	if (!mfn_ok(shared))
		return -XEN_EINVAL;
	/* Nobody's own: its ring may be full, and it could not come to empty it. */
	err = cache_reserve_thread(NULL);
	if (err)
		return err;
	t = thread_load(d, d->root);
	domain_attach_vcpu(d, t, shared);
	v->upcall_ip = s->upcall_ip;
	v->trap_ip = s->trap_ip;
	v->entry_sp = s->entry_sp;
	v->period = MAX(s->period_ns, PERIOD_MIN_NS);
	if (s->timer_ns != TIMER_NEVER)
		timer_set(&v->timer, s->timer_ns);
	if (s->periodic_ns != TIMER_NEVER)
		timer_set(&v->periodic, s->periodic_ns);
	thread_apply(t, &s->vcpu.t, TAGMA_SET_ALL);
	if (s->vcpu.t.pager == TAGMA_SELF)
		t->pager = t->obj.id;
	if (s->vcpu.t.handler == TAGMA_SELF)
		t->handler = t->obj.id;
	arch_thread_restore(t, &s->vcpu.ext);
	return 0;
}

static void load_ports(struct domain *d, const struct tagma_saved_domain *s)
{
	memcpy(d->ports, s->port, sizeof(s->port));
	for (uint32_t i = 1; i < EVTCHN_PORTS; i++)
		if (d->ports[i].state == PORT_VIRQ)
			d->virq_port[d->ports[i].irq] = (uint16_t)i;
}

static struct domain *load_shell(const struct tagma_saved_domain *s, int *err)
{
	struct domain *d = domain_new(s->domid, err);

	if (!d)
		return NULL;
	d->loading = true;
	d->control = s->flags & TAGMA_DOMAIN_F_CONTROL;
	d->chief_imposed = s->flags & TAGMA_SAVED_IMPOSED;
	d->pause_count = s->pause_count + 1;
	d->shutdown = s->shutdown;
	d->top_prio = (uint8_t)s->top_prio;
	share_set(d, s->cpu_percent);
	d->max_pages = s->max_pages;
	d->chief = s->chief;
	d->channel = (struct channel){ s->ring, s->ring_nr, s->ring_prod };
	d->colours = s->colours & frame_all_colours();
	d->run_ns = s->run_ns;
	memcpy(d->handle, s->handle, sizeof(d->handle));
	memcpy(d->irq_allowed, s->irq_allowed, sizeof(d->irq_allowed));
	return d;
}

/* The record stands unchanged with the controller until this returns 0: a load that fails
 * leaves no trace, one that is restarted finds the domain half made. */
long domain_reload(const struct tagma_saved_domain *s)
{
	struct domain *d = domain_find(s->domid);
	int err = check(s);

	if (!err && d && !d->loading)
		err = -XEN_EEXIST;
	if (!err && !d)
		d = load_shell(s, &err);
	if (!err)
		err = domain_physmap_rebuild(d);
	if (!err && s->shared_info)
		err = load_vcpu(d, s);
	if (!err) {
		/* What the others have been given since may leave less than it had. */
		if (cache_set_quota(d, s->lock_quota))
			kprintf("domain %u: its lock quota is gone\n", d->domid);
		load_ports(d, s);
		d->loading = false;
		evtchn_domain_back(d);
		return 0;
	}
	if (err != HC_RESTART && d && d->loading)
		domain_drop(d);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <ipc_world.h>
#include <hv/guest.h>
#include <host.h>
#include <hv/panic.h>
#include <hv/prio.h>
#include <hv/signal.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/xen.h>

struct list domain_list = LIST_INIT(domain_list);
struct domain *iw_dom[3];
struct space *iw_user[2];
struct thread *iw_idle;
uint32_t iw_shutdowns;

static uint64_t iw_now;

struct domain *domain_lookup(uint32_t domid)
{
	return domid < ARRAY_SIZE(iw_dom) && !iw_dom[domid]->dying ? iw_dom[domid] : NULL;
}

struct domain *domain_get(const struct domain *caller, uint32_t domid, int *err)
{
	struct domain *d =
		domid == DOMID_SELF ? (struct domain *)(uintptr_t)caller : domain_lookup(domid);

	*err = -XEN_EPERM;
	return d == caller || caller == iw_dom[0] ? d : NULL;
}

void domain_shutdown(struct domain *d, uint32_t reason)
{
	iw_shutdowns++;
	if (d->shutdown != 0)
		return;
	d->shutdown = reason + 1;
	d->pause_count++;
	list_for_each (l, &thread_pool.live) {
		struct thread *t = thread_of_object(list_entry(l, struct object, link));

		if (t->domain == d)
			sched_dequeue(t);
	}
}

static void iw_domain(uint16_t domid)
{
	struct domain *d = world_domain(domid, IW_PAGES + 8);
	mfn_t shared, ports = frame_alloc(FRAME_OWNER_HV, 0);

	iw_dom[domid] = d;
	d->top_prio = 255;
	d->nr_vcpus = 1;
	d->ports = frame_ptr(ports);
	evtchn_init_domain(d);
	for (uint32_t i = 0; i < IW_PAGES; i++)
		ASSERT(domain_populate(d, IW_FIRST_PAGE + i) == 0);
	ASSERT(domain_populate(d, 1) == 0);
	shared = domain_physmap_get(d, 1);
	d->shared_info = frame_ptr(shared);
	d->shared_info_mfn = shared;
}

void iw_init(void)
{
	world_init(1024, 1024);
	iw_now = 1;
	iw_shutdowns = 0;
	host_set_time(iw_now);
	sched_init(&host_cpu);
	thread_init_pool(IW_THREADS);
	signal_init(IW_MESSAGES);
	for (uint16_t i = 0; i < 3; i++)
		iw_domain(i);
	for (unsigned i = 0; i < 2; i++)
		iw_user[i] = space_load(iw_dom[1], 0, i);
	iw_idle = iw_thread(iw_dom[0]->root, 0);
	iw_leave();
}

struct thread *iw_thread(struct space *s, uint8_t prio)
{
	struct thread *t = thread_load(s->domain, s);

	if (t == NULL)
		return NULL;
	thread_set_prio(t, prio);
	thread_set_stopped(t, false);
	return t;
}

struct thread *iw_vcpu(struct domain *d, uint8_t prio)
{
	struct thread *t = iw_thread(d->root, prio);

	d->vcpu[0].thread = t;
	t->vcpu = &d->vcpu[0];
	return t;
}

void iw_map(struct space *user, uint32_t vpn, uint32_t rights)
{
	ASSERT(host_map(user->domain->root, vpn, user, vpn, rights) == 0);
}

void iw_unmap(struct space *user, uint32_t vpn)
{
	while (!host_flush(user, vpn, TAGMA_RWX, true))
		;
}

struct tagma_msg *iw_msg(struct thread *t, uint32_t addr)
{
	return guest_ptr(t->space, GVA(addr), TAGMA_R);
}

void iw_become(struct thread *t)
{
	struct thread *old = host_cpu.current;

	ASSERT(thread_runnable(t));
	if (old == t)
		return;
	host_cpu.current = NULL;
	if (old != NULL)
		sched_enqueue(old);
	sched_dequeue(t);
	host_cpu.current = t;
	host_cpu.rq.start = iw_now;
}

struct thread *iw_leave(void) { return sched_exit(); }

void iw_ipc(struct thread *t, uint32_t tag, uint32_t dest, uint32_t from, uint32_t w0, uint32_t w1,
	    uint32_t w2)
{
	iw_become(t);
	t->arch.ipc_tag = tag;
	t->arch.ipc_dest = dest;
	t->arch.ipc_from = from;
	t->arch.ipc_w[0] = w0;
	t->arch.ipc_w[1] = w1;
	t->arch.ipc_w[2] = w2;
	t->arch.ipc_sender = TAGMA_NIL;
	t->arch.hc_result = IW_PENDING;
	hc_ipc(t);
	iw_leave();
}

/* The host's arch_ipc_put() leaves hc_result alone and always names a sender. */
long iw_result(const struct thread *t)
{
	if (t->state != THREAD_READY || t->ipc.peer != TAGMA_NIL)
		return IW_PENDING;
	if (t->arch.hc_result == IW_PENDING && t->arch.ipc_sender != TAGMA_NIL)
		return IW_OK;
	return t->arch.hc_result;
}

void iw_time(uint64_t us)
{
	iw_now += us * NSEC_PER_USEC;
	host_set_time(iw_now);
	timer_interrupt();
	iw_leave();
}

bool iw_check(void)
{
	return ipc_check() && sched_check() && prio_check() && mapdb_check() && host_vtlb_check() &&
	       signal_check();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* SCHEDOP_*. */
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/thread.h>
#include <xen/sched.h>

#define POLL_MAX_PORTS 128u /* as Xen */

/* As a 32-bit guest lays it out. */
struct sched_poll32 {
	uint32_t ports;
	uint32_t nr_ports;
	u64_32bit timeout;
};
_Static_assert(sizeof(struct sched_poll32) == 16, "Xen's ABI");

/* Events are enabled and looked at in one step: none can slip in between. */
static long sched_block(struct thread *t, void *none)
{
	struct vcpu *v = t->vcpu;
	struct si_page *si = si_of(t->domain);

	(void)none;
	if (v == NULL || si == NULL)
		return -XEN_EPERM;
	__atomic_store_n(&si->vcpu[v->index].upcall_mask, 0, __ATOMIC_SEQ_CST);
	if (evtchn_pending(v))
		return 0;
	vcpu_block(v, POLL_NONE);
	return HC_NORESULT;
}

static long sched_shutdown(struct thread *t, void *arg)
{
	const struct sched_shutdown *s = arg;

	if (s->reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	domain_shutdown(t->domain, s->reason);
	return 0;
}

static long sched_remote_shutdown(struct thread *t, void *arg)
{
	const struct sched_remote_shutdown *s = arg;
	int err;
	struct domain *d = domain_get(t->domain, s->domain_id, &err);

	if (d == NULL)
		return err;
	if (s->reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	domain_shutdown(d, s->reason);
	return 0;
}

/* 1: one of them is pending; 0: none; an error. *last: the last of them. */
static long poll_ports(struct thread *t, const struct sched_poll32 *p, uint32_t *last)
{
	uint32_t port[POLL_MAX_PORTS];
	bool pending = false;

	if (p->nr_ports > POLL_MAX_PORTS)
		return -XEN_EINVAL;
	if (copy_from_guest(t->space, port, GVA(p->ports), p->nr_ports * sizeof(port[0]), NULL) !=
	    0)
		return -XEN_EFAULT;
	for (uint32_t i = 0; i < p->nr_ports; i++) {
		if (port[i] == 0 || port[i] >= EVTCHN_PORTS)
			return -XEN_EINVAL;
		pending |= evtchn_is_pending(t->domain, port[i]);
		*last = port[i];
	}
	return pending;
}

static long sched_poll(struct thread *t, void *arg)
{
	const struct sched_poll32 *p = arg;
	uint32_t port = 0;
	long ret;

	if (t->vcpu == NULL || si_of(t->domain) == NULL)
		return -XEN_EPERM;
	ret = poll_ports(t, p, &port);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	if (evtchn_pending(t->vcpu) || (p->timeout != 0 && p->timeout <= time_ns()))
		return 0;
	vcpu_block(t->vcpu, p->nr_ports == 1 ? port : POLL_ANY);
	if (p->timeout != 0)
		timer_set(&t->ipc.timer, p->timeout);
	return HC_NORESULT;
}

static long sched_yield(struct thread *t, void *none)
{
	(void)none;
	sched_rotate(t);
	return 0;
}

long hc_sched_op(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[SCHEDOP_yield] = HC_ADDR(sched_yield),
		[SCHEDOP_block] = HC_ADDR(sched_block),
		[SCHEDOP_shutdown] = HC_IN(sched_shutdown, struct sched_shutdown),
		[SCHEDOP_poll] = HC_IN(sched_poll, struct sched_poll32),
		[SCHEDOP_remote_shutdown] =
			HC_IN(sched_remote_shutdown, struct sched_remote_shutdown),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

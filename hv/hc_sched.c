/* SPDX-License-Identifier: GPL-2.0-only */
/* SCHEDOP_*. */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/thread.h>
#include <xen/xen.h>
#include <xen/sched.h>

#define POLL_MAX_PORTS 128u /* as Xen */

/* As a 32-bit guest lays it out. */
struct sched_poll32 {
	uint32_t ports;
	uint32_t nr_ports;
	uint32_t timeout[2];
};
_Static_assert(sizeof(struct sched_poll32) == 16, "Xen's ABI");

/* Events are enabled and looked at in one step: none can slip in between. */
static long sched_block(struct thread *t)
{
	struct vcpu *v = t->vcpu;
	struct si_page *si = si_of(t->domain);

	if (v == NULL || si == NULL)
		return -XEN_EPERM;
	__atomic_store_n(&si->vcpu[v->index].upcall_mask, 0, __ATOMIC_SEQ_CST);
	if (evtchn_pending(v))
		return 0;
	vcpu_block(v, POLL_NONE);
	return HC_NORESULT;
}

static long sched_shutdown(struct thread *t, gva_t arg)
{
	struct sched_shutdown s;

	if (copy_from_guest(t->space, &s, arg, sizeof(s), NULL) != 0)
		return -XEN_EFAULT;
	if (s.reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	domain_shutdown(t->domain, s.reason);
	return 0;
}

static long sched_remote_shutdown(struct thread *t, gva_t arg)
{
	struct sched_remote_shutdown s;
	struct domain *d;

	if (copy_from_guest(t->space, &s, arg, sizeof(s), NULL) != 0)
		return -XEN_EFAULT;
	d = domain_lookup(s.domain_id);
	if (d == NULL)
		return -XEN_ESRCH;
	if (!domain_controls(t->domain, d))
		return -XEN_EPERM;
	if (s.reason > SHUTDOWN_MAX)
		return -XEN_EINVAL;
	domain_shutdown(d, s.reason);
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

static long sched_poll(struct thread *t, gva_t arg)
{
	struct sched_poll32 p;
	uint64_t timeout;
	uint32_t port = 0;
	long ret;

	if (t->vcpu == NULL || si_of(t->domain) == NULL)
		return -XEN_EPERM;
	if (copy_from_guest(t->space, &p, arg, sizeof(p), NULL) != 0)
		return -XEN_EFAULT;
	ret = poll_ports(t, &p, &port);
	if (ret != 0)
		return ret < 0 ? ret : 0;
	timeout = (uint64_t)p.timeout[1] << 32 | p.timeout[0];
	if (evtchn_pending(t->vcpu) || (timeout != 0 && timeout <= time_ns()))
		return 0;
	vcpu_block(t->vcpu, p.nr_ports == 1 ? port : POLL_ANY);
	if (timeout != 0)
		timer_set(&t->ipc.timer, timeout);
	return HC_NORESULT;
}

long hc_sched_op(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case SCHEDOP_yield:
		sched_rotate(t);
		return 0;
	case SCHEDOP_block:
		return sched_block(t);
	case SCHEDOP_shutdown:
		return sched_shutdown(t, arg);
	case SCHEDOP_poll:
		return sched_poll(t, arg);
	case SCHEDOP_remote_shutdown:
		return sched_remote_shutdown(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

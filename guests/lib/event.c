/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels over shared_info: Xen's two levels of bits, one vCPU. */
#include <errno.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>

#define WORD_BITS (8 * sizeof(xen_ulong_t))

static struct {
	event_fn *fn;
	void *arg;
} handlers[EVENT_PORTS];

static volatile struct vcpu_info *vcpu(void) { return &shared_info->vcpu_info[0]; }

static volatile uint32_t *pending_word(uint32_t port)
{
	return (volatile uint32_t *)&shared_info->evtchn_pending[port / WORD_BITS];
}

static volatile uint32_t *mask_word(uint32_t port)
{
	return (volatile uint32_t *)&shared_info->evtchn_mask[port / WORD_BITS];
}

static uint32_t bit(uint32_t port) { return 1u << port % WORD_BITS; }

void event_init(void)
{
	vcpu()->evtchn_upcall_mask = 1;
	for (uint32_t p = 0; p < EVENT_PORTS; p++)
		event_mask(p);
}

int event_set_handler(uint32_t port, event_fn *fn, void *arg)
{
	if (port >= EVENT_PORTS)
		return -EINVAL;
	handlers[port].fn = fn;
	handlers[port].arg = arg;
	return (int)port;
}

int event_bind_virq(uint32_t virq, event_fn *fn, void *arg)
{
	struct evtchn_bind_virq op = { .virq = virq };
	int err = (int)HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &op);

	return err ? err : event_set_handler(op.port, fn, arg);
}

int event_bind_interdomain(uint32_t domid, uint32_t remote_port, event_fn *fn, void *arg)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = (domid_t)domid,
		.remote_port = remote_port,
	};
	int err = (int)HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &op);

	return err ? err : event_set_handler(op.local_port, fn, arg);
}

int event_alloc_unbound(uint32_t remote_domid, event_fn *fn, void *arg)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = (domid_t)remote_domid,
	};
	int err = (int)HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	return err ? err : event_set_handler(op.port, fn, arg);
}

int event_close(uint32_t port)
{
	struct evtchn_close op = { .port = port };

	if (port >= EVENT_PORTS)
		return -EINVAL;
	event_mask(port);
	handlers[port].fn = 0;
	arch_atomic_and(pending_word(port), ~bit(port));
	return (int)HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

int event_send(uint32_t port)
{
	struct evtchn_send op = { .port = port };

	return (int)HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}

void event_mask(uint32_t port)
{
	if (port < EVENT_PORTS)
		arch_atomic_or(mask_word(port), bit(port));
}

void event_unmask(uint32_t port)
{
	struct evtchn_unmask op = { .port = port };

	/* The hypervisor sees what became pending meanwhile and makes it an event. */
	if (port < EVENT_PORTS)
		HYPERVISOR_event_channel_op(EVTCHNOP_unmask, &op);
}

void event_enable(void)
{
	vcpu()->evtchn_upcall_mask = 0;
	arch_barrier();
	/* What came while masked has no upcall yet; any hypercall delivers it. */
	if (vcpu()->evtchn_upcall_pending)
		HYPERVISOR_xen_version(XENVER_version, 0);
}

bool event_disable(void)
{
	bool on = !vcpu()->evtchn_upcall_mask;

	vcpu()->evtchn_upcall_mask = 1;
	arch_barrier();
	return on;
}

void event_restore(bool on)
{
	if (on)
		event_enable();
}

bool event_test_clear(uint32_t port)
{
	if (port >= EVENT_PORTS || !(*pending_word(port) & bit(port)))
		return false;
	arch_atomic_and(pending_word(port), ~bit(port));
	return true;
}

void event_raise(uint32_t port)
{
	if (port >= EVENT_PORTS)
		return;
	arch_atomic_or(pending_word(port), bit(port));
	if (*mask_word(port) & bit(port))
		return;
	arch_atomic_or((volatile uint32_t *)&vcpu()->evtchn_pending_sel, 1u << port / WORD_BITS);
	vcpu()->evtchn_upcall_pending = 1;
	if (!vcpu()->evtchn_upcall_mask)
		HYPERVISOR_xen_version(XENVER_version, 0);
}

bool event_pending(void) { return vcpu()->evtchn_upcall_pending; }

static unsigned int dispatch_word(uint32_t word)
{
	volatile uint32_t *pending = pending_word(word * WORD_BITS);
	volatile uint32_t *mask = mask_word(word * WORD_BITS);
	unsigned int n = 0;
	uint32_t ready;

	while ((ready = *pending & ~*mask)) {
		uint32_t port = word * WORD_BITS + (uint32_t)__builtin_ctz(ready);

		/* Clear before the handler runs: what comes during it is a new event. */
		arch_atomic_and(pending, ~bit(port));
		if (port < EVENT_PORTS && handlers[port].fn)
			handlers[port].fn(handlers[port].arg, port);
		n++;
	}
	return n;
}

unsigned int event_dispatch(void)
{
	unsigned int n = 0;

	while (vcpu()->evtchn_upcall_pending) {
		uint32_t words;

		vcpu()->evtchn_upcall_pending = 0;
		words = arch_atomic_xchg((volatile uint32_t *)&vcpu()->evtchn_pending_sel, 0);
		for (; words; words &= words - 1)
			n += dispatch_word((uint32_t)__builtin_ctz(words));
	}
	return n;
}

void event_wait(void) { HYPERVISOR_sched_op(SCHEDOP_block, 0); }

void event_poll(uint32_t port, uint64_t deadline)
{
	evtchn_port_t ports[1] = { port };
	struct sched_poll op = { .nr_ports = 1, .timeout = deadline };

	set_xen_guest_handle(op.ports, ports);
	HYPERVISOR_sched_op(SCHEDOP_poll, &op);
}

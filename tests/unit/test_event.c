/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels, vCPUs, device interrupts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/foreign/x86_32.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

/* What hv/include/hv/shared_info.h says by itself, Xen says for x86. */
#define SAME(a, fa, b, fb) _Static_assert(offsetof(a, fa) == offsetof(b, fb), "Xen's ABI")
_Static_assert(sizeof(struct si_vcpu) == sizeof(struct vcpu_info_x86_32), "Xen's ABI");
_Static_assert(sizeof(struct si_time) == sizeof(struct vcpu_time_info_x86_32), "Xen's ABI");
_Static_assert(sizeof(struct si_page) == sizeof(struct shared_info_x86_32), "Xen's ABI");
SAME(struct si_vcpu, pending_sel, struct vcpu_info_x86_32, evtchn_pending_sel);
SAME(struct si_vcpu, upcall_mask, struct vcpu_info_x86_32, evtchn_upcall_mask);
SAME(struct si_vcpu, time, struct vcpu_info_x86_32, time);
SAME(struct si_time, tsc_shift, struct vcpu_time_info_x86_32, tsc_shift);
SAME(struct si_page, mask, struct shared_info_x86_32, evtchn_mask);
SAME(struct si_page, wc_sec, struct shared_info_x86_32, wc_sec);

#define ARG (20 * PAGE_SIZE)

static struct thread *v1, *v2; /* vCPUs of domains 1 and 2 */

static int setup(void **state)
{
	(void)state;
	iw_init();
	v1 = iw_vcpu(iw_dom[1], 10);
	v2 = iw_vcpu(iw_dom[2], 10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		evtchn_destroy_domain(iw_dom[i]);
	thread_unload(v1);
	assert_true(iw_check());
	return 0;
}

static void *arg(const struct thread *t) { return guest_ptr(t->space, GVA(ARG), TAGMA_W); }

static long op(struct thread *t, uint32_t cmd, void *a, size_t len)
{
	long r;

	memcpy(arg(t), a, len);
	iw_become(t);
	r = hc_evtchn_op(t, cmd, GVA(ARG));
	memcpy(a, arg(t), len);
	return r;
}

static long port_op(struct thread *t, uint32_t cmd, uint32_t port)
{
	return op(t, cmd, &port, sizeof(port));
}

/* A channel between the two: *p1 in domain 1, *p2 in domain 2. */
static void connect(uint32_t *p1, uint32_t *p2)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = 2 };
	struct evtchn_bind_interdomain b = { .remote_dom = 1 };

	assert_int_equal(op(v1, EVTCHNOP_alloc_unbound, &a, sizeof(a)), 0);
	b.remote_port = a.port;
	assert_int_equal(op(v2, EVTCHNOP_bind_interdomain, &b, sizeof(b)), 0);
	*p1 = a.port;
	*p2 = b.local_port;
}

static void clear(struct domain *d)
{
	struct si_page *si = si_of(d);

	memset(si->pending, 0, sizeof(si->pending));
	si->vcpu[0].pending_sel = 0;
	si->vcpu[0].upcall_pending = 0;
}

static void interdomain(void **state)
{
	struct si_page *si = si_of(iw_dom[2]);
	uint32_t p1, p2;

	(void)state;
	connect(&p1, &p2);
	assert_true(evtchn_is_pending(iw_dom[2], p2)); /* of what came before */
	clear(iw_dom[2]);
	assert_int_equal(port_op(v1, EVTCHNOP_send, p1), 0);
	assert_true(evtchn_is_pending(iw_dom[2], p2));
	assert_int_equal(si->vcpu[0].upcall_pending, 1);
	assert_int_equal(si->vcpu[0].pending_sel, 1);
	/* Masked: pending only, until it is unmasked. */
	clear(iw_dom[2]);
	si->mask[0] = 1u << p2;
	port_op(v1, EVTCHNOP_send, p1);
	assert_true(evtchn_is_pending(iw_dom[2], p2));
	assert_int_equal(si->vcpu[0].upcall_pending, 0);
	assert_int_equal(port_op(v2, EVTCHNOP_unmask, p2), 0);
	assert_int_equal(si->vcpu[0].upcall_pending, 1);
	/* Closed at one end: unbound at the other, and sending is harmless. */
	assert_int_equal(port_op(v2, EVTCHNOP_close, p2), 0);
	assert_int_equal(port_op(v2, EVTCHNOP_close, p2), -XEN_EINVAL);
	assert_int_equal(evtchn_get(iw_dom[1], p1)->state, PORT_UNBOUND);
	assert_int_equal(port_op(v1, EVTCHNOP_send, p1), 0);
}

static void permissions_and_bad_arguments(void **state)
{
	struct evtchn_alloc_unbound a = { .dom = 2, .remote_dom = 1 };
	struct evtchn_bind_interdomain b = { .remote_dom = 2, .remote_port = 1 };
	struct evtchn_bind_virq q = { .virq = VIRQ_DOM_EXC };
	struct evtchn_bind_pirq i = { .pirq = 3 };

	(void)state;
	assert_int_equal(op(v1, EVTCHNOP_alloc_unbound, &a, sizeof(a)), -XEN_EPERM);
	a.dom = 77;
	assert_int_equal(op(v1, EVTCHNOP_alloc_unbound, &a, sizeof(a)), -XEN_EPERM);
	assert_int_equal(op(v1, EVTCHNOP_bind_interdomain, &b, sizeof(b)), -XEN_EINVAL);
	assert_int_equal(op(v1, EVTCHNOP_bind_virq, &q, sizeof(q)), -XEN_EPERM);
	assert_int_equal(op(v1, EVTCHNOP_bind_pirq, &i, sizeof(i)), -XEN_EPERM);
	q.virq = 24;
	assert_int_equal(op(v1, EVTCHNOP_bind_virq, &q, sizeof(q)), -XEN_EINVAL);
	for (uint32_t port = 0; port < 2000; port += 37) {
		assert_int_equal(port_op(v1, EVTCHNOP_send, port), -XEN_EINVAL);
		assert_int_equal(port_op(v1, EVTCHNOP_close, port), -XEN_EINVAL);
	}
	assert_int_equal(hc_evtchn_op(v1, EVTCHNOP_send, GVA(0x7ffff000)), -XEN_EFAULT);
	assert_int_equal(hc_evtchn_op(v1, 99, GVA(ARG)), -XEN_ENOSYS);
	/* All ports taken, and all given back. */
	a.dom = DOMID_SELF;
	for (unsigned n = 1; n < EVTCHN_PORTS; n++)
		assert_int_equal(op(v1, EVTCHNOP_alloc_unbound, &a, sizeof(a)), 0);
	assert_int_equal(op(v1, EVTCHNOP_alloc_unbound, &a, sizeof(a)), -XEN_ENOSPC);
	evtchn_destroy_domain(iw_dom[1]);
	assert_int_equal(op(v1, EVTCHNOP_alloc_unbound, &a, sizeof(a)), 0);
	assert_int_equal(a.port, 1);
}

static void block_never_loses_an_event(void **state)
{
	struct si_page *si = si_of(iw_dom[2]);
	uint32_t p1, p2;

	(void)state;
	connect(&p1, &p2);
	/* Pending already: no block. */
	si->vcpu[0].upcall_mask = 1;
	iw_become(v2);
	assert_int_equal(hc_sched_op(v2, SCHEDOP_block, GVA(0)), 0);
	assert_int_equal(v2->state, THREAD_READY);
	assert_int_equal(si->vcpu[0].upcall_mask, 0);
	clear(iw_dom[2]);
	assert_int_equal(hc_sched_op(v2, SCHEDOP_block, GVA(0)), HC_NORESULT);
	assert_int_equal(v2->state, THREAD_BLOCKED);
	si->mask[0] = 1u << p2;
	port_op(v1, EVTCHNOP_send, p1);
	assert_int_equal(v2->state, THREAD_BLOCKED);
	si->mask[0] = 0;
	clear(iw_dom[2]);
	port_op(v1, EVTCHNOP_send, p1);
	assert_int_equal(v2->state, THREAD_READY);
}

static void poll_by_port_and_timeout(void **state)
{
	struct si_page *si = si_of(iw_dom[2]);
	uint32_t p1, p2, *a;
	uint64_t until;

	(void)state;
	connect(&p1, &p2);
	clear(iw_dom[2]);
	si->mask[0] = 1u << p2;
	a = arg(v2);
	a[0] = ARG + 64;
	a[1] = 1;
	a[2] = a[3] = 0;
	a[16] = p2;
	iw_become(v2);
	assert_int_equal(hc_sched_op(v2, SCHEDOP_poll, GVA(ARG)), HC_NORESULT);
	port_op(v1, EVTCHNOP_send, p1); /* masked, but polled */
	assert_int_equal(v2->state, THREAD_READY);
	iw_become(v2);
	assert_int_equal(hc_sched_op(v2, SCHEDOP_poll, GVA(ARG)), 0); /* still pending */
	clear(iw_dom[2]);
	a = arg(v2);
	until = time_ns() + 5000;
	memcpy(&a[2], &until, sizeof(until));
	assert_int_equal(hc_sched_op(v2, SCHEDOP_poll, GVA(ARG)), HC_NORESULT);
	iw_time(4);
	assert_int_equal(v2->state, THREAD_BLOCKED);
	iw_time(1);
	assert_int_equal(v2->state, THREAD_READY);
	assert_int_equal(v2->arch.hc_result, 0);
	a[1] = 129;
	assert_int_equal(hc_sched_op(v2, SCHEDOP_poll, GVA(ARG)), -XEN_EINVAL);
}

static void event_message_to_a_receiver(void **state)
{
	uint32_t p1, p2;

	(void)state;
	connect(&p1, &p2);
	clear(iw_dom[2]);
	iw_ipc(v2, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	port_op(v1, EVTCHNOP_send, p1);
	assert_int_equal(iw_result(v2), IW_OK);
	assert_int_equal(v2->arch.ipc_sender, TAGMA_EVENT_ID);
	assert_int_equal(v2->arch.ipc_tag, TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_EVENT));
	/* It has not been looked at: the next receive gets it again; a closed one does not. */
	iw_ipc(v2, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(v2->arch.ipc_sender, TAGMA_EVENT_ID);
	iw_ipc(v2, 0, TAGMA_NIL, v1->obj.id, 0, 0, 0);
	assert_int_equal(iw_result(v2), IW_PENDING);
	ipc_cancel(v2, -XEN_EINTR);
}

static void upcall_on_resume(void **state)
{
	struct si_page *si = si_of(iw_dom[2]);
	struct tagma_frame *f;
	uint32_t p1, p2;

	(void)state;
	connect(&p1, &p2);
	iw_dom[2]->vcpu[0].upcall_ip = 0x1000;
	v2->arch.regs.ip = 0x77;
	v2->arch.regs.sp = 30 * PAGE_SIZE;
	si->vcpu[0].upcall_mask = 1;
	thread_set_prio(v2, 11);
	assert_ptr_equal(iw_leave(), v2);
	assert_int_equal(v2->arch.regs.ip, 0x77);
	si->vcpu[0].upcall_mask = 0;
	assert_ptr_equal(iw_leave(), v2);
	assert_int_equal(v2->arch.regs.ip, 0x1000);
	assert_int_equal(si->vcpu[0].upcall_mask, 1);
	f = guest_ptr(v2->space, GVA(v2->arch.regs.sp), TAGMA_R);
	assert_int_equal(f->regs.trap, TAGMA_FRAME_UPCALL);
	assert_int_equal(f->regs.ip, 0x77);
	assert_int_equal(f->mask, 0);
}

static void timers_raise_the_virq(void **state)
{
	struct evtchn_bind_virq q = { .virq = VIRQ_TIMER };
	uint64_t period = 1000000, short_one = 999999, at;

	(void)state;
	assert_int_equal(op(v1, EVTCHNOP_bind_virq, &q, sizeof(q)), 0);
	assert_int_equal(op(v1, EVTCHNOP_bind_virq, &q, sizeof(q)), -XEN_EEXIST);
	at = time_ns() + 5000;
	assert_int_equal(hc_set_timer_op(v1, (uint32_t)at, (uint32_t)(at >> 32)), 0);
	iw_time(4);
	assert_false(evtchn_is_pending(iw_dom[1], q.port));
	iw_time(1);
	assert_true(evtchn_is_pending(iw_dom[1], q.port));
	memcpy(arg(v1), &short_one, 8);
	assert_int_equal(hc_vcpu_op(v1, VCPUOP_set_periodic_timer, 0, GVA(ARG)), -XEN_EINVAL);
	memcpy(arg(v1), &period, 8);
	assert_int_equal(hc_vcpu_op(v1, VCPUOP_set_periodic_timer, 0, GVA(ARG)), 0);
	for (unsigned i = 0; i < 3; i++) {
		clear(iw_dom[1]);
		iw_time(1000);
		assert_true(evtchn_is_pending(iw_dom[1], q.port));
	}
	iw_time(50000); /* missed ticks are one */
	clear(iw_dom[1]);
	iw_time(999);
	assert_false(evtchn_is_pending(iw_dom[1], q.port));
	assert_int_equal(hc_vcpu_op(v1, VCPUOP_stop_periodic_timer, 0, GVA(ARG)), 0);
	iw_time(5000);
	assert_false(evtchn_is_pending(iw_dom[1], q.port));
	assert_int_equal(hc_vcpu_op(v1, VCPUOP_is_up, 0, GVA(ARG)), 1);
	assert_int_equal(hc_vcpu_op(v1, VCPUOP_is_up, 1, GVA(ARG)), -XEN_ENOENT);
}

static void interrupt_messages(void **state)
{
	uint32_t irq3 = TAGMA_IRQ_ID(3);

	(void)state;
	iw_ipc(v1, 0, irq3, irq3, 0, 0, 0);
	assert_int_equal(iw_result(v1), -XEN_EPERM);
	iw_dom[1]->irq_allowed[0] = iw_dom[2]->irq_allowed[0] = 1u << 3;
	iw_ipc(v1, 0, irq3, irq3, 0, 0, 0);
	assert_int_equal(iw_result(v1), IW_PENDING);
	irq_raised(3);
	assert_int_equal(iw_result(v1), IW_OK);
	assert_int_equal(v1->arch.ipc_sender, irq3);
	assert_int_equal(v1->arch.ipc_tag,
			 TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_IRQ) | TAGMA_T_WORDS(1));
	assert_int_equal(v1->arch.ipc_w[0], 3);
	/* One that comes while nobody waits is kept, once. */
	irq_raised(3);
	irq_raised(3);
	iw_ipc(v1, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(v1->arch.ipc_sender, irq3);
	iw_ipc(v1, TAGMA_T_RCV_ZERO, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(iw_result(v1), -XEN_EAGAIN);
	iw_ipc(v2, 0, irq3, TAGMA_NIL, 0, 0, 0);
	assert_int_equal(iw_result(v2), -XEN_EBUSY);
}

static void interrupt_as_event(void **state)
{
	struct evtchn_bind_pirq i = { .pirq = 5 };
	struct physdev_eoi eoi = { .irq = 5 };

	(void)state;
	iw_dom[1]->irq_allowed[0] = 1u << 5;
	assert_int_equal(op(v1, EVTCHNOP_bind_pirq, &i, sizeof(i)), 0);
	irq_raised(5);
	assert_true(evtchn_is_pending(iw_dom[1], i.port));
	memcpy(arg(v1), &eoi, sizeof(eoi));
	assert_int_equal(hc_physdev_op(v1, PHYSDEVOP_eoi, GVA(ARG)), 0);
	memcpy(arg(v2), &eoi, sizeof(eoi));
	assert_int_equal(hc_physdev_op(v2, PHYSDEVOP_eoi, GVA(ARG)), -XEN_EINVAL);
	assert_int_equal(port_op(v1, EVTCHNOP_close, i.port), 0);
	assert_int_equal(hc_physdev_op(v1, PHYSDEVOP_eoi, GVA(ARG)), -XEN_EINVAL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(interdomain),
		T(permissions_and_bad_arguments),
		T(block_never_loses_an_event),
		T(poll_by_port_and_timeout),
		T(event_message_to_a_receiver),
		T(upcall_on_resume),
		T(timers_raise_the_virq),
		T(interrupt_messages),
		T(interrupt_as_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

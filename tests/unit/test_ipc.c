/* SPDX-License-Identifier: GPL-2.0-only */
/* The IPC state machine, case by case. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/forward.h>
#include <hv/guest.h>
#include <hv/space.h>
#include <string.h>

#define CALL(t, tag, to, w0) iw_ipc(t, tag, (to)->obj.id, (to)->obj.id, w0, w0 + 1, w0 + 2)
#define RECV(t, tag, from) iw_ipc(t, tag, TAGMA_NIL, from, 0, 0, 0)
#define SEND(t, tag, to, w0) iw_ipc(t, tag, (to)->obj.id, TAGMA_NIL, w0, w0 + 1, w0 + 2)
#define W3 TAGMA_T_WORDS(3)
#define PAGE(n) ((n)*PAGE_SIZE)

static int setup(void **state)
{
	(void)state;
	iw_init();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(iw_check());
	return 0;
}

static struct thread *root_thread(uint8_t prio) { return iw_thread(iw_dom[1]->root, prio); }

/* A LONG message buffer of t on `page` of its space, open to all. */
static struct tagma_msg *msg_init(struct thread *t, uint32_t page)
{
	struct tagma_msg *m = iw_msg(t, PAGE(page));

	memset(m, 0, sizeof(*m));
	m->snd_us = m->rcv_us = m->xfer_us = TAGMA_NEVER;
	return m;
}

static void assert_got(const struct thread *t, const struct thread *from, uint32_t tag, uint32_t w0)
{
	assert_int_equal(iw_result(t), IW_OK);
	assert_int_equal(t->arch.ipc_sender, from->obj.id);
	assert_int_equal(t->arch.ipc_tag, tag);
	assert_int_equal(t->arch.ipc_w[0], w0);
	assert_int_equal(t->arch.ipc_w[1], w0 + 1);
	assert_int_equal(t->arch.ipc_w[2], w0 + 2);
}

/* --- pairing */

static void receiver_first(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);

	(void)state;
	RECV(b, 0, TAGMA_ANY);
	assert_int_equal(iw_result(b), IW_PENDING);
	SEND(a, W3 | TAGMA_T_LABEL(5), b, 7);
	assert_got(b, a, W3 | TAGMA_T_LABEL(5), 7);
	assert_int_equal(iw_result(a), 0);
}

static void sender_first(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);

	(void)state;
	SEND(a, W3, b, 7);
	assert_int_equal(a->state, THREAD_SENDING);
	RECV(b, 0, a->obj.id);
	assert_got(b, a, W3, 7);
	assert_int_equal(iw_result(a), 0);
}

static void call_and_reply(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);

	(void)state;
	RECV(b, 0, TAGMA_ANY);
	CALL(a, W3, b, 1);
	assert_got(b, a, W3, 1);
	/* Reply and wait: the short path again, and directly to the caller. */
	iw_ipc(b, W3 | TAGMA_T_SND_ZERO, a->obj.id, TAGMA_ANY, 5, 6, 7);
	assert_got(a, b, W3, 5);
	assert_ptr_equal(host_cpu.current, a);
	assert_int_equal(b->state, THREAD_RECEIVING);
}

static void direct_switch_passes_equals_not_betters(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(5), *c = root_thread(5), *h;

	(void)state;
	RECV(b, 0, TAGMA_ANY);
	CALL(a, W3, b, 1);
	assert_ptr_equal(host_cpu.current, b); /* c was ready before it */
	RECV(b, 0, TAGMA_ANY);
	thread_set_stopped(a, true);
	h = root_thread(20);
	CALL(c, W3, b, 1);
	assert_ptr_equal(host_cpu.current, h);
	assert_int_equal(iw_result(b), IW_OK);
}

static void closed_receive_takes_only_its_partner(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10), *c = root_thread(10);

	(void)state;
	RECV(b, 0, c->obj.id);
	SEND(a, W3, b, 1);
	assert_int_equal(a->state, THREAD_SENDING);
	SEND(c, W3, b, 2);
	assert_got(b, c, W3, 2);
	assert_int_equal(a->state, THREAD_SENDING);
}

static void queue_is_by_priority_then_time(void **state)
{
	struct thread *b = root_thread(10), *s[5];
	static const uint8_t prio[5] = { 3, 9, 3, 20, 9 };
	static const unsigned order[5] = { 3, 1, 4, 0, 2 };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		s[i] = root_thread(prio[i]);
		SEND(s[i], W3, b, i);
	}
	for (unsigned i = 0; i < 5; i++) {
		RECV(b, 0, TAGMA_ANY);
		assert_got(b, s[order[i]], W3, order[i]);
	}
}

static void changed_priority_moves_in_queue(void **state)
{
	struct thread *b = root_thread(10), *x = root_thread(3), *y = root_thread(4);

	(void)state;
	SEND(x, W3, b, 1);
	SEND(y, W3, b, 2);
	thread_set_prio(x, 5);
	RECV(b, 0, TAGMA_ANY);
	assert_got(b, x, W3, 1);
}

/* A chain of calls to each other, let in one by the other, needs no stack. */
static void chain_of_senders(void **state)
{
	struct thread *t[16];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		t[i] = root_thread(10);
	for (unsigned i = 1; i < 16; i++)
		iw_ipc(t[i], W3, t[i - 1]->obj.id, TAGMA_ANY, i, i + 1, i + 2);
	RECV(t[0], 0, TAGMA_ANY);
	for (unsigned i = 0; i < 15; i++)
		assert_got(t[i], t[i + 1], W3, i + 1);
	assert_int_equal(t[15]->state, THREAD_RECEIVING);
}

/* --- errors and timeouts */

static void wrong_arguments(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);
	static const uint32_t need_long[] = { TAGMA_T_WORDS(4), TAGMA_T_ITEMS(2), TAGMA_T_TIMED,
					      TAGMA_T_STRING, TAGMA_T_ALIAS };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(need_long); i++) {
		SEND(a, need_long[i], b, 0);
		assert_int_equal(iw_result(a), -XEN_EINVAL);
	}
	iw_ipc(a, TAGMA_T_WORDS(65) | TAGMA_T_LONG, b->obj.id, 0, 0, 0, PAGE(20));
	assert_int_equal(iw_result(a), -XEN_EINVAL);
	iw_ipc(a, TAGMA_T_LONG, b->obj.id, 0, 0, 0, PAGE(200));
	assert_int_equal(iw_result(a), -XEN_EFAULT);
	SEND(a, 0, a, 0);
	assert_int_equal(iw_result(a), -XEN_EINVAL);
	iw_ipc(a, 0, TAGMA_ID(9, TAGMA_TYPE_THREAD, 3), 0, 0, 0, 0);
	assert_int_equal(iw_result(a), -XEN_ESRCH);
	iw_ipc(a, 0, TAGMA_EVENT_ID, 0, 0, 0, 0);
	assert_int_equal(iw_result(a), -XEN_EINVAL);
	RECV(a, 0, TAGMA_ID(9, TAGMA_TYPE_THREAD, 3));
	assert_int_equal(iw_result(a), -XEN_ESRCH);
	iw_ipc(a, 0, TAGMA_NIL, TAGMA_NIL, 0, 0, 0);
	assert_int_equal(iw_result(a), 0);
}

static void zero_timeouts(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);

	(void)state;
	SEND(a, TAGMA_T_SND_ZERO, b, 0);
	assert_int_equal(iw_result(a), -XEN_EAGAIN);
	RECV(a, TAGMA_T_RCV_ZERO, TAGMA_ANY);
	assert_int_equal(iw_result(a), -XEN_EAGAIN);
	SEND(b, W3, a, 3);
	RECV(a, TAGMA_T_RCV_ZERO, TAGMA_ANY);
	assert_got(a, b, W3, 3);
}

static void finite_timeouts(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);
	struct tagma_msg *m = msg_init(a, 20);
	uint32_t tag = TAGMA_T_LONG | TAGMA_T_TIMED;

	(void)state;
	m->snd_us = 100;
	m->rcv_us = 50;
	iw_ipc(a, tag, b->obj.id, b->obj.id, 0, 0, PAGE(20));
	iw_time(99);
	assert_int_equal(a->state, THREAD_SENDING);
	/* The send goes through in time; the receive has a time of its own. */
	RECV(b, 0, TAGMA_ANY);
	assert_int_equal(a->state, THREAD_RECEIVING);
	iw_time(49);
	assert_int_equal(a->state, THREAD_RECEIVING);
	iw_time(1);
	assert_int_equal(iw_result(a), -XEN_ETIMEDOUT);

	iw_ipc(a, tag, b->obj.id, TAGMA_NIL, 0, 0, PAGE(20));
	iw_time(100);
	assert_int_equal(iw_result(a), -XEN_ETIMEDOUT);
	RECV(b, TAGMA_T_RCV_ZERO, TAGMA_ANY);
	assert_int_equal(iw_result(b), -XEN_EAGAIN);
}

static void sleep_by_receive_from_self(void **state)
{
	struct thread *a = root_thread(10);

	(void)state;
	msg_init(a, 20)->rcv_us = 1000;
	iw_ipc(a, TAGMA_T_LONG | TAGMA_T_TIMED, TAGMA_NIL, TAGMA_SELF, 0, 0, PAGE(20));
	iw_time(999);
	assert_int_equal(iw_result(a), IW_PENDING);
	iw_time(1);
	assert_int_equal(iw_result(a), -XEN_ETIMEDOUT);
}

static void cancel_in_each_state(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10);

	(void)state;
	SEND(a, 0, b, 0);
	ipc_cancel(a, -XEN_EINTR);
	assert_int_equal(iw_result(a), -XEN_EINTR);
	RECV(a, 0, TAGMA_ANY);
	ipc_cancel(a, -XEN_EINTR);
	assert_int_equal(iw_result(a), -XEN_EINTR);
	a->arch.hc_result = 77;
	ipc_cancel(a, -XEN_EINTR); /* it does not wait */
	assert_int_equal(a->arch.hc_result, 77);
	a->pager = b->obj.id;
	iw_become(a);
	ipc_fault(a, 0x1234, TAGMA_W);
	ipc_cancel(a, -XEN_EINTR); /* the fault is withdrawn */
	assert_int_equal(a->state, THREAD_STOPPED);
	assert_int_equal(a->arch.hc_result, 77);
	iw_leave();
	RECV(b, TAGMA_T_RCV_ZERO, TAGMA_ANY);
	assert_int_equal(iw_result(b), -XEN_EAGAIN);
}

static void unload_wakes_partners(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10), *c = root_thread(10);
	uint32_t id = c->obj.id;

	(void)state;
	SEND(a, 0, c, 0);
	RECV(b, 0, c->obj.id);
	thread_unload(c);
	assert_int_equal(iw_result(a), -XEN_ESRCH);
	assert_int_equal(iw_result(b), -XEN_ESRCH);
	assert_null(thread_lookup(id));
	c = root_thread(10);
	SEND(a, 0, c, 0);
	thread_unload(a); /* while it sends */
	RECV(c, TAGMA_T_RCV_ZERO, TAGMA_ANY);
	assert_int_equal(iw_result(c), -XEN_EAGAIN);
}

static void closed_wait_for_one_that_went_while_we_sent(void **state)
{
	struct thread *a = root_thread(10), *b = root_thread(10), *c = root_thread(10);

	(void)state;
	iw_ipc(a, 0, b->obj.id, c->obj.id, 0, 0, 0);
	thread_unload(c);
	assert_int_equal(a->state, THREAD_SENDING);
	RECV(b, 0, TAGMA_ANY);
	assert_int_equal(iw_result(b), IW_OK);
	assert_int_equal(iw_result(a), -XEN_ESRCH);
}

/* --- faults and traps */

static void fault_message_and_reply(void **state)
{
	struct thread *a = root_thread(10), *p = root_thread(10), *x = root_thread(10);

	(void)state;
	a->pager = p->obj.id;
	a->arch.regs.ip = 0x8048;
	RECV(p, 0, TAGMA_ANY);
	iw_become(a);
	ipc_fault(a, 0xabc123, TAGMA_W | TAGMA_FAULT_PRESENT);
	assert_ptr_equal(iw_leave(), p);
	assert_int_equal(p->arch.ipc_tag, TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_FAULT) | W3);
	assert_int_equal(p->arch.ipc_sender, a->obj.id);
	assert_int_equal(p->arch.ipc_w[0], 0xabc123);
	assert_int_equal(p->arch.ipc_w[1], 0x8048);
	assert_int_equal(p->arch.ipc_w[2], TAGMA_W | TAGMA_FAULT_PRESENT);
	/* Nobody else can reply, however hard it tries. */
	SEND(x, TAGMA_T_SND_ZERO, a, 0);
	assert_int_equal(iw_result(x), -XEN_EAGAIN);
	iw_ipc(p, TAGMA_T_SND_ZERO, a->obj.id, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(a->state, THREAD_READY);
	assert_int_equal(a->ipc.kind, IPC_USER);
}

static void fault_waits_until_pager_receives(void **state)
{
	struct thread *a = root_thread(10), *p = root_thread(10);

	(void)state;
	a->pager = p->obj.id;
	iw_become(a);
	ipc_fault(a, 0x5000, TAGMA_R);
	iw_leave();
	assert_int_equal(a->state, THREAD_SENDING);
	RECV(p, 0, TAGMA_ANY);
	assert_int_equal(iw_result(p), IW_OK);
	assert_int_equal(p->arch.ipc_w[0], 0x5000);
	assert_int_equal(a->state, THREAD_RECEIVING);
	thread_unload(p); /* now it is forwarded; there is no entry for it */
	assert_int_equal(iw_shutdowns, 1);
	assert_int_equal(iw_dom[1]->shutdown, 4);
}

static void trap_message_sets_registers(void **state)
{
	struct thread *a = root_thread(10), *h = root_thread(10);
	struct tagma_msg *m = msg_init(h, 20);
	struct tagma_regs r;

	(void)state;
	a->handler = h->obj.id;
	a->arch.regs.ax = 4;
	iw_ipc(h, TAGMA_T_LONG, TAGMA_NIL, TAGMA_ANY, 0, 0, PAGE(20));
	iw_become(a);
	ipc_trap(a, 0x80, 3);
	iw_leave();
	assert_int_equal(iw_result(h), IW_OK);
	assert_int_equal(h->arch.ipc_tag, TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_TRAP) |
						  TAGMA_T_LONG | TAGMA_T_WORDS(TAGMA_REGS_WORDS));
	memcpy(&r, m->w, sizeof(r));
	assert_int_equal(r.trap, 0x80);
	assert_int_equal(r.code, 3);
	assert_int_equal(r.ax, 4);
	/* Wrong sizes are the handler's error, and it may try again. */
	iw_ipc(h, TAGMA_T_WORDS(5) | TAGMA_T_LONG, a->obj.id, 0, 0, 0, PAGE(20));
	assert_int_equal(iw_result(h), -XEN_EINVAL);
	m->w[4] = 0x7777; /* sp */
	m->w[5] = 99;	  /* ax */
	iw_ipc(h, TAGMA_T_WORDS(TAGMA_REGS_WORDS) | TAGMA_T_LONG, a->obj.id, 0, 0, 0, PAGE(20));
	assert_int_equal(iw_result(h), 0);
	assert_int_equal(a->state, THREAD_READY);
	assert_int_equal(a->arch.regs.ax, 99);
	assert_int_equal(a->arch.regs.sp, 0x7777);
}

static void trap_without_buffer_stops_the_thread(void **state)
{
	struct thread *a = root_thread(10), *h = root_thread(10);

	(void)state;
	a->handler = h->obj.id;
	RECV(h, 0, TAGMA_ANY);
	iw_become(a);
	ipc_trap(a, 3, 0);
	iw_leave();
	assert_int_equal(iw_result(h), -XEN_EMSGSIZE);
	assert_int_equal(a->state, THREAD_STOPPED);
	assert_true(iw_dom[1]->trap_logged);
}

/* --- forwarded traps */

static void forwarded_trap_and_iret(void **state)
{
	struct thread *a = iw_thread(iw_user[0], 10);
	struct si_page *si = si_of(iw_dom[1]);
	struct tagma_frame *f;
	struct tagma_regs before = { .ip = 0x1111, .sp = 0x2222, .ax = 42 };

	(void)state;
	iw_vcpu(iw_dom[1], 10);
	iw_dom[1]->vcpu[0].trap_ip = 0x4000;
	iw_dom[1]->vcpu[0].entry_sp = PAGE(21);
	arch_thread_set_regs(a, &before);
	iw_become(a);
	ipc_fault(a, 0xdead, TAGMA_R);
	assert_int_equal(a->arch.regs.ip, 0x4000);
	assert_ptr_equal(a->space, iw_dom[1]->root);
	assert_int_equal(si->vcpu[0].upcall_mask, 1);
	f = guest_ptr(a->space, GVA(a->arch.regs.sp), TAGMA_R);
	assert_int_equal(f->fault, 0xdead);
	assert_int_equal(f->space, iw_user[0]->obj.id);
	assert_int_equal(f->regs.ip, 0x1111);
	assert_int_equal(f->mask, 0);
	f->regs.ax = 43;
	forward_iret(a);
	assert_ptr_equal(a->space, iw_user[0]);
	assert_int_equal(a->arch.regs.ax, 43);
	assert_int_equal(a->arch.regs.sp, 0x2222);
	assert_int_equal(si->vcpu[0].upcall_mask, 0);
	assert_int_equal(forward_iret(a), -XEN_EPERM); /* from user space */
	iw_leave();
}

/* A domain has one entry stack: the second trap waits until the first has left it. */
static void one_at_a_time_on_the_entry_stack(void **state)
{
	struct thread *a = iw_thread(iw_user[0], 10), *b = iw_thread(iw_user[1], 20);
	struct thread *c = iw_thread(iw_user[1], 20);
	struct vcpu *v = &iw_dom[1]->vcpu[0];
	struct tagma_frame *f;

	(void)state;
	iw_vcpu(iw_dom[1], 10);
	v->trap_ip = 0x4000;
	v->entry_sp = PAGE(21);
	iw_become(a);
	ipc_fault(a, 0xaaaa, TAGMA_R);
	f = guest_ptr(a->space, GVA(a->arch.regs.sp), TAGMA_R);
	assert_true(forward_holds(a));
	iw_become(b);
	ipc_trap(b, 3, 0);
	iw_leave();
	iw_become(c);
	ipc_fault(c, 0xcccc, TAGMA_R);
	iw_leave();
	assert_int_equal(b->state, THREAD_BLOCKED);
	assert_int_equal(c->state, THREAD_BLOCKED);
	assert_int_equal(f->fault, 0xaaaa);
	assert_int_equal(f->space, iw_user[0]->obj.id);
	assert_true(iw_check());

	/* A trap within the handler is on its own stack, and so no reason to wait. */
	iw_become(a);
	ipc_trap(a, 4, 0);
	assert_int_equal(a->state, THREAD_READY);
	forward_iret(a);
	assert_true(forward_holds(a));
	a->arch.regs.sp = (uint32_t)(PAGE(21) - sizeof(*f)) & ~15u;
	forward_iret(a);
	assert_ptr_equal(a->space, iw_user[0]);
	assert_int_equal(a->state, THREAD_READY);

	/* First come, first served; who is withdrawn or goes is no obstacle. */
	assert_int_equal(b->state, THREAD_READY);
	assert_ptr_equal(b->space, iw_dom[1]->root);
	assert_int_equal(f->regs.trap, 3);
	assert_int_equal(c->state, THREAD_BLOCKED);
	iw_become(a);
	ipc_trap(a, 5, 0);
	iw_leave();
	ipc_cancel(c, -XEN_EINTR);
	assert_int_equal(c->state, THREAD_STOPPED);
	assert_true(iw_check());
	thread_unload(b);
	assert_true(forward_holds(a));
	assert_int_equal(f->regs.trap, 5);
	thread_unload(a);
	assert_int_equal(v->entry_user, TAGMA_NIL);
	assert_true(iw_check());
}

static void bad_entry_stack_crashes_the_domain(void **state)
{
	struct thread *a = root_thread(10);

	(void)state;
	iw_dom[1]->vcpu[0].trap_ip = 0x4000;
	a->arch.regs.sp = PAGE(500);
	iw_become(a);
	ipc_trap(a, 6, 0);
	assert_int_equal(iw_shutdowns, 1);
	assert_int_equal(iw_dom[1]->shutdown, 4);
	assert_ptr_equal(iw_leave(), iw_idle);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(receiver_first),
		T(sender_first),
		T(call_and_reply),
		T(direct_switch_passes_equals_not_betters),
		T(closed_receive_takes_only_its_partner),
		T(queue_is_by_priority_then_time),
		T(changed_priority_moves_in_queue),
		T(chain_of_senders),
		T(wrong_arguments),
		T(zero_timeouts),
		T(finite_timeouts),
		T(sleep_by_receive_from_self),
		T(cancel_in_each_state),
		T(unload_wakes_partners),
		T(closed_wait_for_one_that_went_while_we_sent),
		T(fault_message_and_reply),
		T(fault_waits_until_pager_receives),
		T(trap_message_sets_registers),
		T(trap_without_buffer_stops_the_thread),
		T(forwarded_trap_and_iret),
		T(one_at_a_time_on_the_entry_stack),
		T(bad_entry_stack_crashes_the_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory-based messaging: who hears what, and what becomes of it when a part goes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <hv/signal.h>
#include <hv/space.h>
#include <string.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

#define P IW_FIRST_PAGE
#define ADDR(vpn, off) ((vpn)*PAGE_SIZE + (off))
#define COUNTER(name) (host_cpu.counter[COUNTER_##name])

static struct thread *a, *b, *c; /* of domain 1: root, user 0, user 1 */

static int setup(void **state)
{
	(void)state;
	iw_init();
	a = iw_thread(iw_dom[1]->root, 10);
	b = iw_thread(iw_user[0], 10);
	c = iw_thread(iw_user[1], 10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(iw_check());
	return 0;
}

static void map(struct space *s, uint32_t root_vpn, uint32_t vpn, uint32_t rights)
{
	assert_int_equal(host_map(iw_dom[1]->root, root_vpn, s, vpn, rights), 0);
}

static long sig(struct thread *t, uint32_t addr)
{
	iw_ipc(t, 0, TAGMA_SIGNAL_ID, TAGMA_NIL, addr, 0, 0);
	return iw_result(t);
}

static void wait(struct thread *t) { iw_ipc(t, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0); }

/* What waits already is taken, else -EAGAIN. */
static void poll(struct thread *t)
{
	iw_ipc(t, TAGMA_T_RCV_ZERO, TAGMA_NIL, TAGMA_SIGNAL_ID, 0, 0, 0);
}

static void assert_signal(const struct thread *t, uint32_t addr, uint32_t lost, uint32_t more)
{
	assert_int_equal(iw_result(t), IW_OK);
	assert_int_equal(t->arch.ipc_tag,
			 TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_SIGNAL) | TAGMA_T_WORDS(3));
	assert_int_equal(t->arch.ipc_sender, TAGMA_SIGNAL_ID);
	assert_int_equal(t->arch.ipc_w[0], addr);
	assert_int_equal(t->arch.ipc_w[1], lost);
	assert_int_equal(t->arch.ipc_w[2], more);
}

/* --- delivery */

static void address_is_translated(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_R);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	wait(b);
	assert_int_equal(sig(a, ADDR(P, 0x123)), 0);
	assert_signal(b, ADDR(0x80, 0x123), 0, 0);
}

static void all_others_hear_and_the_sender_does_not(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_RW);
	map(iw_user[1], P, 0x90, TAGMA_R);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, a), 0);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	assert_int_equal(signal_mark(iw_user[1], 0x90, c), 0);
	wait(c);
	assert_int_equal(sig(b, ADDR(0x80, 4)), 0);
	assert_signal(c, ADDR(0x90, 4), 0, 0);
	poll(a);
	assert_signal(a, ADDR(P, 4), 0, 0);
	poll(b);
	assert_int_equal(iw_result(b), -XEN_EAGAIN);
	/* Who can only read the page does not signal. */
	assert_int_equal(sig(c, ADDR(0x90, 4)), -XEN_EFAULT);
}

static void signal_and_wait_in_one_call(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_RW);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, a), 0);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	wait(b);
	iw_ipc(a, 0, TAGMA_SIGNAL_ID, TAGMA_SIGNAL_ID, ADDR(P, 8), 0, 0);
	assert_signal(b, ADDR(0x80, 8), 0, 0);
	assert_int_equal(iw_result(a), IW_PENDING);
	iw_ipc(b, 0, TAGMA_SIGNAL_ID, TAGMA_ANY, ADDR(0x80, 16), 0, 0);
	assert_signal(a, ADDR(P, 16), 0, 0);
}

static void across_domains(void **state)
{
	struct thread *d = iw_thread(iw_dom[2]->root, 10);

	(void)state;
	/* As a map item brings it: a node below the other domain's page. */
	assert_int_equal(host_map(iw_dom[1]->root, P, iw_dom[2]->root, 0x200, TAGMA_RW), 0);
	assert_int_equal(signal_mark(iw_dom[2]->root, 0x200, d), 0);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, a), 0);
	wait(d);
	assert_int_equal(sig(a, ADDR(P, 0)), 0);
	assert_signal(d, ADDR(0x200, 0), 0, 0);
	wait(a);
	assert_int_equal(sig(d, ADDR(0x200, 1)), 0);
	assert_signal(a, ADDR(P, 1), 0, 0);
}

/* --- queueing */

static void signals_wait_while_the_handler_runs(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_R);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	for (uint32_t i = 0; i < SIGNAL_QUEUE + 3; i++)
		assert_int_equal(sig(a, ADDR(P, i * 8)), 0);
	/* Those that wait are all different. */
	assert_int_equal(sig(a, ADDR(P, 8)), 0);
	assert_int_equal(COUNTER(signal_lost), 3);
	assert_true(iw_check());
	wait(b);
	assert_signal(b, ADDR(0x80, 0), 3, SIGNAL_QUEUE - 1);
	/* Room again: and the order stays, around the ring's end. */
	assert_int_equal(sig(a, ADDR(P, 0x800)), 0);
	for (uint32_t i = 1; i < SIGNAL_QUEUE; i++) {
		wait(b);
		assert_signal(b, ADDR(0x80, i * 8), 0, SIGNAL_QUEUE - i);
	}
	wait(b);
	assert_signal(b, ADDR(0x80, 0x800), 0, 0);
	poll(b);
	assert_int_equal(iw_result(b), -XEN_EAGAIN);
}

static void a_short_receive_sees_them(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_R);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	assert_int_equal(sig(a, ADDR(P, 8)), 0);
	/* b replies to c, which waits, and opens its receive: the short path's case. */
	iw_ipc(c, 0, TAGMA_NIL, b->obj.id, 0, 0, 0);
	iw_ipc(b, TAGMA_T_WORDS(1) | TAGMA_T_SND_ZERO, c->obj.id, TAGMA_ANY, 5, 0, 0);
	assert_int_equal(iw_result(c), IW_OK);
	assert_signal(b, ADDR(0x80, 8), 0, 0);
}

static void closed_receives_are_left_alone(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_R);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	iw_ipc(b, 0, TAGMA_NIL, c->obj.id, 0, 0, 0);
	assert_int_equal(sig(a, ADDR(P, 8)), 0);
	assert_int_equal(iw_result(b), IW_PENDING);
	iw_ipc(c, TAGMA_T_WORDS(1), b->obj.id, TAGMA_NIL, 5, 0, 0);
	assert_int_equal(b->arch.ipc_w[0], 5);
	poll(b);
	assert_signal(b, ADDR(0x80, 8), 0, 0);
}

/* --- a vCPU that takes upcalls or blocks */

static void virq_wakes_a_blocked_vcpu(void **state)
{
	struct thread *v = iw_vcpu(iw_dom[1], 10);
	uint32_t port = evtchn_alloc(iw_dom[1], (struct tagma_port){ .state = PORT_VIRQ });

	(void)state;
	evtchn_get(iw_dom[1], port)->irq = TAGMA_VIRQ_SIGNAL;
	iw_dom[1]->virq_port[TAGMA_VIRQ_SIGNAL] = (uint16_t)port;
	map(iw_user[0], P, 0x80, TAGMA_RW);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, v), 0);
	iw_become(v);
	vcpu_block(v->vcpu, POLL_NONE);
	iw_leave();
	assert_int_equal(sig(b, ADDR(0x80, 12)), 0);
	assert_int_equal(v->state, THREAD_READY);
	assert_true(evtchn_is_pending(iw_dom[1], port));
	poll(v);
	assert_signal(v, ADDR(P, 12), 0, 0);
	evtchn_destroy_domain(iw_dom[1]);
	thread_unload(v);
}

/* --- a page that is not there */

static void a_missing_page_is_a_fault_of_the_sender(void **state)
{
	(void)state;
	b->pager = c->obj.id;
	wait(c);
	iw_ipc(b, 0, TAGMA_SIGNAL_ID, TAGMA_NIL, ADDR(0x80, 4), 0, 0);
	assert_int_equal(iw_result(c), IW_OK);
	assert_int_equal(c->arch.ipc_tag,
			 TAGMA_T_KERNEL | TAGMA_T_LABEL(TAGMA_K_FAULT) | TAGMA_T_WORDS(3));
	assert_int_equal(c->arch.ipc_w[0], ADDR(0x80, 4));
	assert_int_equal(c->arch.ipc_w[2], TAGMA_W);
	assert_int_equal(b->arch.hc_restarts, 1);
	/* Without a pager it is an error; so is an address outside every space. */
	assert_int_equal(sig(a, ADDR(0x80, 4)), -XEN_EFAULT);
	assert_int_equal(sig(a, 0xffffffff), -XEN_EFAULT);
}

static void nobody_listens(void **state)
{
	(void)state;
	assert_int_equal(sig(a, ADDR(P, 0)), -XEN_ESRCH);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, a), 0);
	assert_int_equal(sig(a, ADDR(P, 0)), -XEN_ESRCH); /* not even itself */
	assert_int_equal(signal_mark(iw_dom[1]->root, P, NULL), 0);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, NULL), -XEN_ENOENT);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), -XEN_EINVAL);
	assert_int_equal(signal_mark(iw_dom[0]->root, MAPDB_PORT | 3, b), -XEN_EINVAL);
}

/* --- consistency */

static void three(void)
{
	map(iw_user[0], P, 0x80, TAGMA_RW);
	map(iw_user[1], P, 0x90, TAGMA_RW);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, a), 0);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	assert_int_equal(signal_mark(iw_user[1], 0x90, c), 0);
	assert_int_equal(iw_dom[1]->nr_messages, 3);
}

static void with_one_mapping_all_go(void **state)
{
	(void)state;
	three();
	iw_unmap(iw_user[1], 0x90);
	assert_int_equal(iw_dom[1]->nr_messages, 0);
	assert_int_equal(sig(a, ADDR(P, 0)), -XEN_ESRCH);
	assert_int_equal(sig(b, ADDR(0x80, 0)), -XEN_ESRCH);
}

static void with_one_thread_all_go(void **state)
{
	(void)state;
	three();
	assert_int_equal(sig(a, ADDR(P, 0)), 0);
	thread_unload(c);
	assert_int_equal(iw_dom[1]->nr_messages, 0);
	assert_int_equal(sig(a, ADDR(P, 0)), -XEN_ESRCH);
	/* What waits was sent, and is heard. */
	poll(b);
	assert_signal(b, ADDR(0x80, 0), 0, 0);
}

static void with_the_page_all_go(void **state)
{
	mfn_t m = domain_physmap_get(iw_dom[1], P);

	(void)state;
	three();
	domain_physmap_clear(iw_dom[1], P);
	assert_int_equal(iw_dom[1]->nr_messages, 0);
	while (!mapdb_flush_frame(m))
		;
	assert_int_equal(frame_of(m)->flags & FRAME_MESSAGE, 0);
	assert_int_equal(domain_physmap_set(iw_dom[1], P, m), 0);
}

static void with_a_space_all_go(void **state)
{
	(void)state;
	three();
	while (!space_unload(iw_user[1]))
		;
	assert_int_equal(iw_dom[1]->nr_messages, 0);
	assert_int_equal(sig(a, ADDR(P, 0)), -XEN_ESRCH);
}

static void off_by_will_is_one_alone(void **state)
{
	(void)state;
	three();
	assert_int_equal(signal_mark(iw_user[1], 0x90, NULL), 0);
	assert_int_equal(iw_dom[1]->nr_messages, 2);
	assert_int_equal(sig(c, ADDR(0x90, 0)), 0);
	poll(b);
	assert_signal(b, ADDR(0x80, 0), 0, 0);
	/* Redirected to another thread: the old one hears nothing more. */
	assert_int_equal(signal_mark(iw_user[0], 0x80, a), 0);
	assert_int_equal(sig(c, ADDR(0x90, 0x10)), 0);
	poll(b);
	assert_int_equal(iw_result(b), -XEN_EAGAIN);
	poll(a);
	assert_signal(a, ADDR(P, 0), 0, 2);
	poll(a);
	assert_signal(a, ADDR(0x80, 0x10), 0, 1);
	poll(a);
	assert_signal(a, ADDR(P, 0x10), 0, 0);
}

/* A mapping that loses W is no way to signal any more, reverse TLB or not. */
static void rights_are_looked_at_each_time(void **state)
{
	(void)state;
	three();
	assert_int_equal(signal_mark(iw_user[1], 0x90, NULL), 0);
	assert_int_equal(signal_mark(iw_dom[1]->root, P, NULL), 0);
	assert_int_equal(sig(c, ADDR(0x90, 0)), 0);
	assert_int_equal(COUNTER(rtlb_miss), 1);
	assert_int_equal(sig(c, ADDR(0x90, 0)), 0);
	assert_int_equal(COUNTER(rtlb_hit), 1);
	while (!host_flush(iw_dom[1]->root, P, TAGMA_W, false))
		;
	assert_int_equal(sig(c, ADDR(0x90, 0)), -XEN_EFAULT);
	assert_int_equal(COUNTER(rtlb_hit), 1);
}

static void reverse_tlb_forgets(void **state)
{
	(void)state;
	map(iw_user[0], P, 0x80, TAGMA_R);
	assert_int_equal(signal_mark(iw_user[0], 0x80, b), 0);
	assert_int_equal(sig(a, ADDR(P, 0)), 0);
	assert_int_equal(sig(a, ADDR(P, 4)), 0);
	assert_int_equal(COUNTER(rtlb_hit), 1);
	/* A second receiver: the entry would miss it. */
	map(iw_user[1], P, 0x90, TAGMA_R);
	assert_int_equal(signal_mark(iw_user[1], 0x90, c), 0);
	assert_int_equal(sig(a, ADDR(P, 8)), 0);
	assert_int_equal(COUNTER(rtlb_hit), 1);
	poll(c);
	assert_signal(c, ADDR(0x90, 8), 0, 0);
	/* The thread goes and its slot is loaded anew. */
	assert_int_equal(signal_mark(iw_user[1], 0x90, NULL), 0);
	assert_int_equal(sig(a, ADDR(P, 8)), 0);
	thread_unload(b);
	assert_int_equal(sig(a, ADDR(P, 8)), -XEN_ESRCH);
}

/* --- bounds */

static void a_frame_has_so_many_receivers(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= SIGNAL_RECEIVERS; i++) {
		map(iw_user[0], P, 0x80 + i, TAGMA_R);
		assert_int_equal(signal_mark(iw_user[0], 0x80 + i, b),
				 i < SIGNAL_RECEIVERS ? 0 : -XEN_ENOSPC);
	}
	/* One thread hears of it at each of its addresses. */
	assert_int_equal(sig(a, ADDR(P, 0)), 0);
	assert_int_equal(b->signal.nr, SIGNAL_RECEIVERS);
}

static void a_domain_displaces_itself(void **state)
{
	struct thread *d = iw_thread(iw_dom[2]->root, 10);

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(signal_mark(iw_dom[2]->root, P + i, d), 0);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(signal_mark(iw_dom[1]->root, P + i, a), 0);
	assert_int_equal(iw_dom[1]->nr_messages, 20);
	assert_int_equal(iw_dom[2]->nr_messages, 5);
	/* What is locked stays. */
	thread_unload(a);
	a = iw_thread(iw_dom[1]->root, 10);
	a->obj.flags |= OBJ_LOCKED;
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(signal_mark(iw_dom[1]->root, P + i, a), 0);
	assert_int_equal(signal_mark(iw_dom[1]->root, P + 20, a), -XEN_ENOMEM);
	thread_unload(d);
	assert_int_equal(iw_dom[2]->nr_messages, 0);
}

/* --- anything, in any order */

static bool hear(struct thread *t)
{
	iw_ipc(t, TAGMA_T_RCV_ZERO, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	return iw_result(t) == IW_OK;
}

static void any_order(void **state)
{
	uint32_t heard = 0;

	(void)state;
	srand(5);
	for (uint32_t n = 0; n < 200000; n++) {
		struct space *s = rand() % 3 ? iw_user[rand() % 2] : iw_dom[1]->root;
		uint32_t vpn = P + (uint32_t)rand() % 8, to = P + (uint32_t)rand() % 8;
		struct thread **t = (struct thread *[]){ a, b, c } + rand() % 3;
		int op = rand() % 100;

		if (op < 10)
			(void)host_map(iw_dom[1]->root, vpn, iw_user[rand() % 2], to,
				       rand() % 4 ? TAGMA_RW : TAGMA_R);
		else if (op < 14)
			(void)host_flush(s, vpn, rand() % 2 ? TAGMA_W : TAGMA_RWX, rand() % 2);
		else if (op < 26)
			(void)signal_mark(s, vpn, rand() % 8 ? *t : NULL);
		else if (op < 70 && (*t)->state == THREAD_READY)
			sig(*t, ADDR(vpn, (uint32_t)rand() % PAGE_SIZE));
		else if (op < 99 && (*t)->state == THREAD_READY)
			heard += hear(*t);
		else if (op == 99 && n % 16 == 0) {
			thread_unload(b);
			b = iw_thread(iw_user[0], 10);
		}
		if (n % 64 == 0)
			assert_true(iw_check());
	}
	assert_true(heard > 5000);
	assert_true(COUNTER(rtlb_hit) > 1000);
	assert_true(COUNTER(signal_lost) > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(address_is_translated),
		T(all_others_hear_and_the_sender_does_not),
		T(signal_and_wait_in_one_call),
		T(across_domains),
		T(signals_wait_while_the_handler_runs),
		T(a_short_receive_sees_them),
		T(closed_receives_are_left_alone),
		T(virq_wakes_a_blocked_vcpu),
		T(a_missing_page_is_a_fault_of_the_sender),
		T(nobody_listens),
		T(with_one_mapping_all_go),
		T(with_one_thread_all_go),
		T(with_the_page_all_go),
		T(with_a_space_all_go),
		T(off_by_will_is_one_alone),
		T(rights_are_looked_at_each_time),
		T(reverse_tlb_forgets),
		T(a_frame_has_so_many_receivers),
		T(a_domain_displaces_itself),
		T(any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

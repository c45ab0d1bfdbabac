/* SPDX-License-Identifier: GPL-2.0-only */
/* Propagation of priorities: along chains of calls, queues and handlers, and back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/prio.h>

#define CALL(t, to) iw_ipc(t, 0, (to)->obj.id, (to)->obj.id, 1, 2, 3)
#define RECV(t) iw_ipc(t, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0)
#define REPLY_WAIT(t, to) iw_ipc(t, TAGMA_T_SND_ZERO, (to)->obj.id, TAGMA_ANY, 4, 5, 6)

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

/* A thread of middle priority is ready all the time: it must not run before the server. */
static void middle_does_not_hold_up_a_call(void **state)
{
	struct thread *server = root_thread(2), *high = root_thread(9), *mid;

	(void)state;
	RECV(server);
	mid = root_thread(5);
	CALL(high, server);
	assert_ptr_equal(host_cpu.current, server);
	assert_int_equal(server->prio, 9);
	assert_int_equal(server->base_prio, 2);
	REPLY_WAIT(server, high);
	assert_int_equal(server->prio, 2);
	assert_ptr_equal(host_cpu.current, high);
	thread_set_state(high, THREAD_BLOCKED);
	assert_ptr_equal(iw_leave(), mid);
}

/* The server was preempted while it worked for a low client: the high one queues at it. */
static void queued_sender_lifts_a_busy_server(void **state)
{
	struct thread *server = root_thread(1), *low = root_thread(1), *mid = root_thread(5);
	struct thread *high = root_thread(9);

	(void)state;
	RECV(server);
	thread_set_stopped(mid, true);
	thread_set_stopped(high, true);
	CALL(low, server);
	assert_int_equal(server->prio, 1);
	thread_set_stopped(mid, false);
	assert_ptr_equal(iw_leave(), mid);
	thread_set_stopped(high, false);
	CALL(high, server);
	assert_int_equal(high->state, THREAD_SENDING);
	assert_ptr_equal(host_cpu.current, server);
	assert_int_equal(server->prio, 9);
	/* It answers low, takes high's message, and keeps high's priority for that. */
	REPLY_WAIT(server, low);
	assert_int_equal(iw_result(server), IW_OK);
	assert_int_equal(server->arch.ipc_sender, high->obj.id);
	assert_int_equal(server->prio, 9);
	assert_ptr_equal(host_cpu.current, server);
	REPLY_WAIT(server, high);
	assert_int_equal(server->prio, 1);
}

static void chain_of_servers(void **state)
{
	struct thread *s[4], *high = root_thread(200);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		s[i] = root_thread((uint8_t)(10 - i));
		RECV(s[i]);
	}
	thread_set_stopped(high, true);
	thread_set_stopped(high, false);
	CALL(high, s[0]);
	for (unsigned i = 0; i < 3; i++) {
		CALL(s[i], s[i + 1]);
		assert_int_equal(s[i + 1]->prio, 200);
		assert_ptr_equal(host_cpu.current, s[i + 1]);
	}
	/* The caller gives up: the whole chain sinks at once. */
	ipc_cancel(high, -XEN_EINTR);
	iw_leave();
	assert_int_equal(s[3]->prio, 10);
	assert_int_equal(s[0]->prio, 10);
	ipc_cancel(s[0], -XEN_EINTR);
	assert_int_equal(s[3]->prio, 9);
}

static void the_highest_of_several_counts(void **state)
{
	struct thread *server = root_thread(1), *c[3];

	(void)state;
	RECV(server);
	for (unsigned i = 0; i < 3; i++) {
		c[i] = root_thread((uint8_t)(3 + 2 * i));
		CALL(c[i], server);
		assert_int_equal(server->prio, 3 + 2 * i);
	}
	assert_int_equal(server->nr_boosters, 3);
	thread_set_prio(c[0], 50);
	assert_int_equal(server->prio, 50);
	thread_set_prio(c[0], 1);
	assert_int_equal(server->prio, 7);
	assert_int_equal(server->nr_boosters, 2);
	thread_unload(c[2]);
	assert_int_equal(server->prio, 5);
	thread_set_prio(server, 6);
	assert_int_equal(server->nr_boosters, 0);
	assert_int_equal(server->prio, 6);
	thread_set_prio(server, 1);
	assert_int_equal(server->prio, 5);
	thread_unload(server);
	assert_int_equal(c[1]->boosts, TAGMA_NIL);
}

static void fault_lifts_the_pager(void **state)
{
	struct thread *pager = root_thread(2), *user = iw_thread(iw_user[0], 8);

	(void)state;
	user->pager = user->handler = pager->obj.id;
	thread_set_stopped(user, true);
	RECV(pager);
	thread_set_stopped(user, false);
	iw_become(user);
	ipc_fault(user, 0x5000, TAGMA_R);
	assert_ptr_equal(iw_leave(), pager);
	assert_int_equal(pager->prio, 8);
	REPLY_WAIT(pager, user);
	assert_int_equal(pager->prio, 2);
	assert_ptr_equal(host_cpu.current, user);
}

/* What its controller allows a domain holds, whoever calls. */
static void top_priority_of_the_domain_limits_a_loan(void **state)
{
	struct thread *server = iw_thread(iw_dom[2]->root, 2), *high = root_thread(100);

	(void)state;
	iw_dom[2]->top_prio = 20;
	thread_set_stopped(high, true);
	RECV(server);
	thread_set_stopped(high, false);
	CALL(high, server);
	assert_int_equal(server->prio, 20);
}

static void deadlock_ends(void **state)
{
	struct thread *a = root_thread(3), *b = root_thread(4), *c = root_thread(9);

	(void)state;
	thread_set_stopped(c, true);
	CALL(b, a);
	CALL(a, b);
	assert_int_equal(a->prio, 4);
	thread_set_stopped(c, false);
	CALL(c, a);
	assert_int_equal(a->prio, 9);
	assert_int_equal(b->prio, 9);
	ipc_cancel(c, -XEN_EINTR);
	thread_unload(b);
	assert_int_equal(a->prio, 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(middle_does_not_hold_up_a_call),
		T(queued_sender_lifts_a_busy_server),
		T(chain_of_servers),
		T(the_highest_of_several_counts),
		T(fault_lifts_the_pager),
		T(top_priority_of_the_domain_limits_a_loan),
		T(deadlock_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

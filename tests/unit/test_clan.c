/* SPDX-License-Identifier: GPL-2.0-only */
/* Clans and chiefs: what crosses a border, and under whose name. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/clan.h>
#include <hv/guest.h>
#include <string.h>
#include <xen/xen.h>

#define PAGE(n) ((uint32_t)(n)*PAGE_SIZE)
#define W3 TAGMA_T_WORDS(3)
#define MSG(t) PAGE(IW_FIRST_PAGE + ((t) == chief[1] || (t) == outside))
#define ARG PAGE(IW_FIRST_PAGE + 5)

/* Domains 1 and 2 with a member each; the chiefs are threads of their own domains. */
static struct thread *inside, *outside, *chief[2];

static struct tagma_msg *msg_init(struct thread *t)
{
	struct tagma_msg *m = iw_msg(t, MSG(t));

	memset(m, 0, sizeof(*m));
	m->snd_us = m->rcv_us = m->xfer_us = TAGMA_NEVER;
	m->rcv_str = PAGE(IW_FIRST_PAGE + 3);
	m->rcv_len = 64;
	return m;
}

static long set_chief(struct thread *t, uint32_t domid, uint32_t id)
{
	struct tagma_clan a = { .domid = domid, .chief = id };

	iw_become(t);
	return clan_set_chief(t, &a);
}

static void wait_any(struct thread *t)
{
	msg_init(t);
	iw_ipc(t, TAGMA_T_LONG, TAGMA_NIL, TAGMA_ANY, 0, 0, MSG(t));
}

/* t passes on what it has, as `name`, and waits for more. */
static void pass_on(struct thread *t, uint32_t name, const struct thread *to)
{
	struct tagma_msg *m = msg_init(t);

	m->via = name;
	m->w[2] = t->arch.ipc_w[2];
	iw_ipc(t, TAGMA_T_LONG | TAGMA_T_ALIAS | W3, to->obj.id, TAGMA_ANY, t->arch.ipc_w[0],
	       t->arch.ipc_w[1], MSG(t));
}

static void assert_got(const struct thread *t, uint32_t from, uint32_t tag, uint32_t w0)
{
	assert_int_equal(iw_result(t), IW_OK);
	assert_int_equal(t->arch.ipc_sender, from);
	assert_int_equal(t->arch.ipc_tag & ~TAGMA_T_LONG, tag);
	assert_int_equal(t->arch.ipc_w[0], w0);
}

static int setup(void **state)
{
	(void)state;
	iw_init();
	inside = iw_thread(iw_dom[1]->root, 5);
	outside = iw_thread(iw_dom[2]->root, 5);
	chief[0] = iw_thread(iw_dom[1]->root, 6);
	chief[1] = iw_thread(iw_dom[2]->root, 6);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(iw_check());
	return 0;
}

#define CALL(t, to) iw_ipc(t, W3, (to)->obj.id, (to)->obj.id, 7, 8, 9)
#define ID(t) ((t)->obj.id)

static void no_clan_no_chief(void **state)
{
	(void)state;
	wait_any(outside);
	CALL(inside, outside);
	assert_got(outside, ID(inside), W3, 7);
}

/* Out through the chief, and the answer back through it: neither side notices. */
static void a_chief_passes_both_ways(void **state)
{
	struct tagma_msg *m;

	(void)state;
	assert_int_equal(set_chief(chief[0], DOMID_SELF, TAGMA_SELF), 0);
	iw_ipc(outside, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	wait_any(chief[0]);
	CALL(inside, outside);
	assert_int_equal(iw_result(outside), IW_PENDING);
	assert_got(chief[0], ID(inside), W3 | TAGMA_T_REDIRECTED, 7);
	m = iw_msg(chief[0], MSG(chief[0]));
	assert_int_equal(m->via, ID(outside));
	assert_int_equal(m->w[2], 9);
	pass_on(chief[0], ID(inside), outside);
	assert_got(outside, ID(inside), W3 | TAGMA_T_REDIRECTED, 7);
	iw_ipc(outside, W3 | TAGMA_T_SND_ZERO, ID(inside), TAGMA_ANY, 70, 80, 90);
	assert_got(chief[0], ID(outside), W3 | TAGMA_T_REDIRECTED, 70);
	pass_on(chief[0], ID(outside), inside);
	assert_got(inside, ID(outside), W3 | TAGMA_T_REDIRECTED, 70);
}

static void two_clans_two_chiefs(void **state)
{
	(void)state;
	set_chief(chief[0], DOMID_SELF, TAGMA_SELF);
	set_chief(chief[1], DOMID_SELF, TAGMA_SELF);
	wait_any(chief[0]);
	wait_any(chief[1]);
	CALL(inside, outside); /* who does not wait yet */
	pass_on(chief[0], ID(inside), outside);
	assert_got(chief[1], ID(inside), W3 | TAGMA_T_REDIRECTED, 7);
	assert_int_equal(iw_msg(chief[1], MSG(chief[1]))->via, ID(outside));
	pass_on(chief[1], ID(inside), outside);
	assert_int_equal(chief[1]->state, THREAD_SENDING);
	/* A closed receive finds the chief in the queue under the name it bears. */
	iw_ipc(outside, 0, TAGMA_NIL, ID(inside), 0, 0, 0);
	assert_got(outside, ID(inside), W3 | TAGMA_T_REDIRECTED, 7);
	assert_int_equal(chief[1]->state, THREAD_RECEIVING);
	/* The chiefs talk to each other without anybody between. */
	ipc_cancel(chief[0], -XEN_EINTR);
	CALL(chief[0], chief[1]);
	assert_got(chief[1], ID(chief[0]), W3, 7);
}

static void inside_the_clan_nothing_changes(void **state)
{
	struct thread *friend = iw_thread(iw_dom[1]->root, 5);

	(void)state;
	set_chief(chief[0], DOMID_SELF, TAGMA_SELF);
	iw_ipc(friend, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	CALL(inside, friend);
	assert_got(friend, ID(inside), W3, 7);
}

static void only_chiefs_bear_other_names(void **state)
{
	(void)state;
	set_chief(chief[0], DOMID_SELF, TAGMA_SELF);
	wait_any(outside);
	wait_any(inside);
	pass_on(chief[1], ID(inside), outside); /* no chief */
	assert_int_equal(iw_result(chief[1]), -XEN_EPERM);
	pass_on(chief[0], ID(chief[0]), inside); /* does not cross the border */
	assert_int_equal(iw_result(chief[0]), -XEN_EPERM);
	pass_on(chief[0], ID(outside), chief[1]); /* not his clan's */
	assert_int_equal(iw_result(chief[0]), -XEN_EPERM);
	pass_on(chief[0], 0x12345, inside);
	assert_int_equal(iw_result(chief[0]), -XEN_ESRCH);
	pass_on(chief[0], ID(outside), inside);
	assert_got(inside, ID(outside), W3 | TAGMA_T_REDIRECTED, 0);
}

static void a_fault_is_answered_by_its_pager_alone(void **state)
{
	struct thread *user = iw_thread(iw_user[0], 5);

	(void)state;
	user->pager = ID(outside);
	set_chief(chief[0], DOMID_SELF, TAGMA_SELF);
	iw_ipc(outside, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	iw_become(user);
	ipc_fault(user, PAGE(3), TAGMA_R);
	iw_leave();
	assert_got(outside, ID(user), TAGMA_T_KERNEL | W3, PAGE(3));
	msg_init(chief[0])->via = ID(outside);
	iw_ipc(chief[0], TAGMA_T_LONG | TAGMA_T_ALIAS | TAGMA_T_SND_ZERO, ID(user), TAGMA_NIL, 0, 0,
	       MSG(chief[0]));
	assert_int_equal(iw_result(chief[0]), -XEN_EAGAIN);
	iw_ipc(outside, TAGMA_T_SND_ZERO, ID(user), TAGMA_NIL, 0, 0, 0);
	assert_int_equal(user->state, THREAD_READY);
}

static void without_its_chief_a_border_is_closed(void **state)
{
	(void)state;
	set_chief(chief[0], DOMID_SELF, TAGMA_SELF);
	wait_any(outside);
	iw_ipc(chief[0], 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	CALL(inside, outside); /* the chief has no buffer for it */
	assert_int_equal(iw_result(inside), -XEN_EMSGSIZE);
	thread_unload(chief[0]);
	CALL(inside, outside);
	assert_int_equal(iw_result(inside), -XEN_ESRCH);
	assert_int_equal(iw_result(outside), IW_PENDING);
}

static void who_may_set_a_chief(void **state)
{
	struct thread *srm = iw_thread(iw_dom[0]->root, 9);

	(void)state;
	assert_int_equal(set_chief(inside, DOMID_SELF, ID(outside)), -XEN_EPERM);
	assert_int_equal(set_chief(inside, 2, ID(inside)), -XEN_EPERM);
	assert_int_equal(set_chief(inside, DOMID_SELF, 0x12345), -XEN_ESRCH);
	assert_int_equal(set_chief(inside, DOMID_SELF, ID(chief[0])), 0);
	assert_int_equal(set_chief(srm, 1, ID(outside)), 0);
	assert_int_equal(set_chief(inside, DOMID_SELF, TAGMA_NIL), -XEN_EPERM);
	assert_int_equal(set_chief(srm, 1, TAGMA_NIL), 0);
	assert_int_equal(set_chief(inside, DOMID_SELF, TAGMA_NIL), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(no_clan_no_chief),
		T(a_chief_passes_both_ways),
		T(two_clans_two_chiefs),
		T(inside_the_clan_nothing_changes),
		T(only_chiefs_bear_other_names),
		T(a_fault_is_answered_by_its_pager_alone),
		T(without_its_chief_a_border_is_closed),
		T(who_may_set_a_chief),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Long messages: words in memory, items, strings; faults and preemption half way. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <hv/vtlb.h>
#include <string.h>

#define LONG TAGMA_T_LONG
#define PAGE(n) ((n)*PAGE_SIZE)
#define SRC PAGE(30)
#define DST PAGE(40)
#define LEN (3 * PAGE_SIZE)

/* s sends from the root space to r in a user space whose pager is p. */
static struct thread *s, *r, *p;
static struct tagma_msg *sm, *rm;

static struct tagma_msg *msg_init(struct thread *t, uint32_t page)
{
	struct tagma_msg *m = iw_msg(t, PAGE(page));

	memset(m, 0, sizeof(*m));
	m->snd_us = m->rcv_us = m->xfer_us = TAGMA_NEVER;
	m->window = TAGMA_FP_ALL;
	m->snd_str = SRC;
	m->snd_len = LEN;
	m->rcv_str = DST;
	m->rcv_len = LEN;
	return m;
}

static int setup(void **state)
{
	(void)state;
	iw_init();
	s = iw_thread(iw_dom[1]->root, 10);
	r = iw_thread(iw_user[0], 10);
	p = iw_thread(iw_dom[1]->root, 10);
	r->pager = p->obj.id;
	iw_map(iw_user[0], 21, TAGMA_RW);
	sm = msg_init(s, 20);
	rm = msg_init(r, 21);
	for (uint32_t i = 0; i < LEN; i++)
		*(uint8_t *)guest_ptr(s->space, GVA(SRC + i), TAGMA_W) = (uint8_t)(i * 7 + i / 256);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(iw_check());
	return 0;
}

static void map_dst(void)
{
	for (uint32_t i = 0; i < 4; i++)
		if (mapdb_lookup(iw_user[0], 40 + i).rights == 0)
			iw_map(iw_user[0], 40 + i, TAGMA_RW);
}

static void receive(uint32_t flags)
{
	iw_ipc(r, LONG | flags, TAGMA_NIL, TAGMA_ANY, 0, 0, PAGE(21));
}

static void send(uint32_t tag) { iw_ipc(s, LONG | tag, r->obj.id, TAGMA_NIL, 1, 2, PAGE(20)); }

static void pager_receives(void) { iw_ipc(p, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0); }

static void pager_replies(void) { iw_ipc(p, TAGMA_T_SND_ZERO, r->obj.id, TAGMA_NIL, 0, 0, 0); }

/* The transfer may be in the hands of whoever runs. */
static void run(void)
{
	for (unsigned i = 0; i < 100 && (s->ipc.peer != 0 || r->ipc.peer != 0); i++) {
		assert_true(iw_check());
		if (thread_runnable(r) && r->ipc.peer != TAGMA_NIL)
			iw_become(r);
		iw_leave();
	}
}

static void assert_string(uint32_t len)
{
	assert_int_equal(iw_result(r), IW_OK);
	assert_int_equal(iw_result(s), 0);
	assert_true(r->arch.ipc_tag & TAGMA_T_STRING);
	assert_int_equal(rm->strlen, len);
	for (uint32_t i = 0; i < len; i++)
		assert_int_equal(*(uint8_t *)guest_ptr(iw_user[0], GVA(DST + i), TAGMA_R),
				 (uint8_t)(i * 7 + i / 256));
}

static void many_words(void **state)
{
	(void)state;
	for (uint32_t i = 2; i < 64; i++)
		sm->w[i] = 100 + i;
	receive(0);
	send(TAGMA_T_WORDS(64));
	assert_int_equal(iw_result(r), IW_OK);
	assert_int_equal(r->arch.ipc_tag, LONG | TAGMA_T_WORDS(64));
	assert_int_equal(r->arch.ipc_w[0], 1);
	assert_int_equal(r->arch.ipc_w[1], 2);
	assert_int_equal(r->arch.ipc_w[2], 102);
	for (uint32_t i = 2; i < 64; i++)
		assert_int_equal(rm->w[i], 100 + i);
}

static void register_words_into_a_buffer(void **state)
{
	(void)state;
	receive(0);
	iw_ipc(s, TAGMA_T_WORDS(3), r->obj.id, TAGMA_NIL, 1, 2, 3);
	assert_int_equal(iw_result(r), IW_OK);
	assert_int_equal(rm->w[2], 3);
	assert_int_equal(r->arch.ipc_tag, LONG | TAGMA_T_WORDS(3));
}

static void three_words_of_a_buffer_into_registers(void **state)
{
	(void)state;
	sm->w[2] = 33;
	iw_ipc(r, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	send(TAGMA_T_WORDS(3));
	assert_int_equal(r->arch.ipc_w[2], 33);
	assert_int_equal(r->arch.ipc_tag, TAGMA_T_WORDS(3));
}

static void what_does_not_fit_fails_at_both_ends(void **state)
{
	static const uint32_t tags[] = { TAGMA_T_WORDS(4), TAGMA_T_ITEMS(1), TAGMA_T_STRING };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		iw_ipc(r, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
		send(tags[i]);
		assert_int_equal(iw_result(r), -XEN_EMSGSIZE);
		assert_int_equal(iw_result(s), -XEN_EMSGSIZE);
	}
	rm->rcv_len = LEN - 1;
	receive(0);
	send(TAGMA_T_STRING);
	assert_int_equal(iw_result(r), -XEN_EMSGSIZE);
	rm->window = 0;
	send(TAGMA_T_ITEMS(1));
	receive(0);
	assert_int_equal(iw_result(r), -XEN_EMSGSIZE);
	assert_int_equal(iw_result(s), -XEN_EMSGSIZE);
}

static void items_are_mapped_into_the_window(void **state)
{
	(void)state;
	rm->window = TAGMA_FPAGE(PAGE(64), 13, 0);
	sm->item[0] = (struct tagma_item){ TAGMA_FPAGE(PAGE(32), 12, TAGMA_R), 0 };
	sm->item[1] = (struct tagma_item){ TAGMA_FPAGE(PAGE(33), 12, TAGMA_RW), PAGE(1) };
	receive(0);
	send(TAGMA_T_ITEMS(2));
	assert_int_equal(iw_result(r), IW_OK);
	assert_int_equal(TAGMA_T_NITEMS(r->arch.ipc_tag), 2);
	assert_int_equal(mapdb_lookup(iw_user[0], 64).rights, TAGMA_R);
	assert_int_equal(mapdb_lookup(iw_user[0], 65).rights, TAGMA_RW);
	assert_true(mfn_eq(mapdb_lookup(iw_user[0], 65).mfn, mapdb_lookup(s->space, 33).mfn));
	sm->item[0].fpage = TAGMA_FPAGE(PAGE(500), 12, TAGMA_R); /* nothing there */
	receive(0);
	send(TAGMA_T_ITEMS(1));
	assert_int_equal(iw_result(s), -XEN_EINVAL);
	assert_int_equal(iw_result(r), -XEN_EINVAL);
}

/* Without a buffer of its own the sender has its one item in registers. */
static void an_item_in_registers(void **state)
{
	const uint32_t fp = TAGMA_FPAGE(PAGE(32), 12, TAGMA_RW);

	(void)state;
	rm->window = TAGMA_FPAGE(PAGE(64), 13, 0);
	receive(0);
	iw_ipc(s, TAGMA_T_ITEMS(1), r->obj.id, TAGMA_NIL, fp, PAGE(1), 0);
	assert_int_equal(iw_result(r), IW_OK);
	assert_int_equal(mapdb_lookup(iw_user[0], 65).rights, TAGMA_RW);
	iw_ipc(r, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0); /* no window at all */
	iw_ipc(s, TAGMA_T_ITEMS(1), r->obj.id, TAGMA_NIL, fp, PAGE(1), 0);
	assert_int_equal(iw_result(r), -XEN_EMSGSIZE);
	assert_int_equal(iw_result(s), -XEN_EMSGSIZE);
}

static void fault(uint32_t vpn, uint32_t want)
{
	iw_become(r);
	ipc_fault(r, PAGE(vpn) + 4, want);
	iw_leave();
}

static void pager_answers(uint32_t fpage, uint32_t hint)
{
	iw_ipc(p, TAGMA_T_ITEMS(1) | TAGMA_T_SND_ZERO, r->obj.id, TAGMA_ANY, fpage, hint, 0);
}

/* The answer maps, resumes, and enters the page: the access misses nowhere. */
static void a_fault_is_answered_in_registers(void **state)
{
	uint64_t misses = host_cpu.counter[COUNTER_vtlb_miss];

	(void)state;
	pager_receives();
	fault(50, TAGMA_W);
	assert_ptr_equal(host_cpu.current, p);
	assert_int_equal(p->arch.ipc_w[0], PAGE(50) + 4);
	assert_int_equal(r->state, THREAD_RECEIVING);
	pager_answers(TAGMA_FPAGE(PAGE(33), 12, TAGMA_RW), PAGE(50));
	assert_int_equal(r->state, THREAD_READY);
	assert_ptr_equal(host_cpu.current, r);
	assert_int_equal(host_access(iw_user[0], 50, TAGMA_W), VTLB_FILLED);
	assert_int_equal(host_cpu.counter[COUNTER_vtlb_miss], misses);
	assert_int_equal(p->state, THREAD_RECEIVING);
	/* Another page than the one that was missing: it faults again. */
	fault(51, TAGMA_R);
	pager_answers(TAGMA_FPAGE(PAGE(34), 12, TAGMA_R), PAGE(52));
	assert_int_equal(r->state, THREAD_READY);
	assert_int_equal(mapdb_lookup(iw_user[0], 51).rights, 0);
	assert_int_equal(mapdb_lookup(iw_user[0], 52).rights, TAGMA_R);
}

static void a_bad_answer_is_the_pagers_error(void **state)
{
	static const struct {
		uint32_t fpage, hint;
	} bad[] = {
		{ TAGMA_FPAGE(PAGE(500), 12, TAGMA_R), PAGE(50) }, /* nothing there */
		{ TAGMA_FPAGE(PAGE(33), 12, TAGMA_W), PAGE(50) },
		{ TAGMA_FPAGE(PAGE(33), 12, TAGMA_R) | 8, PAGE(50) },
		{ TAGMA_FPAGE(PAGE(33), 11, TAGMA_R), PAGE(50) },
		{ TAGMA_FPAGE(PAGE(33), 12, TAGMA_R), PAGE(50) + 4 },
		{ TAGMA_FPORT(0x60, 0), 0 }, /* not ours */
	};

	(void)state;
	pager_receives();
	fault(50, TAGMA_R);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		pager_answers(bad[i].fpage, bad[i].hint);
		assert_int_equal(iw_result(p), -XEN_EINVAL);
		assert_int_equal(r->ipc.kind, IPC_FAULT); /* and still waits for a better one */
	}
	/* A larger one, over what was there. */
	iw_map(iw_user[0], 50, TAGMA_R);
	pager_answers(TAGMA_FPAGE(PAGE(32), 13, TAGMA_RW), PAGE(50));
	assert_int_equal(r->state, THREAD_READY);
	assert_int_equal(mapdb_lookup(iw_user[0], 51).rights, TAGMA_RW);
}

/* Each is the other's pager, and both fault: neither may take the other's fault for the
 * answer to its own. */
static void two_pagers_of_each_other(void **state)
{
	(void)state;
	p->pager = r->obj.id;
	pager_receives();
	fault(50, TAGMA_R);
	p->arch.ipc_tag = 0x55;
	r->arch.ipc_tag = 0x66;
	iw_become(p);
	ipc_fault(p, PAGE(60), TAGMA_R);
	iw_leave();
	assert_int_equal(r->state, THREAD_RECEIVING);
	assert_int_equal(r->ipc.kind, IPC_FAULT);
	assert_int_equal(p->state, THREAD_SENDING);
	assert_int_equal(r->arch.ipc_tag, 0x66);
	ipc_cancel(p, -XEN_EINTR);
}

/* What is remembered of a buffer does not outlive its mapping. */
static void a_buffer_moves_while_it_waits(void **state)
{
	struct tagma_msg *other;

	(void)state;
	receive(0);
	send(TAGMA_T_WORDS(3));
	receive(0);
	iw_unmap(iw_user[0], 21);
	assert_int_equal(host_map(iw_dom[1]->root, 24, iw_user[0], 21, TAGMA_RW), 0);
	other = iw_msg(s, PAGE(24));
	rm->w[2] = other->w[2] = 0;
	sm->w[2] = 77;
	send(TAGMA_T_WORDS(3));
	assert_int_equal(iw_result(r), IW_OK);
	assert_int_equal(other->w[2], 77);
	assert_int_equal(rm->w[2], 0);
	/* Nor its rights: only a reader's now. */
	receive(0);
	assert_true(host_flush(iw_dom[1]->root, 24, TAGMA_W, false));
	pager_receives();
	send(TAGMA_T_WORDS(3));
	assert_int_equal(p->arch.ipc_w[2], TAGMA_W | TAGMA_FAULT_PRESENT);
}

static void string_between_mapped_pages(void **state)
{
	(void)state;
	map_dst();
	sm->snd_len = LEN - 5;
	receive(0);
	send(TAGMA_T_STRING);
	assert_string(LEN - 5);
}

static void string_is_preempted_and_either_side_goes_on(void **state)
{
	(void)state;
	map_dst();
	receive(0);
	host_preempt = true;
	iw_become(s);
	thread_set_stopped(r, true); /* it can't hold s up */
	send(TAGMA_T_STRING);
	assert_int_equal(iw_result(s), 0);
	thread_set_stopped(r, false);
	assert_string(LEN);
	memset(guest_ptr(iw_user[0], GVA(DST), TAGMA_W), 0, PAGE_SIZE);
	receive(0);
	send(TAGMA_T_STRING);
	run();
	assert_true(host_preempt_points > 3);
	assert_string(LEN);
}

static void page_faults_go_to_the_receivers_pager(void **state)
{
	unsigned faults = 0;

	(void)state;
	receive(0);
	send(TAGMA_T_STRING);
	assert_int_equal(s->state, THREAD_XFER);
	while (s->ipc.peer != TAGMA_NIL) {
		uint32_t addr;

		assert_true(iw_check());
		pager_receives();
		assert_int_equal(iw_result(p), IW_OK);
		assert_int_equal(p->arch.ipc_sender, r->obj.id);
		assert_int_equal(p->arch.ipc_w[2], TAGMA_W);
		addr = p->arch.ipc_w[0];
		assert_in_range(addr, DST, DST + LEN - 1);
		iw_map(iw_user[0], addr / PAGE_SIZE, TAGMA_RW);
		pager_replies();
		run();
		assert_true(++faults <= 3);
	}
	assert_int_equal(faults, 3);
	assert_string(LEN);
}

static void fault_reply_with_an_item_resumes(void **state)
{
	struct tagma_msg *pm = msg_init(p, 22);

	(void)state;
	sm->snd_len = 10;
	receive(0);
	send(TAGMA_T_STRING);
	pager_receives();
	pm->item[0] = (struct tagma_item){ TAGMA_FPAGE(PAGE(50), 12, TAGMA_RW), DST };
	iw_ipc(p, LONG | TAGMA_T_ITEMS(1), r->obj.id, TAGMA_NIL, 0, 0, PAGE(22));
	assert_int_equal(iw_result(p), 0);
	run();
	assert_string(10);
}

static void zero_and_finite_transfer_timeouts(void **state)
{
	(void)state;
	rm->xfer_us = 0;
	receive(TAGMA_T_TIMED);
	send(TAGMA_T_STRING);
	assert_int_equal(iw_result(r), -XEN_EFAULT);
	assert_int_equal(iw_result(s), -XEN_EFAULT);
	sm->xfer_us = 100;
	receive(0);
	send(TAGMA_T_STRING | TAGMA_T_TIMED);
	assert_int_equal(iw_result(s), IW_PENDING);
	pager_receives();
	iw_time(99);
	assert_int_equal(iw_result(s), IW_PENDING);
	iw_time(1);
	assert_int_equal(iw_result(s), -XEN_EFAULT);
	assert_int_equal(iw_result(r), -XEN_EFAULT);
	pager_replies(); /* too late */
	assert_int_equal(iw_result(p), -XEN_EAGAIN);
}

static void no_pager_means_no_transfer(void **state)
{
	(void)state;
	r->pager = TAGMA_NIL;
	receive(0);
	send(TAGMA_T_STRING);
	assert_int_equal(iw_result(s), -XEN_EFAULT);
	r->pager = s->obj.id; /* it waits for r itself */
	receive(0);
	send(TAGMA_T_STRING);
	assert_int_equal(iw_result(s), -XEN_EFAULT);
	assert_int_equal(iw_result(r), -XEN_EFAULT);
}

static void partners_vanish_in_a_transfer(void **state)
{
	(void)state;
	receive(0);
	send(TAGMA_T_STRING);
	ipc_cancel(s, -XEN_EINTR); /* the one that waits */
	assert_int_equal(iw_result(s), -XEN_EINTR);
	assert_int_equal(iw_result(r), -XEN_EINTR);
	receive(0);
	send(TAGMA_T_STRING);
	ipc_cancel(r, -XEN_EINTR); /* the one that faulted, still queued at its pager */
	assert_int_equal(iw_result(s), -XEN_EINTR);
	receive(0);
	send(TAGMA_T_STRING);
	pager_receives();
	thread_unload(p); /* the pager */
	assert_int_equal(iw_result(s), -XEN_EFAULT);
	assert_int_equal(iw_result(r), -XEN_EFAULT);
	p = iw_thread(iw_dom[1]->root, 10);
	r->pager = p->obj.id;
	receive(0);
	send(TAGMA_T_STRING);
	thread_unload(r);
	assert_int_equal(iw_result(s), -XEN_ESRCH);
	iw_ipc(p, TAGMA_T_RCV_ZERO, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(iw_result(p), -XEN_EAGAIN);
}

/* A missing page of the message itself is a plain fault; the call is made again. */
static void missing_buffer_restarts_the_call(void **state)
{
	(void)state;
	iw_unmap(iw_user[0], 21);
	iw_become(r);
	receive(0);
	assert_int_equal(r->arch.hc_restarts, 1);
	assert_int_equal(r->ipc.kind, IPC_FAULT);
	pager_receives();
	assert_int_equal(p->arch.ipc_w[0], PAGE(21));
	iw_map(iw_user[0], 21, TAGMA_R);
	pager_replies();
	receive(0); /* readable is not enough to receive into */
	assert_int_equal(r->arch.hc_restarts, 2);
	pager_receives();
	assert_int_equal(p->arch.ipc_w[2], TAGMA_W | TAGMA_FAULT_PRESENT);
}

/* A buffer that goes while its owner waits: the fault is taken in the transfer. */
static void buffer_vanishes_while_waiting(void **state)
{
	(void)state;
	map_dst();
	sm->w[2] = 5;
	receive(0);
	iw_unmap(iw_user[0], 21);
	send(TAGMA_T_WORDS(3) | TAGMA_T_STRING);
	assert_int_equal(r->ipc.kind, IPC_XFER_FAULT);
	pager_receives();
	iw_map(iw_user[0], 21, TAGMA_RW);
	pager_replies();
	run();
	assert_string(LEN);
	assert_int_equal(rm->w[2], 5);
	/* What the hypervisor sends is kept until there is a buffer again. */
	receive(0);
	iw_unmap(iw_user[0], 21);
	s->pager = r->obj.id;
	iw_become(s);
	ipc_fault(s, 0x123, TAGMA_R);
	iw_leave();
	assert_int_equal(iw_result(r), -XEN_EFAULT);
	assert_int_equal(s->state, THREAD_SENDING);
	iw_ipc(r, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(r->arch.ipc_w[0], 0x123);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(many_words),
		T(register_words_into_a_buffer),
		T(three_words_of_a_buffer_into_registers),
		T(what_does_not_fit_fails_at_both_ends),
		T(items_are_mapped_into_the_window),
		T(an_item_in_registers),
		T(a_fault_is_answered_in_registers),
		T(a_bad_answer_is_the_pagers_error),
		T(two_pagers_of_each_other),
		T(a_buffer_moves_while_it_waits),
		T(string_between_mapped_pages),
		T(string_is_preempted_and_either_side_goes_on),
		T(page_faults_go_to_the_receivers_pager),
		T(fault_reply_with_an_item_resumes),
		T(zero_and_finite_transfer_timeouts),
		T(no_pager_means_no_transfer),
		T(partners_vanish_in_a_transfer),
		T(missing_buffer_restarts_the_call),
		T(buffer_vanishes_while_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

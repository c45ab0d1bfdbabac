/* SPDX-License-Identifier: GPL-2.0-only */
/* TAGMA_THREAD_*: what guests may do to threads, and may not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ipc_world.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/space.h>
#include <string.h>

#define ARG (20 * PAGE_SIZE)

static struct thread *caller;

static int setup(void **state)
{
	(void)state;
	iw_init();
	caller = iw_thread(iw_dom[1]->root, 10);
	iw_become(caller);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(iw_check());
	return 0;
}

static long op(uint32_t cmd, struct tagma_thread *a)
{
	void *p = guest_ptr(caller->space, GVA(ARG), TAGMA_W);
	long r;

	memcpy(p, a, sizeof(*a));
	r = hc_thread(caller, cmd, GVA(ARG));
	memcpy(a, p, sizeof(*a));
	return r;
}

static struct tagma_thread template(void)
{
	return (struct tagma_thread){ .space = TAGMA_SELF,
				      .prio = 5,
				      .cookie = 77,
				      .pager = TAGMA_SELF,
				      .regs = { .ip = 0x1234 } };
}

static void load_info_unload(void **state)
{
	struct tagma_thread a = template(), info;
	uint32_t threads = iw_dom[1]->nr_threads, in_space = caller->space->nr_threads;
	struct thread *t;

	(void)state;
	assert_int_equal(op(TAGMA_THREAD_load, &a), 0);
	t = thread_lookup(a.id);
	assert_non_null(t);
	assert_int_equal(t->state, THREAD_READY);
	assert_int_equal(t->pager, caller->obj.id);
	assert_int_equal(iw_dom[1]->nr_threads, threads + 1);
	info = (struct tagma_thread){ .id = a.id };
	assert_int_equal(op(TAGMA_THREAD_info, &info), 0);
	assert_int_equal(info.state, TAGMA_TS_READY);
	assert_int_equal(info.cookie, 77);
	assert_int_equal(info.prio, 5);
	assert_int_equal(info.slice_us, SCHED_SLICE_US);
	assert_int_equal(info.regs.ip, 0x1234);
	assert_int_equal(info.space, iw_dom[1]->root->obj.id);
	assert_int_equal(op(TAGMA_THREAD_unload, &info), 0);
	assert_int_equal(info.regs.ip, 0x1234);
	assert_int_equal(op(TAGMA_THREAD_info, &info), -XEN_ESRCH);
	assert_int_equal(iw_dom[1]->nr_threads, threads);
	assert_int_equal(caller->space->nr_threads, in_space);
}

static void stopped_until_started(void **state)
{
	struct tagma_thread a = template();
	struct thread *t;

	(void)state;
	a.flags = TAGMA_THREAD_F_STOPPED;
	a.prio = 20;
	assert_int_equal(op(TAGMA_THREAD_load, &a), 0);
	t = thread_lookup(a.id);
	assert_ptr_equal(iw_leave(), caller);
	a.set = TAGMA_SET_STOPPED;
	a.flags = 0;
	assert_int_equal(op(TAGMA_THREAD_modify, &a), 0);
	assert_ptr_equal(iw_leave(), t);
	a.flags = TAGMA_THREAD_F_STOPPED;
	iw_become(caller);
	a.set = TAGMA_SET_STOPPED;
	assert_int_equal(op(TAGMA_THREAD_modify, &a), 0);
	assert_ptr_equal(iw_leave(), caller);
	assert_int_equal(op(TAGMA_THREAD_info, &a), 0);
	assert_int_equal(a.state, TAGMA_TS_STOPPED);
	assert_int_equal(a.flags, TAGMA_THREAD_F_STOPPED);
}

static void hostile_arguments(void **state)
{
	struct tagma_thread a = template();
	struct thread *other = iw_thread(iw_dom[2]->root, 1);
	uint32_t free_slots = thread_pool.nr_free;

	(void)state;
	iw_dom[1]->top_prio = 10;
	a.prio = 11;
	assert_int_equal(op(TAGMA_THREAD_load, &a), -XEN_EPERM);
	a = template();
	a.slice_us = 99;
	assert_int_equal(op(TAGMA_THREAD_load, &a), -XEN_EINVAL);
	a = template();
	a.flags = 4;
	assert_int_equal(op(TAGMA_THREAD_load, &a), -XEN_EINVAL);
	a = template();
	a.space = iw_dom[2]->root->obj.id;
	assert_int_equal(op(TAGMA_THREAD_load, &a), -XEN_EPERM);
	a.space = TAGMA_ID(5, TAGMA_TYPE_SPACE, 9);
	assert_int_equal(op(TAGMA_THREAD_load, &a), -XEN_ESRCH);
	a.id = other->obj.id;
	assert_int_equal(op(TAGMA_THREAD_info, &a), -XEN_EPERM);
	assert_int_equal(op(TAGMA_THREAD_unload, &a), -XEN_EPERM);
	a.id = TAGMA_SELF;
	a.set = 0x80;
	assert_int_equal(op(TAGMA_THREAD_modify, &a), -XEN_EINVAL);
	assert_int_equal(hc_thread(caller, TAGMA_THREAD_load, GVA(0x7ffff000)), -XEN_EFAULT);
	assert_int_equal(hc_thread(caller, 99, GVA(ARG)), -XEN_ENOSYS);
	assert_int_equal(thread_pool.nr_free, free_slots);
	while (thread_pool.nr_free != 0) {
		a = template();
		assert_int_equal(op(TAGMA_THREAD_load, &a), 0);
	}
	a = template();
	assert_int_equal(op(TAGMA_THREAD_load, &a), -XEN_ENOMEM);
}

/* An argument that can be read, but not written back: nothing has happened. */
static void unwritable_result_undoes_the_load(void **state)
{
	struct thread *user = iw_thread(iw_user[0], 10);
	uint32_t free_slots = thread_pool.nr_free;
	struct tagma_thread a = template();

	(void)state;
	iw_map(iw_user[0], 20, TAGMA_R);
	memcpy(guest_ptr(caller->space, GVA(ARG), TAGMA_W), &a, sizeof(a));
	iw_become(user);
	assert_int_equal(hc_thread(user, TAGMA_THREAD_load, GVA(ARG)), -XEN_EFAULT);
	assert_int_equal(thread_pool.nr_free, free_slots);
}

static void modify_in_a_wait(void **state)
{
	struct thread *t = iw_thread(iw_dom[1]->root, 5);
	struct tagma_thread a = { .id = t->obj.id };

	(void)state;
	t->pager = caller->obj.id;
	iw_become(t);
	ipc_fault(t, 0x5000, TAGMA_R);
	iw_leave();
	iw_become(caller);
	assert_int_equal(op(TAGMA_THREAD_info, &a), 0);
	assert_int_equal(a.state, TAGMA_TS_HANDLED);
	/* Stopped in its wait: the reply does not make it run, the start does. */
	a.set = TAGMA_SET_STOPPED | TAGMA_SET_REGS;
	a.flags = TAGMA_THREAD_F_STOPPED;
	a.regs.ip = 0x9999;
	assert_int_equal(op(TAGMA_THREAD_modify, &a), 0);
	iw_ipc(caller, 0, TAGMA_NIL, TAGMA_ANY, 0, 0, 0);
	assert_int_equal(caller->arch.ipc_w[0], 0x5000);
	iw_ipc(caller, TAGMA_T_SND_ZERO, t->obj.id, TAGMA_NIL, 0, 0, 0);
	assert_int_equal(iw_result(caller), 0);
	assert_int_equal(t->state, THREAD_READY);
	assert_false(thread_runnable(t));
	thread_set_stopped(t, false);
	assert_true(thread_runnable(t));
	assert_int_equal(t->arch.regs.ip, 0x9999);
}

static void self(void **state)
{
	struct tagma_thread a = { .id = TAGMA_SELF, .set = TAGMA_SET_REGS, .regs = { .ip = 3 } };

	(void)state;
	assert_int_equal(op(TAGMA_THREAD_modify, &a), HC_NORESULT);
	assert_int_equal(caller->arch.regs.ip, 3);
	a = (struct tagma_thread){ .id = TAGMA_SELF };
	assert_int_equal(op(TAGMA_THREAD_unload, &a), HC_NORESULT);
	assert_null(host_cpu.current);
	assert_ptr_equal(iw_leave(), iw_idle);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(load_info_unload),  T(stopped_until_started),
		T(hostile_arguments), T(unwritable_result_undoes_the_load),
		T(modify_in_a_wait),  T(self),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

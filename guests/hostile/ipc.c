/* SPDX-License-Identifier: GPL-2.0-only */
/* The errors of IPC, with a second thread of our own as the other end. */
#include <errno.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/mem.h>
#include <tagma/test.h>
#include <tagma/thread.h>

#include "hostile.h"

static volatile int partner_result;

/* Says what its receive came to: an error of a cancelled one, too. */
static void partner(void *arg)
{
	(void)arg;
	for (;;) {
		struct ipc m = { 0 };

		partner_result = ipc_receive(&m, thread_self());
	}
}

static long send_tag(uint32_t tag, uint32_t dest, uint32_t from, const void *msg)
{
	struct ipc m = { .tag = tag, .w = { 1, 2, (uint32_t)(uintptr_t)msg } };

	return ipc(&m, dest, from);
}

static void addresses(void)
{
	static struct tagma_msg msg;
	struct ipc m = { 0 };

	test_equal(send_tag(0, 0x12345678, 0, 0), -ESRCH, "send to nobody");
	test_equal(send_tag(0, FOREIGN_SPACE, 0, 0), -ESRCH, "send to a space");
	test_equal(send_tag(0, TAGMA_EVENT_ID, 0, 0) < 0, 1, "send to the event source");
	test_equal(send_tag(0, TAGMA_IRQ_ID(3), 0, 0), -EPERM, "attach interrupt 3");
	test_check(send_tag(0, TAGMA_IRQ_ID(0x800), 0, 0) < 0, "attach interrupt 2048");
	test_equal(send_tag(0, TAGMA_SIGNAL_ID, 0, 0), -EFAULT, "signal at no page");
	m = (struct ipc){ .w = { (uint32_t)(uintptr_t)&msg } };
	test_equal(ipc(&m, TAGMA_SIGNAL_ID, TAGMA_NIL), -ESRCH, "signal that nobody hears");
	test_equal(send_tag(0, thread_self(), 0, 0), -EINVAL, "send to oneself");
	test_equal(send_tag(0, 0, 0x12345678, 0), -ESRCH, "receive from nobody");
	m.tag = TAGMA_T_RCV_ZERO;
	test_check(ipc_receive(&m, TAGMA_ANY) == -EAGAIN || ipc_is_kernel(&m, TAGMA_K_EVENT),
		   "receive without waiting");
	test_equal(send_tag(TAGMA_T_WORDS(65), thread_self(), 0, 0), -EINVAL, "65 words");
	test_equal(send_tag(TAGMA_T_WORDS(4), thread_self(), 0, 0), -EINVAL,
		   "4 words without LONG");
	test_equal(send_tag(TAGMA_T_TIMED, thread_self(), 0, 0), -EINVAL, "timeouts without LONG");
	test_equal(send_tag(TAGMA_T_ITEMS(2), thread_self(), 0, 0), -EINVAL, "items without LONG");
	test_equal(send_tag(TAGMA_T_LONG, 0, TAGMA_ANY, BAD_FAR), -EFAULT,
		   "message at a bad address");
	test_equal(send_tag(TAGMA_T_LONG, 0, TAGMA_ANY, BAD_END), -EFAULT, "message over the end");
	msg = (struct tagma_msg){ .rcv_us = 1000 };
	test_equal(send_tag(TAGMA_T_LONG | TAGMA_T_TIMED, 0, thread_self(), &msg), -ETIMEDOUT,
		   "receive with a time limit");
}

static void with_partner(uint32_t id)
{
	static struct tagma_msg msg;

	/* It waits for us: three words go, more do not fit. */
	test_equal(send_tag(TAGMA_T_WORDS(3), id, 0, 0), 0, "send to one that waits");
	thread_yield();
	test_equal(partner_result, 0, "it got it");
	test_equal(send_tag(TAGMA_T_LONG | TAGMA_T_WORDS(10), id, 0, &msg), -EMSGSIZE,
		   "10 words to one that takes 3");
	thread_yield();
	test_equal(partner_result, -EMSGSIZE, "it is told so, too");
	test_equal(thread_cancel(id), 0, "cancel");
	thread_yield();
	test_equal(partner_result, -EINTR, "its receive says EINTR");
	test_equal(thread_stop(id), 0, "stop");
	thread_cancel(id);
	test_equal(send_tag(TAGMA_T_SND_ZERO, id, 0, 0), -EAGAIN, "send without waiting");
	msg = (struct tagma_msg){ .snd_us = 1000 };
	test_equal(send_tag(TAGMA_T_LONG | TAGMA_T_TIMED, id, 0, &msg), -ETIMEDOUT,
		   "send with a time limit");
}

void directed_ipc(void)
{
	char *stack = pages_alloc(1);
	uint32_t id = 0;

	addresses();
	/* At our own priority: a yield lets it run. */
	if (test_equal(thread_start(&id, 1, partner, 0, stack + 2 * PAGE_SIZE), 0,
		       "a second thread")) {
		struct tagma_thread self;

		thread_info(thread_self(), &self);
		thread_set_prio(id, self.prio);
		thread_yield();
		with_partner(id);
		test_equal(thread_unload(id, 0), 0, "unload");
		test_equal(send_tag(0, id, 0, 0), -ESRCH, "its id is stale");
	}
	page_put(stack);
}

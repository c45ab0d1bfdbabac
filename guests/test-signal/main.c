/* SPDX-License-Identifier: GPL-2.0-only */
/* Options: role=server, which prints its thread's id, and role=client server=ID make two domains
 * of this guest test channels between them; without, it tests all else. */
#include <list.h>
#include <string.h>
#include <tagma/arch_lib.h>
#include <tagma/map.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/test.h>
#include <tagma/thread.h>
#include <tagma/time.h>
#include <tagma/upcall.h>
#include "test-signal.h"

#define STACK_ORDER 3 /* 32 KB: channel_serve() has two messages on it */
#define PATIENCE (5 * NSEC_PER_SEC)

uint32_t make_space(void)
{
	uint32_t image = (uint32_t)(uintptr_t)_start & ~(PAGE_SIZE - 1), id = 0;
	uint32_t end = ((uint32_t)(uintptr_t)_end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	int err = space_load(&id, 0);

	if (!err)
		err = map_pages(TAGMA_SELF, image, id, image, end - image, TAGMA_RWX);
	if (err)
		test_equal(err, 0, "a space with the kernel's image");
	return id;
}

uint32_t self_prio(void)
{
	static struct tagma_thread t;

	if (!t.prio)
		thread_info(thread_self(), &t);
	return t.prio;
}

uint32_t make_thread(uint32_t space, void (*fn)(void *arg), void *arg)
{
	uint8_t *stack = pages_alloc(STACK_ORDER);
	uint32_t at = (uint32_t)(uintptr_t)stack, size = PAGE_SIZE << STACK_ORDER;
	struct tagma_thread t = {
		.space = space,
		.flags = TAGMA_THREAD_F_STOPPED,
		.prio = self_prio(),
	};
	int err = 0;

	if (space != TAGMA_SELF)
		err = map_pages(TAGMA_SELF, at, space, at, size, TAGMA_RW);
	arch_thread_regs(&t.regs, fn, arg, stack + size);
	if (!err)
		err = thread_load(&t);
	if (!err)
		err = arch_tls_thread(t.id);
	if (!err)
		err = thread_resume(t.id);
	if (err)
		test_equal(err, 0, "a thread");
	return t.id;
}

bool wait_for(const volatile uint32_t *flag, uint32_t value)
{
	uint64_t end = time_ns() + PATIENCE;

	while (*flag != value && time_ns() < end)
		thread_yield();
	return *flag == value;
}

uint64_t counter(const char *name)
{
	static struct tagma_counters c;

	HYPERVISOR_tagma_debug(TAGMA_DEBUG_counters, &c);
	for (uint32_t i = 0; i < c.nr; i++)
		if (!strcmp(c.c[i].name, name))
			return c.c[i].value;
	return 0;
}

void guest_main(struct start_info *si)
{
	char role[8] = "";

	(void)si;
	trap_init(0);
	guest_option("role", role, sizeof(role));
	if (!strcmp(role, "client"))
		peer_main((uint32_t)guest_option_u64("server", 0));
	if (!strcmp(role, "server")) {
		test_peer((uint32_t)guest_option_u64("rounds", 2));
	} else {
		test_signals();
		test_channels();
	}
	test_done();
}

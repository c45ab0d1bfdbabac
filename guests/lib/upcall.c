/* SPDX-License-Identifier: GPL-2.0-only */
/* Upcalls and forwarded traps: to the handlers in C. */
#include <list.h>
#include <tagma/arch_lib.h>
#include <tagma/console.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/upcall.h>

static upcall_fn *upcall_handler, *trap_handler;

/* Coming from another space there is no stack of ours to go on with. */
static uint32_t entry_stack[2048] __attribute__((aligned(16)));

static int set_entry(void *upcall)
{
	struct tagma_entry e = {
		.upcall_ip = (uint32_t)(uintptr_t)upcall,
		.trap_ip = (uint32_t)(uintptr_t)trap_entry,
		.sp = (uint32_t)(uintptr_t)(entry_stack + ARRAY_SIZE(entry_stack)),
	};

	return (int)HYPERVISOR_tagma_domain(TAGMA_DOMAIN_set_entry, &e);
}

int upcall_init(upcall_fn *event, upcall_fn *trap)
{
	upcall_handler = event;
	trap_handler = trap;
	return set_entry(upcall_entry);
}

int trap_init(upcall_fn *trap)
{
	trap_handler = trap;
	return set_entry(0);
}

void upcall_event(struct tagma_frame *f)
{
	if (upcall_handler)
		upcall_handler(f);
	else
		event_dispatch();
}

void upcall_trap(struct tagma_frame *f)
{
	if (trap_handler) {
		trap_handler(f);
		return;
	}
	upcall_dump(f);
	guest_shutdown(SHUTDOWN_crash);
}

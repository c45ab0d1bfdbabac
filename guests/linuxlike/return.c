/* SPDX-License-Identifier: GPL-2.0-only */
/* A coroutine's life: serve what brought the task into the server, deliver signals, leave. */
#include "loop.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"

static void trap_handle(void)
{
	struct siginfo_abi i;

	if (arch_is_syscall(&current->regs)) {
		syscall_handle();
		return;
	}
	arch_trap_siginfo(&current->regs, &i);
	signal_fault(i.signo, i.code, i.fault.addr);
}

_Noreturn void task_main(void)
{
	for (;;) {
		struct task *t = current;

		t->syscall_nr = -1;
		t->nr_items = 0;
		if (t->entry == ENTRY_TRAP)
			trap_handle();
		else if (t->entry == ENTRY_FAULT)
			fault_handle();
		while (signal_pending() || t->restore_mask || t->process->exiting)
			signal_deliver();
		if (t->syscall_nr >= 0)
			syscall_finish();
		t->in_user = true;
		loop_yield();
	}
}

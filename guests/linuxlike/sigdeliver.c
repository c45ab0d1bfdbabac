/* SPDX-License-Identifier: GPL-2.0-only */
/* Before each return to user mode: stop, die, or run a handler. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "signal.h"
#include "syscall.h"
#include "task_struct.h"

#define STOPS (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))

/* One line in the hypervisor's log, as Linux prints with print-fatal-signals. */
static void log_fatal(const struct task *t, const struct siginfo_abi *i)
{
	if (i->code <= 0 || !(SIG_BIT(i->signo) & (SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) |
						   SIG_BIT(SIGILL) | SIG_BIT(SIGFPE))))
		return;
	if (t->entry == ENTRY_FAULT)
		printk("linuxlike: %s[%d]: segfault at %x ip %x\n", t->comm, t->tid, t->fault_addr,
		       t->fault_ip);
	else
		printk("linuxlike: %s[%d]: trap %s ip %x\n", t->comm, t->tid,
		       arch_trap_name(t->regs.trap), t->regs.ip);
}

static void run_default(const struct siginfo_abi *i)
{
	struct process *p = current->process;
	int sig = i->signo;

	if (signal_default_ignored(sig))
		return;
	if (STOPS & SIG_BIT(sig)) {
		if (sig == SIGSTOP || !pgrp_orphaned(p->pgid))
			jobctl_stop(sig);
		return;
	}
	if (p == init_process && i->code != SI_KERNEL)
		return;
	log_fatal(current, i);
	process_kill(p, sig);
}

static void run_handler(const struct siginfo_abi *i)
{
	struct task *t = current;
	struct sigaction_abi *h = &t->process->sighand->action[i->signo - 1], a = *h;
	ksigset_t old = t->restore_mask ? t->saved_mask : t->sigmask;

	hw_fetch_regs(t);
	if (t->syscall_nr >= 0)
		syscall_interrupted(a.flags);
	if (a.flags & SA_RESETHAND)
		h->handler = SIG_DFL;
	if (arch_sigframe_push(t, i, &a, old)) {
		h->handler = SIG_DFL; /* no stack to run any handler on */
		signal_fault(SIGSEGV, SI_KERNEL, 0);
		return;
	}
	t->restore_mask = false;
	signal_mask_set(t, t->sigmask | (a.mask[0] | (ksigset_t)a.mask[1] << 32) |
				   (a.flags & SA_NODEFER ? 0 : SIG_BIT(i->signo)));
}

void signal_deliver(void)
{
	struct task *t = current;
	struct siginfo_abi i;
	uint32_t handler;

	if (t->process->exiting)
		task_exit(t->process->exit_code);
	if (t->exec_killed)
		task_exit(SIGKILL);
	if (t->process->stop != GROUP_RUNNING) {
		jobctl_wait();
		return;
	}
	if (!signal_take(t->sigmask, &i)) {
		if (t->restore_mask) { /* sigsuspend() and its like, and no handler ran */
			t->restore_mask = false;
			signal_mask_set(t, t->saved_mask);
		}
		return;
	}
	if (i.signo == SIGKILL && t->process != init_process) {
		process_kill(t->process, SIGKILL);
		return;
	}
	handler = t->process->sighand->action[i.signo - 1].handler;
	if (handler == SIG_IGN)
		return;
	if (handler == SIG_DFL)
		run_default(&i);
	else
		run_handler(&i);
}

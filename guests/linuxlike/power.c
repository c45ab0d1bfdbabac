/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * srm asks the domain to power off or reboot. An init that handles SIGUSR2 (power off) and
 * SIGTERM (reboot), as busybox's does, is asked in turn; under any other, all processes get
 * SIGTERM. After a while the domain goes, whatever they do.
 */
#include "loop.h"
#include "signal.h"
#include "task_struct.h"
#include "timer.h"
#include <tagma/control.h>
#include <tagma/hypercall.h>

#define GRACE_INIT 10000000000ull /* ns */
#define GRACE_ALL 1000000000ull

static struct timer deadline;
static unsigned int reason;

static void time_is_up(struct timer *t)
{
	(void)t;
	guest_shutdown(reason);
}

static bool init_handles(int sig)
{
	uint32_t h = init_process->sighand->action[sig - 1].handler;

	return h != SIG_DFL && h != SIG_IGN;
}

static bool shutdown_request(void *arg, unsigned int what)
{
	int sig = what == TAGMA_CONTROL_REBOOT ? SIGTERM : SIGUSR2;

	(void)arg;
	reason = what == TAGMA_CONTROL_REBOOT ? SHUTDOWN_reboot : SHUTDOWN_poweroff;
	if (init_process && init_handles(SIGUSR2)) {
		signal_send(init_process->leader, sig);
		timer_add(&deadline, time_ns() + GRACE_INIT);
		return true;
	}
	for (struct process *p = NULL, *next = process_next(NULL); (p = next);) {
		next = process_next(p);
		if (p != init_process && !p->zombie)
			signal_send(p->leader, SIGTERM);
	}
	timer_add(&deadline, time_ns() + GRACE_ALL);
	return true;
}

void power_init(void)
{
	timer_init(&deadline, time_is_up);
	control_set_handler(shutdown_request, NULL);
}

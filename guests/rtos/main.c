/* SPDX-License-Identifier: GPL-2.0-only */
/* Start of the real-time kernel: this stack becomes the idle task's. */
#include "rtos.h"
#include <stdio.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>
#include <tagma/upcall.h>

/* Handlers only make tasks ready; the switch, if one is due, is here. The interrupted
 * task goes on from this very place when it is switched to again. */
static void upcall(struct tagma_frame *f)
{
	(void)f;
	event_dispatch();
	task_reschedule();
}

void guest_main(struct start_info *si)
{
	(void)si;
	task_setup();
	int err = upcall_init(upcall, NULL);
	if (!err)
		err = rt_timer_setup();
	if (!err)
		err = demo_start();
	if (err) {
		printf("rtos: cannot start: error %d\n", err);
		guest_shutdown(SHUTDOWN_crash);
	}
	event_enable();
	for (;;)
		event_wait();
}

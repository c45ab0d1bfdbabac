/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/preempt.h>

bool preempt_point(void)
{
	COUNT(preempt);
	arch_irq_window();
	return this_cpu()->resched;
}

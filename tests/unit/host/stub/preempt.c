/* SPDX-License-Identifier: GPL-2.0-only */
#include <host.h>
#include <hv/preempt.h>

bool preempt_point(void)
{
	host_preempt_points++;
	return host_preempt;
}

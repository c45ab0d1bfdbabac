/* SPDX-License-Identifier: GPL-2.0-only */
/* Preemption points of long operations (RV-3). */
#ifndef HV_PREEMPT_H
#define HV_PREEMPT_H

#include <hv/types.h>

/* True if the operation should stop and be restarted: takes pending interrupts for
 * an instant, then looks whether anything else should run. */
bool preempt_point(void);

#endif

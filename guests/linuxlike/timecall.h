/* SPDX-License-Identifier: GPL-2.0-only */
/* Time as user memory holds it. */
#ifndef LX_TIMECALL_H
#define LX_TIMECALL_H

#include "linux_abi.h"

#define NS_PER_SEC 1000000000ull

int get_timespec(uint64_t *ns, uptr_t a, bool time64); /* -EFAULT, -EINVAL; huge values are cut */
int put_timespec(uptr_t a, uint64_t ns, bool time64);
uint64_t deadline_after(uint64_t ns); /* of time_ns(), never wrapping */

#endif

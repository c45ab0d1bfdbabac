/* SPDX-License-Identifier: GPL-2.0-only */
/* Time: nanoseconds since the machine booted, and the wall clock. */
#ifndef TAGMA_TIME_H
#define TAGMA_TIME_H

#include <stdint.h>

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC 1000000000ull

uint64_t time_ns(void);
uint64_t time_wall_ns(void); /* since 1970, UTC */
uint32_t time_khz(void);     /* of the cycle counter */

/* One-shot timer of this vCPU: VIRQ_TIMER comes at or after `deadline`; 0 stops it. */
int time_set_timer(uint64_t deadline);

#endif

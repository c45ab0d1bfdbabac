/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's share of the processor: struct domain's cpu_percent, kept. */
#ifndef HV_SHARE_H
#define HV_SHARE_H

#include <hv/types.h>

struct domain;
struct thread;

void share_init(struct domain *d);
void share_set(struct domain *d, uint32_t percent); /* 0: no limit. O(its threads) */
/* t, of a domain with a limit, has run for ns. O(timers) */
void share_charge(struct thread *t, uint64_t ns, uint64_t now);

#endif

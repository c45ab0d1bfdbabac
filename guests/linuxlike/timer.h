/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: one pairing heap by deadline over the vCPU's one-shot timer. Adding is
 * O(1), the next deadline is the root, removal is O(log n) amortized, and
 * nothing is allocated: a thousand sleeping processes cost their own fields.
 */
#ifndef LX_TIMER_H
#define LX_TIMER_H

#include "linux_abi.h"

struct timer {
	uint64_t when;			   /* ns of time_ns() */
	void (*fire)(struct timer *t);	   /* on the main loop's stack: no sleeping */
	struct timer *child, *next, *prev; /* prev: left sibling, or parent of a first child */
	bool armed;
};

void timer_init(struct timer *t, void (*fire)(struct timer *t));
void timer_add(struct timer *t, uint64_t when); /* moves it if armed */
void timer_del(struct timer *t);
uint64_t timer_next(void);    /* NO_DEADLINE: none */
void timer_run(uint64_t now); /* fire all that are due */

#endif

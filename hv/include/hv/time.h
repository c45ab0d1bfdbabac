/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time and one-shot timers. One sorted list per CPU is enough for 256 threads
 * and 16 vCPUs; insertion is O(timers), expiry O(1) each, bounded by pools. Time slices are
 * not among them: a switch of threads must not cost more when others wait for time to pass.
 */
#ifndef HV_TIME_H
#define HV_TIME_H

#include <hv/list.h>

#define NSEC_PER_USEC 1000ull
#define NSEC_PER_SEC 1000000000ull

struct timer {
	struct list link;  /* in cpu->timers, by deadline */
	uint64_t deadline; /* ns since boot */
	void (*fn)(struct timer *t);
};

#define TIMER_NEVER UINT64_MAX

void timer_init_cpu(struct cpu *c);
void timer_init(struct timer *t, void (*fn)(struct timer *t));
void timer_set(struct timer *t, uint64_t deadline); /* moves it if already set */
void timer_stop(struct timer *t);
/* The hardware fires at the deadline or before. An earlier one that is set already stands,
 * so slices that end unused cost no access to the timer. */
void timer_arm(struct cpu *c, uint64_t deadline);
void timer_interrupt(void); /* arch: the hardware timer fired; runs what is due, re-arms */
uint64_t time_ns(void);
void time_wall_init(void);	  /* reads the machine's clock; after arch_init() */
uint64_t time_wall_boot_ns(void); /* the wall clock, ns since 1970, when time_ns() was 0 */

static inline bool timer_is_set(const struct timer *t) { return !list_empty(&t->link); }

#endif

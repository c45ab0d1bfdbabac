/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The load average. Linux samples every five seconds by a timer; a server that sleeps
 * when there is nothing to do samples when asked, and lets the past decay by as many
 * periods as have gone by, taking CPU time used since then for the number that ran.
 */
#include "proc.h"
#include "task_struct.h"

#define PERIOD 5000000000ull
#define ONE 2048u	 /* fixed point, as Linux's FSHIFT of 11 */
#define MAX_PERIODS 1200 /* after which nothing of the past is left */

static const uint32_t decay[3] = { 1884, 2014, 2037 }; /* ONE * exp(-5s / 1, 5, 15 min) */
static uint32_t load[3];
static uint64_t sampled_at, used_before;

static uint64_t time_used(void)
{
	uint64_t n = 0;

	for (struct process *p = NULL; (p = process_next(p));) {
		struct usage u;

		process_usage(p, &u);
		n += u.utime + u.stime + p->children_usage.utime + p->children_usage.stime;
	}
	return n;
}

static void sample(void)
{
	uint64_t now = time_ns(), used, periods = (now - sampled_at) / PERIOD, active;

	if (!periods)
		return;
	used = time_used();
	active = used > used_before ? (used - used_before) * ONE / (now - sampled_at) : 0;
	for (uint64_t i = 0; i < periods && i < MAX_PERIODS; i++)
		for (int k = 0; k < 3; k++)
			load[k] =
				(uint32_t)((load[k] * decay[k] + active * (ONE - decay[k])) / ONE);
	sampled_at = now;
	used_before = used;
}

void load_average(uint32_t out[3])
{
	sample();
	for (int k = 0; k < 3; k++)
		out[k] = load[k] << 5; /* sysinfo() has 16 bits after the point */
}

void proc_show_loadavg(struct seq *s, struct task *t)
{
	uint32_t total = 0, running = 0, last = 0;

	sample();
	for (t = NULL; (t = task_next(t)); total++) {
		running += task_state_char(t) == 'R';
		if ((uint32_t)task_pid(t) > last)
			last = (uint32_t)task_pid(t);
	}
	for (int k = 0; k < 3; k++)
		seq_printf(s, "%u.%02u ", load[k] / ONE, load[k] % ONE * 100 / ONE);
	seq_printf(s, "%u/%u %u\n", running, total, last);
}

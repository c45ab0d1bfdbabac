/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tasks did: tables for people, a line for the log. */
#include "rtos.h"
#include <stdio.h>
#include <string.h>
#include <tagma/console.h>

/* A report must not hold up what it reports on: when the ring is full this task sleeps,
 * where printf would block the whole vCPU. */
void report_text(const char *s)
{
	size_t len = strlen(s);
	while (len) {
		size_t n = console_put(s, len);
		console_notify();
		s += n;
		len -= n;
		if (len)
			task_sleep_until(rt_now() + 5000 * RT_NSEC_PER_USEC);
	}
}

static uint32_t us(uint64_t ns) { return (uint32_t)((ns + 500) / RT_NSEC_PER_USEC); }

static size_t stat_columns(char *buf, size_t size, const struct stat *s)
{
	uint64_t mean = s->count ? s->sum / s->count : 0;
	return (size_t)snprintf(buf, size, " %7u %7u %7u %7u", us(s->min), us(mean),
				us(stat_permille(s, 999)), us(s->max));
}

void report_print(void)
{
	char line[200];
	report_text(
		"\r\ntask       prio  period releases overruns |  jitter us: min    mean   99.9%"
		"     max |  response us: min   mean   99.9%     max\r\n");
	list_for_each (l, &rt_tasks) {
		const struct task *t = list_entry(l, struct task, all_link);
		if (!t->releases)
			continue;
		size_t n = (size_t)snprintf(line, sizeof(line), "%-10s %4u %7u %8u %8u |", t->name,
					    t->base_prio, us(t->period), t->releases, t->overruns);
		n += stat_columns(line + n, sizeof(line) - n, &t->jitter);
		n += (size_t)snprintf(line + n, sizeof(line) - n, " |");
		n += stat_columns(line + n, sizeof(line) - n, &t->response);
		snprintf(line + n, sizeof(line) - n, "\r\n");
		report_text(line);
	}
}

void report_tasks(void)
{
	static const char *const states[] = { "ready", "waiting", "exited" };
	char line[100];
	report_text("\r\ntask       prio base state    cpu ms\r\n");
	list_for_each (l, &rt_tasks) {
		const struct task *t = list_entry(l, struct task, all_link);
		snprintf(line, sizeof(line), "%-10s %4u %4u %-8s %6u\r\n", t->name, t->prio,
			 t->base_prio, states[t->state], us(t->run_ns) / 1000);
		report_text(line);
	}
}

void report_log(void)
{
	uint32_t releases = 0, overruns = 0;
	uint64_t worst = 0;
	list_for_each (l, &rt_tasks) {
		const struct task *t = list_entry(l, struct task, all_link);
		releases += t->releases;
		overruns += t->overruns;
		if (t->jitter.max > worst)
			worst = t->jitter.max;
	}
	hv_printf("rtos: %u releases, %u overruns, worst jitter %u us\n", releases, overruns,
		  us(worst));
}

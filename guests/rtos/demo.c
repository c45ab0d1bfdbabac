/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tasks of this image, by the command line:
 *   tasks=NAME:PRIO:PERIOD_US:WORK_US,...   periodic tasks
 *   report=SECONDS    print the table that often (default: once, after 2 s)
 *   seconds=N         then print it and power off
 * Each periodic task works for WORK_US in every period, reports to the event-driven task
 * `collector` through a message queue, and shares a mutex with it.
 */
#include "rtos.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/start.h>
#include <tagma/hypercall.h>

#define MAX_TASKS 16
#define DEFAULT_TASKS "control:24:1000:50,sensor:20:5000:300,logger:16:20000:1000"
#define COLLECTOR_PRIO 8
#define CONSOLE_PRIO 4
#define REPORT_PRIO 2
#define RT_NSEC_PER_SEC 1000000000ull

struct job {
	char name[16];
	uint32_t prio, period_us, work_us;
};

struct sample {
	const struct job *job;
	uint32_t number;
};

static struct job jobs[MAX_TASKS];
static uint32_t nr_jobs;
static struct queue samples;
static struct mutex totals_lock;
static uint32_t totals[MAX_TASKS], collected;
static struct sem console_input;

static void work(uint32_t us)
{
	uint64_t end = rt_now() + us * RT_NSEC_PER_USEC;
	while (rt_now() < end)
		;
}

static void periodic(void *arg)
{
	const struct job *j = arg;
	uint64_t period = j->period_us * RT_NSEC_PER_USEC;
	task_set_period(period, rt_now() / period * period + 2 * period);
	for (uint32_t n = 1;; n++) {
		struct sample s = { j, n };
		work(j->work_us);
		/* Never wait for the collector: a full queue loses a sample, not a deadline. */
		queue_send(&samples, &s, rt_now());
		mutex_lock(&totals_lock, RT_FOREVER);
		totals[j - jobs] = n;
		mutex_unlock(&totals_lock);
		task_wait_period();
	}
}

static void collector(void *arg)
{
	(void)arg;
	struct sample s;
	for (;;) {
		queue_receive(&samples, &s, RT_FOREVER);
		mutex_lock(&totals_lock, RT_FOREVER);
		collected++;
		mutex_unlock(&totals_lock);
	}
}

_Noreturn static void finish(void)
{
	report_print();
	report_log();
	guest_shutdown(SHUTDOWN_poweroff);
}

static void reporter(void *arg)
{
	(void)arg;
	uint64_t every = guest_option_u64("report", 0) * RT_NSEC_PER_SEC;
	uint64_t end = guest_option_u64("seconds", 0) * RT_NSEC_PER_SEC;
	uint64_t now = rt_now();
	uint64_t next = now + (every ? every : 2 * RT_NSEC_PER_SEC);
	if (end)
		end += now;
	for (;;) {
		uint64_t until = end && end < next ? end : next;
		task_sleep_until(until);
		if (until == end)
			finish();
		report_log();
		if (every)
			report_print();
		next = every ? next + every : RT_FOREVER;
	}
}

static void console_ready(void *arg)
{
	(void)arg;
	if (console_readable())
		sem_give(&console_input);
}

static void console_task(void *arg)
{
	(void)arg;
	char c, line[80];
	report_text("rtos: r reports, t lists tasks, q powers off\r\n");
	for (;;) {
		while (!console_get(&c, 1))
			sem_take(&console_input, RT_FOREVER);
		console_notify();
		if (c == 'r') {
			report_print();
			snprintf(line, sizeof(line), "collector: %u samples\r\n", collected);
			report_text(line);
		} else if (c == 't') {
			report_tasks();
		} else if (c == 'q') {
			finish();
		} else {
			report_text("rtos: r reports, t lists tasks, q powers off\r\n");
		}
	}
}

/* One NAME:PRIO:PERIOD:WORK; returns what follows it, NULL if it is malformed. */
static const char *parse_job(const char *s, struct job *j)
{
	uint32_t *number[] = { &j->prio, &j->period_us, &j->work_us };
	size_t n = strcspn(s, ":,");
	if (n == 0 || n >= sizeof(j->name) || s[n] != ':')
		return NULL;
	memcpy(j->name, s, n);
	s += n;
	for (int i = 0; i < 3; i++) {
		char *end;
		if (*s != ':')
			return NULL;
		*number[i] = (uint32_t)strtoul(s + 1, &end, 10);
		if (end == s + 1)
			return NULL;
		s = end;
	}
	if (j->prio <= COLLECTOR_PRIO || j->prio >= RT_PRIOS || j->period_us < 100 ||
	    j->work_us >= j->period_us || (*s != ',' && *s != '\0'))
		return NULL;
	return *s == ',' ? s + 1 : s;
}

static int parse_jobs(void)
{
	static char text[512];
	if (!guest_option("tasks", text, sizeof(text)))
		strcpy(text, DEFAULT_TASKS);
	for (const char *s = text; *s;) {
		if (nr_jobs == MAX_TASKS) {
			printf("rtos: tasks=: more than %d tasks\n", MAX_TASKS);
			return -E2BIG;
		}
		const char *next = parse_job(s, &jobs[nr_jobs]);
		if (!next) {
			printf("rtos: tasks=: cannot read '%s'; want NAME:PRIO:PERIOD_US:WORK_US "
			       "with prio %d..%d, "
			       "period >= 100, work < period\n",
			       s, COLLECTOR_PRIO + 1, RT_PRIOS - 1);
			return -EINVAL;
		}
		nr_jobs++;
		s = next;
	}
	return 0;
}

int demo_start(void)
{
	int err = parse_jobs();
	if (!err)
		err = queue_init(&samples, sizeof(struct sample), 32);
	if (err)
		return err;
	mutex_init(&totals_lock);
	sem_init(&console_input, 0);
	console_set_handler(console_ready, NULL);
	if (!task_create("reporter", REPORT_PRIO, reporter, NULL) ||
	    !task_create("console", CONSOLE_PRIO, console_task, NULL) ||
	    !task_create("collector", COLLECTOR_PRIO, collector, NULL))
		return -ENOMEM;
	for (uint32_t i = 0; i < nr_jobs; i++)
		if (!task_create(jobs[i].name, (uint8_t)jobs[i].prio, periodic, &jobs[i]))
			return -ENOMEM;
	return 0;
}

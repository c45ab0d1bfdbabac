/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples, statistics, counters, and the report. */
#include <list.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>
#include <tagma/time.h>
#include "bench.h"

#define MAX_RESULTS 160
#define MAX_SERIES 4
#define MAX_WINDOWS 128
#define CALIBRATION 100000u
#define DEFAULT_ITERATIONS 1000u

struct series {
	const char *name, *suffix;
	uint32_t n;
	uint32_t sample[BENCH_SAMPLES];
};

struct result {
	const char *name, *suffix;
	uint32_t n, min, median, max, ops;
	uint64_t sum;
	int64_t counter[TAGMA_MAX_COUNTERS];
};

struct window {
	const char *name, *suffix;
};

static struct window windows[MAX_WINDOWS];
static uint32_t nr_windows;
static struct series series[MAX_SERIES];
static uint32_t nr_series; /* open */
static struct result results[MAX_RESULTS];
static uint32_t nr_results;

static uint64_t mul, div; /* ticks to units: * mul / div */
static uint32_t overhead; /* ticks of stamp_none */
static const char *unit;
static uint32_t iterations;

static struct tagma_counters now, before;
static int64_t counted[TAGMA_MAX_COUNTERS], empty[TAGMA_MAX_COUNTERS];

static struct {
	const char *volatile what;
	volatile int err;
} failure;

bool bench_profile, bench_model, bench_warming;

void bench_fail(const char *what, int err)
{
	if (failure.what)
		return;
	failure.err = err;
	failure.what = what;
}

bool bench_failed(void) { return failure.what != 0; }

/* --- calibration */

static uint32_t least(uint32_t (*f)(void))
{
	uint32_t best = UINT32_MAX;

	for (int i = 0; i < 32; i++) {
		uint32_t v = f();

		best = v < best ? v : best;
	}
	return best;
}

static uint32_t ticks_of_loop(void) { return stamp_count(CALIBRATION); }

static uint32_t ticks_of_nothing(void)
{
	struct stamp s = { 0 };

	stamp_none(&s);
	return (uint32_t)(s.t1 - s.t0);
}

/* A loop of known length tells whether a tick is an instruction. */
static void calibrate_instructions(void)
{
	uint32_t ticks = least(ticks_of_loop), wanted = 2 * CALIBRATION;

	mul = div = 1;
	if (ticks < wanted || ticks > wanted + 4)
		bench_fail("the cycle counter does not count instructions: ticks", (int)ticks);
}

uint32_t bench_iterations(void) { return iterations; }

uint32_t bench_iterations_max(uint32_t max) { return iterations < max ? iterations : max; }

/* --- series */

struct series *series_open(const char *name, const char *suffix)
{
	struct series *s = &series[nr_series++];

	s->name = name;
	s->suffix = suffix;
	s->n = 0;
	return s;
}

static void series_put(struct series *s, uint64_t ticks, uint32_t cost)
{
	ticks = ticks > cost ? ticks - cost : 0;
	if (!bench_warming && s->n < BENCH_SAMPLES)
		s->sample[s->n++] = (uint32_t)(ticks * mul / div);
}

void series_add(struct series *s, uint64_t from, uint64_t to)
{
	series_put(s, to - from, overhead);
}

void series_ticks(struct series *s, uint64_t ticks) { series_put(s, ticks, 0); }

void series_add2(struct series *s, uint64_t from, uint64_t to, uint64_t from2, uint64_t to2)
{
	series_put(s, to - from + (to2 - from2), 2 * overhead);
}

/* In the place where samples will be taken, so that page faults are not among them. */
void series_touch(uint32_t n)
{
	volatile struct series *s = series;

	(void)n;
	for (uint32_t i = 0; i < MAX_SERIES; i++)
		for (uint32_t k = 0; k < BENCH_SAMPLES; k += 512)
			s[i].sample[k] = 0;
	s[MAX_SERIES - 1].sample[BENCH_SAMPLES - 1] = 0;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void series_close(struct series *s, uint32_t ops)
{
	struct result *r = &results[nr_results];

	nr_series--;
	if (!s->n || nr_results == MAX_RESULTS) {
		bench_fail(s->n ? "too many figures" : s->name, 0);
		return;
	}
	nr_results++;
	qsort(s->sample, s->n, sizeof(s->sample[0]), by_size);
	*r = (struct result){
		.name = s->name,
		.suffix = s->suffix,
		.n = s->n,
		.min = s->sample[0],
		.median = s->sample[s->n / 2],
		.max = s->sample[s->n - 1],
		.ops = ops,
	};
	for (uint32_t i = 0; i < s->n; i++)
		r->sum += s->sample[i];
	memcpy(r->counter, counted, sizeof(counted));
}

/* --- counters */

static void counters_read(struct tagma_counters *c)
{
	long err = HYPERVISOR_tagma_debug(TAGMA_DEBUG_counters, c);

	if (err)
		bench_fail("counters", (int)err);
}

void count_reset(void) { memset(counted, 0, sizeof(counted)); }

void count_on(void)
{
	if (bench_warming)
		return;
	counters_read(&before);
	if (bench_profile)
		stamp_mark_start();
}

static void count_add(int sign)
{
	if (bench_warming)
		return;
	if (bench_profile)
		stamp_mark_stop();
	counters_read(&now);
	for (uint32_t i = 0; i < now.nr && i < TAGMA_MAX_COUNTERS; i++)
		counted[i] += sign * ((int64_t)(now.c[i].value - before.c[i].value) - empty[i]);
}

void count_off(void) { count_add(1); }

void count_off_minus(void) { count_add(-1); }

/* What a bracket with nothing in it counts. */
static void count_calibrate(void)
{
	memset(empty, 0, sizeof(empty));
	count_reset();
	count_on();
	count_off();
	memcpy(empty, counted, sizeof(empty));
	count_reset();
}

void bench_init(bool instructions)
{
	uint64_t n = guest_option_u64("iterations", DEFAULT_ITERATIONS);

	iterations = n < 1 ? 1 : n < BENCH_SAMPLES ? (uint32_t)n : BENCH_SAMPLES;
	unit = instructions ? "instructions" : "ns";
	mul = 1000000;
	div = time_khz();
	if (instructions)
		calibrate_instructions();
	overhead = least(ticks_of_nothing);
	count_calibrate();
}

void bench_loop(void (*fn)(const struct bench_case *c), const struct bench_case *c, uint32_t n)
{
	bench_warming = true;
	for (uint32_t i = 0; i < BENCH_WARM_UP && !bench_failed(); i++)
		fn(c);
	bench_warming = false;
	for (uint32_t i = 0; i < n && !bench_failed(); i++)
		fn(c);
}

/* --- intervals that the model of caches and TLBs counts */

static void mark(uint32_t n)
{
	long err = HYPERVISOR_tagma_debug(TAGMA_DEBUG_mark, (void *)(uintptr_t)n);

	if (err)
		bench_fail("a mark", (int)err);
}

void model_window(const char *name, const char *suffix, void (*fn)(uint32_t n), uint32_t n)
{
	if (nr_windows == MAX_WINDOWS) {
		bench_fail("too many intervals", 0);
		return;
	}
	windows[nr_windows++] = (struct window){ name, suffix };
	mark(TAGMA_MARK_start); /* nothing is modelled before the first one */
	fn(n);
	mark(TAGMA_MARK_start);
	fn(n);
	mark(TAGMA_MARK_stop);
}

/* --- report: one line a figure */

static void result_print(const struct result *r)
{
	unsigned long long milli = r->sum * 1000 / r->n;

	printf("figure %s%s%s %s n=%u min=%u median=%u mean=%llu.%03llu max=%u ops=%u", r->name,
	       *r->suffix ? "." : "", r->suffix, unit, r->n, r->min, r->median, milli / 1000,
	       milli % 1000, r->max, r->ops);
	for (uint32_t i = 0; i < now.nr && i < TAGMA_MAX_COUNTERS; i++)
		if (r->counter[i])
			printf(" %s=%lld", now.c[i].name, (long long)r->counter[i]);
	printf("\n");
}

void bench_report(void)
{
	counters_read(&now);
	printf("bench unit=%s overhead=%u figures=%u\n", unit, overhead, nr_results);
	for (uint32_t i = 0; i < nr_results; i++)
		result_print(&results[i]);
	for (uint32_t i = 0; i < now.nr && i < TAGMA_MAX_COUNTERS; i++)
		printf("counter %s %llu\n", now.c[i].name, (unsigned long long)now.c[i].value);
	for (uint32_t i = 0; i < nr_windows; i++)
		printf("window %u %s%s%s\n", i, windows[i].name, *windows[i].suffix ? "." : "",
		       windows[i].suffix);
	if (failure.what)
		printf("bench failed: %s (%d)\n", failure.what, failure.err);
	else
		printf("bench done\n");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that measures the hypervisor's primitives. Every figure is a series of samples,
 * each from one `call` (or trap, or access) to the instruction behind it, so with the
 * user's stub in it and without the cost of measuring. With -icount a sample is a number
 * of instructions; without, nanoseconds of wall time. Nothing is printed before the end:
 * a console at work would be in the figures.
 */
#ifndef BENCH_H
#define BENCH_H

#include "stamp.h"

#define BENCH_SAMPLES 2048u
#define BENCH_WARM_UP 8u

/* Where a thread runs. Spaces other than the root have nothing but the kernel's image, one to
 * one. SMALL ones need a hypervisor with small spaces, and the option `small`. */
enum place { PLACE_ROOT, PLACE_LARGE_A, PLACE_LARGE_B, PLACE_SMALL_A, PLACE_SMALL_B, NR_PLACES };
#define PLACE_IS_SMALL(p) ((p) >= PLACE_SMALL_A)

/* A mechanism adds its cases to a table of its own, and the table to main.c. */
struct bench_case {
	const char *name; /* of its first figure; others are name.suffix */
	void (*run)(const struct bench_case *c);
	enum place client, server;
	uint32_t n;	   /* words, pages, mappings: what the case is about */
	bool beside_small; /* it is there to be compared with one in a small space */
};

extern const struct bench_case hypercall_cases[], ipc_cases[], map_cases[], fault_cases[],
	event_cases[], object_cases[], signal_cases[], rpc_cases[], model_cases[],
	writeback_cases[];

/* --- measure.c */
void bench_init(bool instructions);
uint32_t bench_iterations(void);	     /* asked for, at most BENCH_SAMPLES */
uint32_t bench_iterations_max(uint32_t max); /* of an expensive case */

/* A series of the running case; name.suffix, or name if suffix is "". */
struct series;
struct series *series_open(const char *name, const char *suffix);
void series_add(struct series *s, uint64_t from, uint64_t to); /* two stamps, one way */
/* Two ways with somebody's own time between them that does not count. */
void series_add2(struct series *s, uint64_t from, uint64_t to, uint64_t from2, uint64_t to2);
void series_touch(uint32_t n);
void series_ticks(struct series *s, uint64_t ticks); /* nothing is taken off */
/* Statistics; `ops`: by what the counters since count_reset() are to be divided. */
void series_close(struct series *s, uint32_t ops);

/* The hypervisor's counters run between these, less what the bracket itself costs. */
void count_reset(void);
void count_on(void);
void count_off(void);
void count_off_minus(void); /* what ran was not part of it: take it off */

/* fn once is one sample of an operation that the vCPU's own thread makes; it has count_on()
 * and count_off() around the operation. First some times without any effect on figures. */
void bench_loop(void (*fn)(const struct bench_case *c), const struct bench_case *c, uint32_t n);

/* fn(n), once to warm up and once between marks for the TCG plugin that models caches and
 * TLBs: its next interval has this name. */
void model_window(const char *name, const char *suffix, void (*fn)(uint32_t n), uint32_t n);

void bench_report(void);
/* From any space: the first one is reported, and the run fails. */
void bench_fail(const char *what, int err);
bool bench_failed(void);

extern bool bench_profile; /* mark the brackets for the plugin */
extern bool bench_model;   /* the plugin that models caches is there */
extern bool bench_warming; /* series and counters take nothing */

/* --- party.c: other threads of this kernel, in any place */
struct party {
	uint32_t id;
	struct stamp stamp;
	struct tagma_msg msg __attribute__((aligned(512))); /* in one page */
};

extern struct party client, server;

uint32_t place_space(enum place p); /* TAGMA_SELF for the root; made when first asked for */

struct party_how {
	enum place place;
	uint32_t prio; /* 0: as this thread */
	uint32_t pager, handler;
};
void party_start(struct party *p, const struct party_how *how, void (*fn)(void *arg), void *arg);
void party_stop(struct party *p);

/* A client does what it is told: fn(n) in its place. */
void party_client(void *arg);
void party_run(const struct party *p, void (*fn)(uint32_t n), uint32_t n);
/* Once to warm up, then n times between count_on() and count_off(). */
void party_measure(const struct party *p, void (*fn)(uint32_t n), uint32_t n);
uint32_t self_prio(void);

/* case_event.c: what the other domain does; `domid` may send to it. */
_Noreturn void bench_echo(uint32_t domid);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Access patterns of which one knows what they miss: they check the model itself. */
#include <stdio.h>
#include <tagma/mem.h>
#include "bench.h"

#define N 64u /* matrices are N by N */
#define ROUNDS 16u

static uint32_t matrix[3][N][N] __attribute__((aligned(4096)));
static char *memory;
static uint32_t step;

static void walk(uint32_t bytes)
{
	for (uint32_t r = 0; r < ROUNDS; r++)
		for (uint32_t at = 0; at < bytes; at += step)
			*(volatile char *)(memory + at);
}

static void multiply(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++) {
			uint32_t sum = 0;

			for (uint32_t k = 0; k < n; k++)
				sum += matrix[0][i][k] * matrix[1][k][j];
			matrix[2][i][j] = sum;
		}
	}
}

/* Called as the ABI says, by any compiler. */
static void (*volatile product)(uint32_t) = multiply;

/* What it spills lies at the top of a page here and in any program: which lines of the
 * matrices it displaces must not depend on who called. */
static void multiply_placed(uint32_t n)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	volatile char *pad = __builtin_alloca(frame % PAGE_SIZE + 64);

	*pad = 0;
	product(n);
}

static unsigned int order_of(uint32_t bytes)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

/* c->n: bytes, walked in steps of a cache line, or of a page if it is the TLB's case. */
static void run_walk(const struct bench_case *c, uint32_t a_step)
{
	if (!bench_model)
		return;
	memory = pages_alloc(order_of(c->n));
	if (!memory) {
		bench_fail("memory", 0);
		return;
	}
	step = a_step;
	model_window(c->name, "", walk, c->n);
	page_put(memory);
}

static void run_lines(const struct bench_case *c) { run_walk(c, 64); }

static void run_pages(const struct bench_case *c) { run_walk(c, PAGE_SIZE); }

static void run_matrix(const struct bench_case *c)
{
	if (!bench_model)
		return;
	printf("matrices at %u\n", stamp_ptr(matrix));
	/* An interrupt in one of them displaces lines: the least is the multiplication's own. */
	model_window(c->name, "1", multiply_placed, N);
	model_window(c->name, "2", multiply_placed, N);
	model_window(c->name, "3", multiply_placed, N);
	model_window(c->name, "4", multiply_placed, N);
}

/* The hypervisor's mark, made by a guest: `stop`, which would be an interval too many. */
static void forge(uint32_t n)
{
	while (n--)
		stamp_forged_mark();
}

static void run_forged(const struct bench_case *c)
{
	if (bench_model)
		model_window(c->name, "", forge, 3);
}

#define KB(n) ((n) << 10)

const struct bench_case model_cases[] = {
	{ .name = "model.lines.8k", .run = run_lines, .n = KB(8) },
	{ .name = "model.lines.64k", .run = run_lines, .n = KB(64) },
	{ .name = "model.lines.1024k", .run = run_lines, .n = KB(1024) },
	{ .name = "model.pages.16", .run = run_pages, .n = KB(64) },
	{ .name = "model.pages.256", .run = run_pages, .n = KB(1024) },
	{ .name = "model.multiply", .run = run_matrix },
	{ .name = "model.forged", .run = run_forged },
	{ 0 },
};

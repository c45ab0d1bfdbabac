/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time is CP0's Count, made 64 bits wide, and scaled: ns = ticks * mul >> 32. Count wraps
 * within seconds; the timer interrupt, which it raises by passing Compare, comes at least
 * twice each round, and every reading takes note of the last one.
 *
 * Count's frequency comes from a comparison with the 8254, as on a PC. The host of a virtual
 * machine may stop us at any point, so each end is taken several times and the quickest
 * reading counts.
 */
#include <asm/internal.h>
#include <asm/io.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/panic.h>
#include <hv/time.h>
#include <xen/xen.h>

#define PIT_HZ 1193182u
#define PIT_CHANNEL0 0x40
#define PIT_COMMAND 0x43
#define PIT_INTERVAL 4096u /* ticks, 3.4 ms */
#define PIT_TRIES 8
#define PIT_POLLS 1000000u
#define HALF_ROUND 0x80000000u

static uint32_t count_khz;
static uint64_t ns_per_tick;  /* 32.32 */
static uint64_t ticks_per_ns; /* 32.32 */
static uint32_t last_count;
static uint64_t ticks; /* since boot, at last_count */

/* v * mul >> 32; what does not fit into 64 bits is lost */
static uint64_t scale(uint64_t v, uint64_t mul)
{
	uint32_t vh = (uint32_t)(v >> 32), vl = (uint32_t)v;
	uint32_t mh = (uint32_t)(mul >> 32), ml = (uint32_t)mul;

	return ((uint64_t)(vh * mh) << 32) + (uint64_t)vh * ml + (uint64_t)vl * mh +
	       ((uint64_t)vl * ml >> 32);
}

static uint64_t ticks_now(void)
{
	uint32_t now = read_count();

	ticks += now - last_count;
	last_count = now;
	return ticks;
}

static uint16_t pit_read(void)
{
	uint8_t lo;

	outb(PIT_COMMAND, 0); /* latch channel 0 */
	lo = inb(PIT_CHANNEL0);
	return (uint16_t)(lo | inb(PIT_CHANNEL0) << 8);
}

struct sample {
	uint32_t count;
	uint16_t pit;
};

static struct sample take_sample(void)
{
	struct sample best = { 0 };
	uint32_t quickest = ~0u;

	for (unsigned i = 0; i < PIT_TRIES; i++) {
		uint32_t start = read_count(), end;
		uint16_t pit;

		outb(PIT_COMMAND, 0);
		end = read_count();
		pit = inb(PIT_CHANNEL0);
		pit = (uint16_t)(pit | inb(PIT_CHANNEL0) << 8);
		if (end - start >= quickest)
			continue;
		quickest = end - start;
		best = (struct sample){ start + (end - start) / 2, pit };
	}
	return best;
}

static uint32_t calibrate(void)
{
	struct sample a, b;
	uint32_t polls = 0;

	outb(PIT_COMMAND, 0x30); /* channel 0, both bytes, mode 0 */
	outb(PIT_CHANNEL0, 0xff);
	outb(PIT_CHANNEL0, 0xff);
	pit_read(); /* the count is loaded with the next tick */
	a = take_sample();
	while ((uint16_t)(a.pit - pit_read()) < PIT_INTERVAL)
		if (++polls == PIT_POLLS)
			panic("the 8254 timer does not count");
	b = take_sample();
	return (uint32_t)((uint64_t)(b.count - a.count) * PIT_HZ / (uint16_t)(a.pit - b.pit));
}

void time_init(void)
{
	uint32_t hz;

	last_count = 0; /* Count has run since power-on, so does our time */
	hz = calibrate();
	if (hz < 1000000)
		panic("the CPU's Count does not count");
	count_khz = hz / 1000;
	ns_per_tick = (NSEC_PER_SEC << 32) / hz;
	ticks_per_ns = ((uint64_t)hz << 32) / NSEC_PER_SEC;
	arch_timer_set(TIMER_NEVER);
	kprintf("time: Count %u kHz\n", count_khz);
}

uint64_t arch_time_ns(void) { return scale(ticks_now(), ns_per_tick); }

void timer_acknowledge(void) { write_compare(read_count() + HALF_ROUND); }

uint32_t arch_time_khz(void) { return count_khz; }

/* Compare must lie ahead of Count when it is written, or it is not met for a round. */
void arch_timer_set(uint64_t deadline)
{
	uint64_t now = arch_time_ns(), wait = deadline > now ? deadline - now : 0;
	uint32_t delta, at;

	wait = wait >> 33 ? HALF_ROUND : scale(wait, ticks_per_ns) + 1;
	delta = wait < HALF_ROUND ? (uint32_t)wait : HALF_ROUND;
	for (;; delta = delta < HALF_ROUND / 2 ? 2 * delta : HALF_ROUND) {
		at = read_count() + delta;
		write_compare(at);
		ehb();
		if ((int32_t)(at - read_count()) > 0)
			return;
	}
}

/* Xen's form: ns = (ticks << shift) * mul >> 32 with a 32-bit mul. */
void arch_vcpu_time(void *vcpu_time_info)
{
	struct vcpu_time_info *v = vcpu_time_info;
	uint64_t mul = ns_per_tick, now = ticks_now();
	int8_t shift = 0;

	for (; mul >> 32; mul >>= 1)
		shift++;
	for (; !(mul >> 31); mul <<= 1)
		shift--;
	v->tsc_timestamp = now;
	v->system_time = scale(now, ns_per_tick);
	v->tsc_to_system_mul = (uint32_t)mul;
	v->tsc_shift = shift;
}

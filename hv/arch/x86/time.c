/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time is the TSC, scaled: ns = ticks * mul >> 32. Its frequency, and that of the
 * APIC's timer, come from one comparison with the 8254, whose frequency everybody
 * knows. The host of a virtual machine may stop us at any point in between, so each
 * end is taken several times and the quickest reading counts.
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/panic.h>
#include <hv/time.h>
#include <xen/xen.h>

#define PIT_HZ 1193182ull
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define PIT_INTERVAL 4096u /* ticks, 3.4 ms */
#define PIT_TRIES 8
#define PIT_POLLS 1000000u

struct sample {
	uint64_t tsc;
	uint32_t apic;
	uint16_t pit;
};

uint64_t tsc_boot;
static uint32_t tsc_khz;
static uint64_t ns_per_tick;  /* 32.32 */
static uint64_t ticks_per_ns; /* 32.32, TSC */
static uint64_t apic_per_ns;  /* 32.32 */

static uint64_t scale(uint64_t v, uint64_t mul)
{
	return (uint64_t)((unsigned __int128)v * mul >> 32);
}

/* 32.32 ticks a nanosecond of a clock */
static uint64_t per_ns(uint64_t hz)
{
	return hz / NSEC_PER_SEC << 32 | (hz % NSEC_PER_SEC << 32) / NSEC_PER_SEC;
}

static uint16_t pit_read(void)
{
	uint8_t lo;

	outb(PIT_COMMAND, 0x80); /* latch channel 2 */
	lo = inb(PIT_CHANNEL2);
	return (uint16_t)(lo | inb(PIT_CHANNEL2) << 8);
}

static struct sample take_sample(void)
{
	struct sample best = { 0 };
	uint64_t quickest = ~0ull;

	for (unsigned i = 0; i < PIT_TRIES; i++) {
		uint64_t start = rdtsc(), end;
		uint32_t apic = apic_timer_count();
		uint16_t pit;

		outb(PIT_COMMAND, 0x80);
		end = rdtsc();
		pit = inb(PIT_CHANNEL2);
		pit = (uint16_t)(pit | inb(PIT_CHANNEL2) << 8);
		if (end - start >= quickest)
			continue;
		quickest = end - start;
		best = (struct sample){ start + (end - start) / 2, apic, pit };
	}
	return best;
}

static void calibrate(uint64_t *tsc_hz, uint64_t *apic_hz)
{
	struct sample a, b;
	uint32_t polls = 0;
	uint64_t ticks;

	outb(PIT_GATE, (inb(PIT_GATE) & 0xfc) | 1); /* gate on, speaker off */
	outb(PIT_COMMAND, 0xb0);		    /* channel 2, both bytes, mode 0 */
	outb(PIT_CHANNEL2, 0xff);
	outb(PIT_CHANNEL2, 0xff);
	pit_read(); /* the count is loaded with the next tick */
	a = take_sample();
	while ((uint16_t)(a.pit - pit_read()) < PIT_INTERVAL)
		if (++polls == PIT_POLLS)
			panic("the 8254 timer does not count");
	b = take_sample();
	ticks = (uint16_t)(a.pit - b.pit);
	*tsc_hz = (b.tsc - a.tsc) * PIT_HZ / ticks;
	*apic_hz = (uint64_t)(a.apic - b.apic) * PIT_HZ / ticks;
	if (*tsc_hz < 1000000 || *apic_hz < 1000000)
		panic("the TSC or the APIC's timer does not count");
}

void time_init(void)
{
	uint64_t tsc_hz, apic_hz;

	calibrate(&tsc_hz, &apic_hz);
	tsc_khz = (uint32_t)(tsc_hz / 1000);
	ns_per_tick = (NSEC_PER_SEC << 32) / tsc_hz;
	ticks_per_ns = per_ns(tsc_hz);
	apic_per_ns = per_ns(apic_hz);
	apic_timer_start();
	kprintf("time: TSC %u kHz, APIC timer %u kHz%s\n", tsc_khz, (uint32_t)(apic_hz / 1000),
		apic_deadline_mode ? ", by deadline" : "");
}

uint64_t arch_time_ns(void) { return scale(rdtsc() - tsc_boot, ns_per_tick); }

uint32_t arch_time_khz(void) { return tsc_khz; }

void arch_timer_set(uint64_t deadline)
{
	uint64_t now, v;

	if (deadline == ~0ull) {
		apic_timer_set(0);
	} else if (apic_deadline_mode) {
		apic_timer_set(tsc_boot + scale(deadline, ticks_per_ns) + 1);
	} else {
		now = arch_time_ns();
		v = deadline > now ? scale(deadline - now, apic_per_ns) + 1 : 1;
		apic_timer_set(MIN(v, 0xffffffffull));
	}
}

/* Xen's form: ns = (ticks << shift) * mul >> 32 with a 32-bit mul. */
void arch_vcpu_time(void *vcpu_time_info)
{
	struct vcpu_time_info *v = vcpu_time_info;
	uint64_t mul = ns_per_tick, tsc = rdtsc();
	int8_t shift = 0;

	for (; mul >> 32; mul >>= 1)
		shift++;
	for (; !(mul >> 31); mul <<= 1)
		shift--;
	v->tsc_timestamp = tsc;
	v->system_time = scale(tsc - tsc_boot, ns_per_tick);
	v->tsc_to_system_mul = (uint32_t)mul;
	v->tsc_shift = shift;
}

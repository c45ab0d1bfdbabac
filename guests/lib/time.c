/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's clocks, out of the shared page. */
#include <tagma/hypercall.h>
#include <tagma/start.h>
#include <tagma/time.h>

#define barrier() __asm__ volatile("" ::: "memory")

uint64_t time_ns(void)
{
	const volatile struct vcpu_time_info *t = &shared_info->vcpu_info[0].time;
	uint64_t delta, base;
	uint32_t version, mul;
	int shift;

	do {
		version = t->version;
		barrier();
		base = t->system_time;
		delta = arch_cycles_since(t->tsc_timestamp);
		mul = t->tsc_to_system_mul;
		shift = t->tsc_shift;
		barrier();
	} while ((version & 1) || version != t->version);
	delta = shift < 0 ? delta >> -shift : delta << shift;
	return base + arch_mul_shift32(delta, mul);
}

uint64_t time_wall_ns(void)
{
	const volatile struct shared_info *s = shared_info;
	uint32_t version, nsec;
	uint64_t sec;

	do {
		version = s->wc_version;
		barrier();
		sec = arch_wc_sec(s);
		nsec = s->wc_nsec;
		barrier();
	} while ((version & 1) || version != s->wc_version);
	return sec * NSEC_PER_SEC + nsec + time_ns();
}

uint32_t time_khz(void)
{
	const volatile struct vcpu_time_info *t = &shared_info->vcpu_info[0].time;
	uint64_t khz = (1000000ull << 32);
	uint32_t mul = t->tsc_to_system_mul;
	int shift = t->tsc_shift;

	if (!mul)
		return 0;
	khz /= mul;
	return (uint32_t)(shift < 0 ? khz << -shift : khz >> shift);
}

int time_set_timer(uint64_t deadline)
{
	return (int)HYPERVISOR_set_timer_op((uint32_t)deadline, (uint32_t)(deadline >> 32));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's 32-bit shared_info, the same on every architecture; on x86 it is what Xen's
 * own headers say. The guest writes it at any time: read once, update atomically.
 */
#ifndef HV_SHARED_INFO_H
#define HV_SHARED_INFO_H

#include <hv/domain.h>

struct si_time {
	uint32_t version; /* odd while it is written */
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad1[2];
};

struct si_vcpu {
	uint8_t upcall_pending;
	uint8_t upcall_mask;
	uint8_t pad[2];
	uint32_t pending_sel; /* bit i: word i of `pending` has an unmasked bit */
	uint32_t arch[6];
	struct si_time time;
};

struct si_page {
	struct si_vcpu vcpu[32];
	uint32_t pending[32]; /* 1024 ports */
	uint32_t mask[32];
	uint32_t wc_version, wc_sec, wc_nsec;
	uint32_t arch[6];
	uint32_t wc_sec_hi;
};

_Static_assert(sizeof(struct si_time) == 32 && sizeof(struct si_vcpu) == 64, "Xen's ABI");
_Static_assert(offsetof(struct si_page, pending) == 0x800, "Xen's ABI");
_Static_assert(offsetof(struct si_page, mask) == 0x880, "Xen's ABI");
_Static_assert(offsetof(struct si_page, wc_version) == 0x900, "Xen's ABI");

/* NULL until the domain has been started. */
static inline struct si_page *si_of(const struct domain *d)
{
	return (struct si_page *)(void *)d->shared_info;
}

static inline bool si_test(const uint32_t *map, uint32_t bit)
{
	return (__atomic_load_n(&map[bit / 32], __ATOMIC_ACQUIRE) >> (bit % 32)) & 1;
}

/* True if the bit was set before. */
static inline bool si_test_set(uint32_t *map, uint32_t bit)
{
	uint32_t m = 1u << (bit % 32);

	return (__atomic_fetch_or(&map[bit / 32], m, __ATOMIC_ACQ_REL) & m) != 0;
}

static inline bool si_test_clear(uint32_t *map, uint32_t bit)
{
	uint32_t m = 1u << (bit % 32);

	return (__atomic_fetch_and(&map[bit / 32], ~m, __ATOMIC_ACQ_REL) & m) != 0;
}

#endif

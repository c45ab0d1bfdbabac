/* SPDX-License-Identifier: GPL-2.0-only */
/* Log-linear histograms: 16 buckets for each power of two, so a value is known to 6 %. */
#include "rtos.h"

static uint32_t bucket_of(uint64_t ns)
{
	if (ns < 16)
		return (uint32_t)ns;
	uint32_t exp = 63u - (uint32_t)__builtin_clzll(ns);
	uint32_t b = (exp - 3) * 16 + (uint32_t)((ns >> (exp - 4)) & 15);
	return b < STAT_BUCKETS ? b : STAT_BUCKETS - 1;
}

static uint64_t bucket_end(uint32_t b)
{
	if (b < 16)
		return b;
	uint32_t exp = b / 16 + 3;
	return ((uint64_t)(16 + b % 16 + 1) << (exp - 4)) - 1;
}

void stat_add(struct stat *s, uint64_t ns)
{
	if (s->count == 0 || ns < s->min)
		s->min = ns;
	if (ns > s->max)
		s->max = ns;
	s->count++;
	s->sum += ns;
	s->bucket[bucket_of(ns)]++;
}

uint64_t stat_permille(const struct stat *s, uint32_t permille)
{
	uint64_t want = (s->count * permille + 999) / 1000, seen = 0;
	for (uint32_t b = 0; b < STAT_BUCKETS; b++) {
		seen += s->bucket[b];
		if (seen >= want && seen > 0)
			return bucket_end(b) < s->max ? bucket_end(b) : s->max;
	}
	return s->max;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/counter.h>

const char *const counter_names[NR_COUNTERS] = {
#define X(name, dotted) [COUNTER_##name] = dotted,
	COUNTERS(X)
#undef X
};

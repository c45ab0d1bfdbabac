/* SPDX-License-Identifier: GPL-2.0-only */
/* Drives the mapping database and the model with the same operations; compares after each. */
#ifndef MAPDB_DRIVER_H
#define MAPDB_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

/* Any bytes make an operation: random ones, or a fuzzer's. */
struct driver_op {
	uint8_t op, s, v, t, w, arg;
};

void driver_init(unsigned nr_nodes);
/* False, after a description of the difference. `nr` chooses the rarer, longer checks. */
bool driver_step(const struct driver_op *in, uint64_t nr);

#endif

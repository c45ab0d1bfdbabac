/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Anything that guests can do to IPC, chosen by bytes: for random sequences and for the
 * fuzzer. What must hold afterwards are the invariants, and that no string arrives wrong.
 */
#ifndef IPC_DRIVER_H
#define IPC_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

struct ipc_op {
	uint8_t op, a, b, c;
};

void ipc_driver_init(void);
bool ipc_driver_step(struct ipc_op op); /* false: something is broken */
/* How often each way through was taken; tests see to it that all are. */
struct ipc_driver_stats {
	uint32_t delivered, opened, strings, faults, traps, timeouts, orphans;
};
extern struct ipc_driver_stats ipc_driver_stats;

#endif

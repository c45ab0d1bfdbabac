/* SPDX-License-Identifier: GPL-2.0-only */
/* libFuzzer: every four bytes are something a guest does to IPC. */
#include <ipc_driver.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc_op op;

	ipc_driver_init();
	for (size_t i = 0; i + sizeof(op) <= size; i += sizeof(op)) {
		memcpy(&op, data + i, sizeof(op));
		if (!ipc_driver_step(op))
			abort();
	}
	return 0;
}

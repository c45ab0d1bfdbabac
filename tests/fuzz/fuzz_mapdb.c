/* SPDX-License-Identifier: GPL-2.0-only */
/* libFuzzer: every six bytes are an operation on the mapping database and its model. */
#include <mapdb_driver.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct driver_op op;

	/* The first byte chooses how many nodes there are: 16 are soon too few. */
	if (!size)
		return 0;
	driver_init(16 + data[0] % 32u);
	for (size_t i = 1; i + sizeof(op) <= size; i += sizeof(op)) {
		memcpy(&op, data + i, sizeof(op));
		if (!driver_step(&op, i / sizeof(op)))
			abort();
	}
	return 0;
}

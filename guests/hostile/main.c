/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <tagma/hypercall.h>
#include <tagma/mem.h>
#include <tagma/start.h>
#include <tagma/test.h>

#include "hostile.h"

void guest_main(struct start_info *si)
{
	uint32_t count = (uint32_t)guest_option_u64("count", 0);
	uint32_t seed = (uint32_t)guest_option_u64("seed", 1);

	(void)si;
	traps_run();
	directed_run();
	if (count) {
		fuzz_run(count, seed);
		test_check(mem_check(), "our own memory is sound");
		printf("hostile: %u hypercalls, seed %u, done\n", count, seed);
	}
	test_done();
}

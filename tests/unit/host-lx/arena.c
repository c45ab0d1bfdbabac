/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that 32 bits can name, as linuxlike's page tables do. */
#include <stddef.h>
#include <sys/mman.h>
#include "host.h"

void *host_arena(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		       0);

	return p == MAP_FAILED ? NULL : p;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shim needs of <stdlib.h>, whose names clash with linuxlike's ABI headers. */
#include <stdlib.h>
#include "host.h"

void *host_alloc(size_t n) { return calloc(1, n); }
void host_free(void *p) { free(p); }

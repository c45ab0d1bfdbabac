/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypervisor and libfdt use of stdlib.h; on the host, the host's own. */
#if __STDC_HOSTED__
#include_next <stdlib.h>
#else
#ifndef HV_STDLIB_H
#define HV_STDLIB_H

#include <stddef.h>

unsigned long strtoul(const char *s, char **end, int base); /* ULONG_MAX on overflow */

#endif
#endif

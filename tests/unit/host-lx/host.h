/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOST_LX_HOST_H
#define HOST_LX_HOST_H

#include <stddef.h>

void *host_alloc(size_t n); /* zeroed */
void host_free(void *p);
void *host_arena(size_t n); /* below 4 GB; NULL */

#endif

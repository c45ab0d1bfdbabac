/* SPDX-License-Identifier: GPL-2.0-only */
/* Types that cross the system-call boundary are in abi/; here are the words all files share. */
#ifndef LX_ABI_H
#define LX_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t uptr_t; /* an address in a user process; never dereferenced by the server */
typedef int32_t pid_t;
typedef int64_t off_t;
typedef intptr_t ssize_t; /* 32 bits here; the host tests share the type with their libc */

#endif

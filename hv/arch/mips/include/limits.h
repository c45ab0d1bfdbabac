/* SPDX-License-Identifier: GPL-2.0-only */
/* What libfdt's headers want of <limits.h>: there is no C library for this processor. */
#ifndef LIMITS_H
#define LIMITS_H

#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (INT_MAX * 2u + 1)

#define ULONG_MAX (__LONG_MAX__ * 2ul + 1)

#endif

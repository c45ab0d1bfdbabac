/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HV_VERSION_H
#define HV_VERSION_H

#define HV_VERSION "0.1"

/* The Xen whose ABI we follow: 4.17. */
#define XEN_ABI_VERSION (4 << 16 | 17)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's error numbers, as XEN_E*; those that Xen keeps from its guests but our IPC returns, too. */
#ifndef HV_ERRNO_H
#define HV_ERRNO_H

#include <xen/errno.h>

#ifndef __XEN__
#define XEN_EINTR 4
#endif

#endif

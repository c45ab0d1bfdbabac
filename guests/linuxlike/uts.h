/* SPDX-License-Identifier: GPL-2.0-only */
/* What uname() and /proc/version call this system. */
#ifndef LX_UTS_H
#define LX_UTS_H

#define UTS_SYSNAME "Linux"
#define UTS_RELEASE "6.1.0-tagma"
#define UTS_VERSION "#1 Tagma linuxlike"

#endif

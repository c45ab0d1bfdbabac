/* SPDX-License-Identifier: GPL-2.0-only */
/* Error numbers: Linux's, which are those of <errno.h>, and what only the server itself sees. */
#ifndef LX_ERRNO_H
#define LX_ERRNO_H

#include <errno.h>

#define ERESTARTSYS 512	   /* restart if no handler runs or it has SA_RESTART, else EINTR */
#define ERESTARTNOHAND 514 /* restart if no handler runs, else EINTR */

#endif

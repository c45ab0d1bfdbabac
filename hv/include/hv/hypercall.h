/* SPDX-License-Identifier: GPL-2.0-only */
/* Dispatch by the one table, hv/hypercalls.def. */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <hv/types.h>

/* The entry for all but the IPC short path: reads number and arguments from t's
 * registers, sets its result. A handler that blocked t, or set its result itself,
 * returns HC_NORESULT; one that must be called again later returns HC_RESTART. */
void hypercall(struct thread *t);

const char *hypercall_name(uint32_t nr); /* for traces; NULL if there is none */

long hc_xen_version(struct thread *t, uint32_t cmd, gva_t arg);
long hc_debug(struct thread *t, uint32_t cmd, gva_t arg);

#define HC_NORESULT (-4096L)
#define HC_RESTART (-4097L)

#endif

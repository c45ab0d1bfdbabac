/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarded traps and upcalls (CK-4): run the guest kernel's entry on t. */
#ifndef HV_FORWARD_H
#define HV_FORWARD_H

#include <hv/thread.h>

/* Both crash the domain (one line in the log, SHUTDOWN_crash) when there is no entry for
 * a trap, or the guest's stack can't take the frame: t is not runnable then. */
void forward_trap(struct thread *t, uint32_t trap, uint32_t code, uint64_t fault_addr);
bool forward_upcall(struct thread *t); /* false: masked, no entry, or nothing pending */
/* -EPERM outside the root space, -ESRCH if the frame's space is gone: nothing has changed. */
long forward_iret(struct thread *t);

#endif

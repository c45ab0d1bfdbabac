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

/*
 * A domain has one entry stack. Who came to it from another space has it until he leaves the
 * root space or is gone. The traps of others wait for it in the order they came, unlent;
 * their upcalls stay pending. O(1) each.
 */
bool forward_wait(struct thread *t);	    /* true: t's trap waits for the entry stack */
void forward_leave(struct thread *t);	    /* t is in another space, or goes */
bool forward_holds(const struct thread *t); /* it may not be replaced */

#endif

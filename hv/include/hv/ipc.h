/* SPDX-License-Identifier: GPL-2.0-only */
/* Synchronous IPC (L4-4) and the messages the hypervisor makes (L4-6). */
#ifndef HV_IPC_H
#define HV_IPC_H

#include <hv/thread.h>

/* The hypercall: reads its registers from t, and either finishes or blocks t. */
void hc_ipc(struct thread *t);

/* Faults and traps of t become a message to its pager or handler, or a forwarded
 * trap (forward.h) when it has none. t is blocked, or made to run elsewhere. */
void ipc_fault(struct thread *t, uint64_t addr, uint32_t want); /* rights | TAGMA_FAULT_* */
void ipc_trap(struct thread *t, uint32_t trap, uint32_t code);
void ipc_handled_forward(struct thread *t); /* to nobody, or to one who is gone */

/* Abort what t waits for; its hypercall, and that of a partner in an open transfer,
 * returns err. A fault or trap of its is withdrawn and it becomes THREAD_STOPPED. */
void ipc_cancel(struct thread *t, int err);

/* t is written back. A wait of its own making ends such that its next run makes it again:
 * a send, or an open receive; a closed receive and an open transfer fail with -EINTR. A
 * fault or trap stays as it is. */
void ipc_freeze(struct thread *t);

void ipc_init(struct thread *t);    /* a new descriptor: no partners */
void ipc_release(struct thread *t); /* it goes away: partners get -ESRCH. O(threads) */
void ipc_requeue(struct thread *t); /* its priority has changed */

/* t runs, but its transfer is open: go on with that. Called by sched_exit(). */
void ipc_continue(struct thread *t);

/* t waits in a receive: deliver a signal that waits for it, or the message that events are
 * pending, if it accepts that. True if taken. */
bool ipc_deliver_event(struct thread *t);
/* As above, for an interrupt attached to t. */
bool ipc_deliver_irq(struct thread *t, uint32_t irq);

bool ipc_check(void); /* the invariants of all threads; logs and returns false */

#endif

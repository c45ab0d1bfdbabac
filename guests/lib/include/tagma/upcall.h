/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Upcalls and forwarded traps: the hypervisor runs these handlers on the interrupted
 * thread, with events masked; returning resumes what the frame says, which the
 * handler may change (a scheduler puts another task's frame there).
 */
#ifndef TAGMA_UPCALL_H
#define TAGMA_UPCALL_H

#include <public/tagma.h>

typedef void upcall_fn(struct tagma_frame *f);

/* Without a trap handler a trap of this kernel prints its registers and crashes the
 * domain; without an event handler, upcalls run event_dispatch(). */
int upcall_init(upcall_fn *event, upcall_fn *trap);

/* Only traps: for a kernel that takes its events in IPC (TAGMA_K_EVENT) or waits for them. */
int trap_init(upcall_fn *trap);

/* Leave for what a frame says: TAGMA_DOMAIN_iret with sp at it. */
_Noreturn void upcall_resume(struct tagma_frame *f);

/* Registers on the hypervisor's log. */
void upcall_dump(const struct tagma_frame *f);

#endif

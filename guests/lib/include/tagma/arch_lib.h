/* SPDX-License-Identifier: GPL-2.0-only */
/* What guests/lib asks of its arch directory, besides the inlines of <tagma/arch.h>. */
#ifndef TAGMA_ARCH_LIB_H
#define TAGMA_ARCH_LIB_H

#include <stdint.h>
#include <public/tagma.h>

/* Thread-local storage of this kernel for another of its threads: 0 or -errno. */
int arch_tls_thread(uint32_t id);

/* First registers of a thread that runs fn(arg). */
void arch_thread_regs(struct tagma_regs *r, void (*fn)(void *arg), void *arg, void *stack_top);

/* Entries that the hypervisor jumps to; they call upcall_event() and upcall_trap(). */
extern char upcall_entry[], trap_entry[];
void upcall_event(struct tagma_frame *f);
void upcall_trap(struct tagma_frame *f);

#endif

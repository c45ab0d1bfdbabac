/* SPDX-License-Identifier: GPL-2.0-only */
/* Spaces and threads: the hypervisor's objects by their calls. All return 0 or -errno. */
#ifndef TAGMA_THREAD_H
#define TAGMA_THREAD_H

#include <tagma/hypercall.h>

/* The vCPU's thread and the root space: true ids, not TAGMA_SELF, as they were when first
 * asked for. They go stale if the domain is written back: use TAGMA_SELF where it will do. */
uint32_t thread_self(void);
uint32_t space_self(void);

int space_load(uint32_t *id, uint32_t cookie);
int space_unload(uint32_t id); /* its threads and mappings go too */
int space_info(uint32_t id, struct tagma_space *out);

/* t says everything (see struct tagma_thread); t->id is filled. */
int thread_load(struct tagma_thread *t);
/* A thread of this kernel, in `space`: runs fn(arg) on the stack that ends at stack_top. */
int thread_start(uint32_t *id, uint32_t prio, void (*fn)(void *arg), void *arg, void *stack_top);
int thread_unload(uint32_t id, struct tagma_thread *last); /* last may be NULL */
int thread_info(uint32_t id, struct tagma_thread *out);
int thread_modify(struct tagma_thread *t, uint32_t set);
int thread_set_regs(uint32_t id, const struct tagma_regs *r);
int thread_set_prio(uint32_t id, uint32_t prio);
int thread_stop(uint32_t id);
int thread_resume(uint32_t id);
int thread_cancel(uint32_t id);
int thread_copy_fpu(uint32_t from, uint32_t to);
int thread_set_tls(uint32_t id, uint32_t slot, uint32_t base, uint32_t limit, uint32_t flags);
static inline void thread_yield(void) { HYPERVISOR_sched_op(SCHEDOP_yield, 0); }

#endif

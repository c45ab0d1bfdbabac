/* SPDX-License-Identifier: GPL-2.0-only */
/* A thread's registers on the host: the ABI's own structure and the hypercall's words. */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

#include <hv/types.h>
#include <public/tagma.h>

#define ARCH_TRAP_PRIVILEGED 13u /* of a hypercall that only a guest kernel may make */

struct arch_thread {
	struct tagma_regs regs;
	uint32_t hc_number;
	uint32_t hc_arg[5];
	long hc_result;
	uint32_t hc_restarts; /* arch_thread_restart_hypercall() calls */
	/* IPC's registers, in and out */
	uint32_t ipc_tag, ipc_dest, ipc_from, ipc_sender;
	uint32_t ipc_w[3];
	uint32_t start_info;
	uint32_t tls_slot;
	struct tagma_ext ext;
	bool live;
};

/* struct arch_thread is the first member of struct thread. */
static inline struct arch_thread *arch_of(struct thread *t)
{
	return (struct arch_thread *)(void *)t;
}

static inline const struct arch_thread *arch_of_const(const struct thread *t)
{
	return (const struct arch_thread *)(const void *)t;
}

static inline uint32_t arch_hc_number(const struct thread *t)
{
	return arch_of_const(t)->hc_number;
}

static inline unsigned long arch_hc_arg(const struct thread *t, unsigned i)
{
	return arch_of_const(t)->hc_arg[i];
}

static inline void arch_hc_result(struct thread *t, long v) { arch_of(t)->hc_result = v; }

static inline void arch_hc_set_arg(struct thread *t, unsigned i, unsigned long v)
{
	arch_of(t)->hc_arg[i] = (uint32_t)v;
}

static inline uint32_t arch_thread_ip(const struct thread *t)
{
	return (uint32_t)arch_of_const(t)->regs.ip;
}

void arch_thread_restart_hypercall(struct thread *t);

static inline void arch_ipc_restart(struct thread *t, uint32_t tag)
{
	(void)tag; /* it is still in the register */
	arch_thread_restart_hypercall(t);
}

static inline uint32_t arch_ipc_tag(const struct thread *t) { return arch_of_const(t)->ipc_tag; }

static inline void arch_ipc_get(const struct thread *t, uint32_t *tag, uint32_t *dest,
				uint32_t *from, uint32_t w[3])
{
	const struct arch_thread *a = arch_of_const(t);

	*tag = a->ipc_tag;
	*dest = a->ipc_dest;
	*from = a->ipc_from;
	for (unsigned i = 0; i < 3; i++)
		w[i] = a->ipc_w[i];
}

static inline void arch_ipc_put(struct thread *t, uint32_t tag, uint32_t sender,
				const uint32_t w[3])
{
	struct arch_thread *a = arch_of(t);

	a->ipc_tag = tag;
	a->ipc_sender = sender;
	for (unsigned i = 0; i < 3; i++)
		a->ipc_w[i] = w[i];
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread's registers, saved into the descriptor by the entry code (entry.S), which
 * relies on struct arch_thread being the first member of struct thread.
 *
 * Hypercalls: `syscall` with the number in v0, below HYPERCALL_LIMIT; arguments in
 * a0..a3, t0; result in v0. IPC: in a0 dest, a1 from, a2 tag, a3 t0 t1 the words; out
 * v0 tag, a0 sender, a3 t0 t1.
 */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

#include <hv/types.h>
#include <public/tagma.h>

#define ARCH_TRAP_PRIVILEGED 11u /* CpU: of a hypercall that only a guest kernel may make */

#define HYPERCALL_LIMIT 128u /* `syscall` with more in v0 is the guest's own */

enum { REG_V0 = 2, REG_A0 = 4, REG_A1, REG_A2, REG_A3, REG_T0, REG_T1, REG_SP = 29 };

struct arch_regs {
	uint32_t gpr[32]; /* 0, 26 (k0) and 27 (k1) are not kept */
	uint32_t hi, lo;
	uint32_t epc, cause, badvaddr, status;
};

struct arch_thread {
	struct arch_regs regs;
	uint32_t tls; /* UserLocal */
	uint32_t fcsr;
	uint64_t fpr[16] __attribute__((aligned(8))); /* valid while it is not cpu->arch.fpu */
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
	return arch_of_const(t)->regs.gpr[REG_V0];
}

static inline unsigned long arch_hc_arg(const struct thread *t, unsigned i)
{
	return arch_of_const(t)->regs.gpr[REG_A0 + i]; /* t0 follows a3 */
}

static inline void arch_hc_result(struct thread *t, long v)
{
	arch_of(t)->regs.gpr[REG_V0] = (uint32_t)v;
}

/* For a restart: run again, the hypercall finds here how far it came. */
static inline void arch_hc_set_arg(struct thread *t, unsigned i, unsigned long v)
{
	arch_of(t)->regs.gpr[REG_A0 + i] = (uint32_t)v;
}

static inline uint32_t arch_thread_ip(const struct thread *t) { return arch_of_const(t)->regs.epc; }

void arch_thread_restart_hypercall(struct thread *t);

static inline void arch_ipc_restart(struct thread *t, uint32_t tag)
{
	arch_of(t)->regs.gpr[REG_V0] = __HYPERVISOR_tagma_ipc;
	arch_of(t)->regs.gpr[REG_A2] = tag;
	arch_thread_restart_hypercall(t);
}

static inline uint32_t arch_ipc_tag(const struct thread *t)
{
	return arch_of_const(t)->regs.gpr[REG_A2]; /* the number is in v0, and nobody asks */
}

static inline void arch_ipc_get(const struct thread *t, uint32_t *tag, uint32_t *dest,
				uint32_t *from, uint32_t w[3])
{
	const uint32_t *g = arch_of_const(t)->regs.gpr;

	*tag = g[REG_A2] & ~0xffu;
	*dest = g[REG_A0];
	*from = g[REG_A1];
	w[0] = g[REG_A3];
	w[1] = g[REG_T0];
	w[2] = g[REG_T1];
}

static inline void arch_ipc_put(struct thread *t, uint32_t tag, uint32_t sender,
				const uint32_t w[3])
{
	uint32_t *g = arch_of(t)->regs.gpr;

	g[REG_V0] = tag;
	g[REG_A0] = sender;
	g[REG_A3] = w[0];
	g[REG_T0] = w[1];
	g[REG_T1] = w[2];
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread's registers. The TSS's rsp0 points just past `regs` of the thread that
 * runs, so the CPU itself pushes ss..ip into the descriptor:
 *
 *      struct thread, 16-byte aligned
 *   0  kstack                       where the entry code goes on
 *   8  regs: ax bx cx dx si di bp   pushed by entry.S, in the order of struct tagma_regs
 *  64        error | vector         by the CPU or entry.S
 *  72        ip cs flags sp ss      by the CPU
 * 112  <- rsp0                      aligned, as the CPU would align it down
 *
 * r8..r15 are not kept: a guest in compatibility mode has none, and the 64-bit
 * user code segment is absent while a 32-bit guest runs.
 */
#ifndef ASM_THREAD_H
#define ASM_THREAD_H

#include <hv/types.h>
#include <public/tagma.h>

#define ARCH_TRAP_PRIVILEGED 13u /* of a hypercall that only a guest kernel may make */

struct arch_regs {
	union {
		struct {
			uint64_t ax, bx, cx, dx, si, di, bp;
		};
		struct {
			uint64_t hc_number, hc_arg[5];
		};
	};
	uint32_t error, vector;
	uint64_t ip, cs, flags, sp, ss;
};

struct arch_thread {
	uint64_t kstack;
	struct arch_regs regs;
	/* Threads of equal keys have equal slots, and neither has the FPU: the key is slot 0
	 * if that is all there is. */
	uint64_t key;
	uint16_t ds, es, fs, gs; /* valid while the thread is not cpu->arch.loaded */
	uint64_t tls[3];	 /* GDT slots 6..8 as the guest wants them */
	uint64_t tls_in[3];	 /* the same, moved and cut to its space, if there is a view */
	uint64_t view; /* its space's data descriptor, if its selectors can be loaded; or 0 */
	uint8_t fpu[512] __attribute__((aligned(16))); /* valid while it is not cpu->arch.fpu */
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct arch_thread, regs) + sizeof(struct arch_regs) == 112,
	       "the CPU aligns rsp0 to 16");

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
	return (uint32_t)arch_of_const(t)->regs.hc_number;
}

static inline unsigned long arch_hc_arg(const struct thread *t, unsigned i)
{
	return (uint32_t)arch_of_const(t)->regs.hc_arg[i];
}

static inline void arch_hc_result(struct thread *t, long v) { arch_of(t)->regs.ax = (uint32_t)v; }

/* For a restart: run again, the hypercall finds here how far it came. */
static inline void arch_hc_set_arg(struct thread *t, unsigned i, unsigned long v)
{
	arch_of(t)->regs.hc_arg[i] = (uint32_t)v;
}

static inline uint32_t arch_thread_ip(const struct thread *t)
{
	return (uint32_t)arch_of_const(t)->regs.ip;
}

void arch_thread_restart_hypercall(struct thread *t);

static inline void arch_ipc_restart(struct thread *t, uint32_t tag)
{
	arch_of(t)->regs.ax = (tag & ~0xffu) | __HYPERVISOR_tagma_ipc;
	arch_thread_restart_hypercall(t);
}

static inline uint32_t arch_ipc_tag(const struct thread *t)
{
	return (uint32_t)arch_of_const(t)->regs.ax;
}

static inline void arch_ipc_get(const struct thread *t, uint32_t *tag, uint32_t *dest,
				uint32_t *from, uint32_t w[3])
{
	const struct arch_regs *r = &arch_of_const(t)->regs;

	*tag = (uint32_t)r->ax & ~0xffu;
	*dest = (uint32_t)r->bx;
	*from = (uint32_t)r->cx;
	w[0] = (uint32_t)r->si;
	w[1] = (uint32_t)r->di;
	w[2] = (uint32_t)r->dx;
}

static inline void arch_ipc_put(struct thread *t, uint32_t tag, uint32_t sender,
				const uint32_t w[3])
{
	struct arch_regs *r = &arch_of(t)->regs;

	r->ax = tag;
	r->bx = sender;
	r->si = w[0];
	r->di = w[1];
	r->dx = w[2];
}

#endif

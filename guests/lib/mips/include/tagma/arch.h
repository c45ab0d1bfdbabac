/* SPDX-License-Identifier: GPL-2.0-only */
/* MIPS32 under guests/lib: the hypercall instruction, barriers, the cycle counter, ports. */
#ifndef TAGMA_ARCH_H
#define TAGMA_ARCH_H

#include <stdint.h>
#include <xen/xen.h>
#include <public/tagma.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define ARCH_ELF_MACHINE 8u

extern char hypercall_page[]; /* filled by the hypervisor; 32 bytes a call */

/* There is one entry instruction, so calls are made in place. Registers other than the
 * result's come back unchanged, but for the arguments of calls that are restarted. */
static inline long arch_hypercall3(const uint32_t nr, unsigned long a, unsigned long b,
				   unsigned long c)
{
	register long v0 __asm__("$2") = (long)nr;
	register unsigned long a0 __asm__("$4") = a;
	register unsigned long a1 __asm__("$5") = b;
	register unsigned long a2 __asm__("$6") = c;

	__asm__ volatile("syscall" : "+r"(v0), "+r"(a0), "+r"(a1), "+r"(a2) : : "memory");
	return v0;
}

static inline long arch_hypercall2(const uint32_t nr, unsigned long a, unsigned long b)
{
	return arch_hypercall3(nr, a, b, 0);
}

static inline long arch_hypercall1(const uint32_t nr, unsigned long a)
{
	return arch_hypercall3(nr, a, 0, 0);
}

/* Any number, any five arguments: for tests only. */
long arch_hypercall_raw(uint32_t nr, const uint32_t arg[5]);

/* The register convention of IPC (public/tagma.h). In and out: tag, w[0..2];
 * in: dest, from; out: sender. */
static inline uint32_t arch_ipc(uint32_t tag, uint32_t dest, uint32_t from, uint32_t w[3],
				uint32_t *sender)
{
	register uint32_t v0 __asm__("$2") = __HYPERVISOR_tagma_ipc;
	register uint32_t a0 __asm__("$4") = dest;
	register uint32_t a1 __asm__("$5") = from;
	register uint32_t a2 __asm__("$6") = tag;
	register uint32_t a3 __asm__("$7") = w[0];
	register uint32_t t0 __asm__("$8") = w[1];
	register uint32_t t1 __asm__("$9") = w[2];

	__asm__ volatile("syscall"
			 : "+r"(v0), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(t0), "+r"(t1)
			 :
			 : "memory");
	w[0] = a3;
	w[1] = t0;
	w[2] = t1;
	*sender = a0;
	return v0;
}

static inline void arch_barrier(void) { __asm__ volatile("sync" ::: "memory"); }

static inline void arch_relax(void) { __asm__ volatile("" ::: "memory"); }

/* The CPU's Count: 32 bits, which wrap within seconds. */
static inline uint64_t arch_cycles(void)
{
	uint32_t v;

	__asm__ volatile(".set push; .set mips32r2; rdhwr %0, $2; .set pop" : "=r"(v));
	return v;
}

/* Since a stamp of the hypervisor's, which counts on in 64 bits; it is at most a second old. */
static inline uint64_t arch_cycles_since(uint64_t stamp)
{
	return (uint32_t)(arch_cycles() - stamp);
}

/* (a * mul) >> 32, without losing the upper bits. */
static inline uint64_t arch_mul_shift32(uint64_t a, uint32_t mul)
{
	return (((a & 0xffffffffu) * mul) >> 32) + (a >> 32) * mul;
}

static inline uint32_t arch_atomic_xchg(volatile uint32_t *p, uint32_t v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

static inline void arch_atomic_and(volatile uint32_t *p, uint32_t v)
{
	__atomic_and_fetch(p, v, __ATOMIC_SEQ_CST);
}

static inline void arch_atomic_or(volatile uint32_t *p, uint32_t v)
{
	__atomic_or_fetch(p, v, __ATOMIC_SEQ_CST);
}

/* Seconds of the wall clock: the upper half is where only the arch knows. */
static inline uint64_t arch_wc_sec(const volatile struct shared_info *s)
{
	return (uint64_t)s->arch.wc_sec_hi << 32 | s->wc_sec;
}

void arch_tls_init(void);

/* A value in the FPU, which compiled code leaves alone: for tests. */
static inline void arch_fpu_put(uint32_t v)
{
	__asm__ volatile(".set push; .set hardfloat; mtc1 %0, $f20; .set pop" : : "r"(v));
}

static inline uint32_t arch_fpu_get(void)
{
	uint32_t v;

	__asm__ volatile(".set push; .set hardfloat; mfc1 %0, $f20; .set pop" : "=r"(v));
	return v;
}

/* I/O ports that were mapped to this space: Malta's, at their addresses in KSEG1. The
 * access traps, and the hypervisor makes it. */
#define ARCH_IO_BASE 0xb8000000u

static inline uint8_t arch_in8(uint16_t port)
{
	uint8_t v;

	__asm__ volatile(".set push; .set noreorder; lbu %0, 0(%1); .set pop"
			 : "=r"(v)
			 : "r"(ARCH_IO_BASE + port)
			 : "memory");
	return v;
}

static inline void arch_out8(uint16_t port, uint8_t v)
{
	__asm__ volatile(".set push; .set noreorder; sb %0, 0(%1); .set pop"
			 :
			 : "r"(v), "r"(ARCH_IO_BASE + port)
			 : "memory");
}

#endif

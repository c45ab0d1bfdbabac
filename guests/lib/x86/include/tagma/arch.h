/* SPDX-License-Identifier: GPL-2.0-only */
/* x86-32 under guests/lib: hypercall instructions, barriers, the cycle counter, ports. */
#ifndef TAGMA_ARCH_H
#define TAGMA_ARCH_H

#include <stdint.h>
#include <xen/xen.h>
#include <public/tagma.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define ARCH_ELF_MACHINE 3u

extern char hypercall_page[]; /* filled by the hypervisor; 32 bytes a call */

#define HC_CALL "call hypercall_page + %c[off]"

/* Argument registers may come back changed, as under Xen. */
static inline __attribute__((always_inline)) long arch_hypercall1(const uint32_t nr,
								  unsigned long a)
{
	long ret;

	__asm__ volatile(HC_CALL : "=a"(ret), "+b"(a) : [off] "i"(nr * 32) : "memory", "cc");
	return ret;
}

static inline __attribute__((always_inline)) long arch_hypercall2(const uint32_t nr,
								  unsigned long a, unsigned long b)
{
	long ret;

	__asm__ volatile(HC_CALL
			 : "=a"(ret), "+b"(a), "+c"(b)
			 : [off] "i"(nr * 32)
			 : "memory", "cc");
	return ret;
}

static inline __attribute__((always_inline)) long arch_hypercall3(const uint32_t nr,
								  unsigned long a, unsigned long b,
								  unsigned long c)
{
	long ret;

	__asm__ volatile(HC_CALL
			 : "=a"(ret), "+b"(a), "+c"(b), "+d"(c)
			 : [off] "i"(nr * 32)
			 : "memory", "cc");
	return ret;
}

/* Any number, any five arguments: for tests only. */
long arch_hypercall_raw(uint32_t nr, const uint32_t arg[5]);

/* The register convention of IPC (public/tagma.h). In and out: tag, w[0..2];
 * in: dest, from; out: sender. */
static inline __attribute__((always_inline)) uint32_t arch_ipc(uint32_t tag, uint32_t dest,
							       uint32_t from, uint32_t w[3],
							       uint32_t *sender)
{
	__asm__ volatile("call hypercall_page + %c[off]"
			 : "+a"(tag), "+b"(dest), "+c"(from), "+S"(w[0]), "+D"(w[1]), "+d"(w[2])
			 : [off] "i"(__HYPERVISOR_tagma_ipc * 32)
			 : "memory", "cc");
	*sender = dest;
	return tag;
}

static inline void arch_barrier(void)
{
	__asm__ volatile("lock; addl $0,(%%esp)" ::: "memory", "cc");
}

static inline void arch_relax(void) { __asm__ volatile("pause" ::: "memory"); }

static inline uint64_t arch_cycles(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* Since a stamp of the hypervisor's. */
static inline uint64_t arch_cycles_since(uint64_t stamp) { return arch_cycles() - stamp; }

/* (a * mul) >> 32, without losing the upper bits. */
static inline uint64_t arch_mul_shift32(uint64_t a, uint32_t mul)
{
	return (((a & 0xffffffffu) * mul) >> 32) + (a >> 32) * mul;
}

static inline uint32_t arch_atomic_xchg(volatile uint32_t *p, uint32_t v)
{
	__asm__ volatile("xchgl %0,%1" : "+r"(v), "+m"(*p)::"memory");
	return v;
}

static inline void arch_atomic_and(volatile uint32_t *p, uint32_t v)
{
	__asm__ volatile("lock; andl %1,%0" : "+m"(*p) : "r"(v) : "memory", "cc");
}

static inline void arch_atomic_or(volatile uint32_t *p, uint32_t v)
{
	__asm__ volatile("lock; orl %1,%0" : "+m"(*p) : "r"(v) : "memory", "cc");
}

/* Seconds of the wall clock: the upper half is where only the arch knows. */
static inline uint64_t arch_wc_sec(const volatile struct shared_info *s)
{
	return (uint64_t)s->arch.wc_sec_hi << 32 | s->wc_sec;
}

/* Thread-local base for the calling thread: gs, with the stack canary at gs:0x14. */
void arch_tls_init(void);

/* A value in the FPU, which compiled code leaves alone: for tests. */
static inline void arch_fpu_put(uint32_t v) { __asm__ volatile("fninit; fildl %0" : : "m"(v)); }

static inline uint32_t arch_fpu_get(void)
{
	uint32_t v;

	__asm__ volatile("fistl %0" : "=m"(v));
	return v;
}

/* I/O ports that were mapped to this space. */
static inline uint8_t arch_in8(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1,%0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void arch_out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0,%1" ::"a"(v), "Nd"(port));
}

#endif

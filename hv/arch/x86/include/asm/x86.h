/* SPDX-License-Identifier: GPL-2.0-only */
/* The processor's bits and the instructions C lacks. For hv/arch/x86 only. */
#ifndef ASM_X86_H
#define ASM_X86_H

#define CR0_PE 0x1
#define CR0_MP 0x2
#define CR0_TS 0x8
#define CR0_NE 0x20
#define CR0_WP 0x10000
#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define CR4_PGE 0x80
#define CR4_OSFXSR 0x200
#define CR4_OSXMMEXCPT 0x400
#define CR4_UMIP 0x800
#define CR4_PCIDE 0x20000
#define CR4_SMEP 0x100000
#define CR4_SMAP 0x200000

#define EFLAGS_FIXED 0x2
#define EFLAGS_TF 0x100
#define EFLAGS_IF 0x200
#define EFLAGS_USER 0x240dd5 /* CF PF AF ZF SF TF DF OF AC ID: what a guest may set */

#define MSR_APIC_BASE 0x1b
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define EFER_SCE 0x1
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define PTE_P 0x1
#define PTE_W 0x2
#define PTE_U 0x4
#define PTE_PWT 0x8
#define PTE_PCD 0x10
#define PTE_A 0x20
#define PTE_D 0x40
#define PTE_LARGE 0x80
#define PTE_G 0x100

#define TRAP_DB 1
#define TRAP_NMI 2
#define TRAP_NM 7
#define TRAP_DF 8
#define TRAP_SS 12
#define TRAP_GP 13
#define TRAP_PF 14
#define TRAP_MC 18

#define PF_WRITE 0x2
#define PF_RSVD 0x8
#define PF_FETCH 0x10

#ifdef __ASSEMBLER__
/* clang-format off */
	/* Several registers at once, in this order. */
	.macro PUSH_ALL regs:vararg
	.irp reg, \regs
	push %\reg
	.endr
	.endm

	.macro POP_ALL regs:vararg
	.irp reg, \regs
	pop %\reg
	.endr
	.endm
/* clang-format on */
#else
#include <asm/io.h>
#include <hv/types.h>

#define PTE_NX (1ull << 63)
#define PTE_FRAME 0x000ffffffffff000ull

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;
	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)(v & 0xffffffff)), "d"((uint32_t)(v >> 32))
			 : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;
	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

#define CR_ACCESS(n)                                                           \
	static inline uint64_t read_cr##n(void)                                \
	{                                                                      \
		uint64_t v;                                                    \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v) : : "memory"); \
		return v;                                                      \
	}                                                                      \
	static inline void write_cr##n(uint64_t v)                             \
	{                                                                      \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory");     \
	}
CR_ACCESS(0)
CR_ACCESS(2)
CR_ACCESS(3)
CR_ACCESS(4)
#undef CR_ACCESS

static inline void clts(void) { __asm__ volatile("clts" : : : "memory"); }

static inline void invlpg(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

struct cpuid {
	uint32_t a, b, c, d;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;
	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}
#endif
#endif

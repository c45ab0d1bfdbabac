/* SPDX-License-Identifier: GPL-2.0-only */
/* The processor's bits and the instructions C lacks. For hv/arch/mips only. */
#ifndef ASM_MIPS_H
#define ASM_MIPS_H

/* Status */
#define ST_IE 0x1
#define ST_EXL 0x2
#define ST_UM 0x10
#define ST_IM_DEVICE 0x400 /* IP2: the 8259s */
#define ST_IM_TIMER 0x8000 /* IP7: Count has reached Compare */
#define ST_CU1 0x20000000
#define ST_KERNEL (ST_IM_DEVICE | ST_IM_TIMER)
#define ST_USER (ST_KERNEL | ST_UM | ST_EXL | ST_IE) /* EXL goes with eret */

/* Cause */
#define CAUSE_BD 0x80000000u
#define CAUSE_EXC(c) ((c) >> 2 & 31u)
#define CAUSE_CE(c) ((c) >> 28 & 3u)
#define CAUSE_IP_DEVICE 0x400u
#define CAUSE_IP_TIMER 0x8000u

/* Exception codes */
#define EXC_INT 0u
#define EXC_MOD 1u
#define EXC_TLBL 2u
#define EXC_TLBS 3u
#define EXC_ADEL 4u
#define EXC_ADES 5u
#define EXC_SYS 8u
#define EXC_RI 10u
#define EXC_CPU 11u
#define EXC_TLBRI 19u
#define EXC_TLBXI 20u
#define EXC_MCHECK 24u

/* EntryLo */
#define LO_V 0x2u
#define LO_D 0x4u
#define LO_CACHED 0x18u
#define LO_PFN_SHIFT 6
#define LO_XI 0x40000000u

#define CONFIG1_FP 0x1u
#define CONFIG3_ULRI 0x2000u
#define CONFIG3_RXI 0x1000u
#define PAGEGRAIN_XIE 0x40000000u

/* CP0 registers, for assembler. */
#define C0_ENTRYLO0 $2
#define C0_ENTRYLO1 $3
#define C0_BADVADDR $8
#define C0_ENTRYHI $10
#define C0_STATUS $12
#define C0_CAUSE $13
#define C0_EPC $14

#ifndef __ASSEMBLER__
#include <hv/types.h>

#define CP0_REG(name, reg, sel)                                                        \
	static inline uint32_t read_##name(void)                                       \
	{                                                                              \
		uint32_t v;                                                            \
		__asm__ volatile("mfc0 %0, $" #reg ", " #sel : "=r"(v));               \
		return v;                                                              \
	}                                                                              \
	static inline void write_##name(uint32_t v)                                    \
	{                                                                              \
		__asm__ volatile("mtc0 %z0, $" #reg ", " #sel : : "rJ"(v) : "memory"); \
	}
CP0_REG(index, 0, 0)
CP0_REG(entrylo0, 2, 0)
CP0_REG(entrylo1, 3, 0)
CP0_REG(userlocal, 4, 2)
CP0_REG(pagemask, 5, 0)
CP0_REG(pagegrain, 5, 1)
CP0_REG(wired, 6, 0)
CP0_REG(hwrena, 7, 0)
CP0_REG(count, 9, 0)
CP0_REG(entryhi, 10, 0)
CP0_REG(compare, 11, 0)
CP0_REG(status, 12, 0)
CP0_REG(intctl, 12, 1)
CP0_REG(cause, 13, 0)
CP0_REG(prid, 15, 0)
CP0_REG(ebase, 15, 1)
CP0_REG(config, 16, 0)
CP0_REG(config1, 16, 1)
CP0_REG(config2, 16, 2)
CP0_REG(config3, 16, 3)
CP0_REG(config4, 16, 4)
#undef CP0_REG

/* A CP0 write is seen by what follows only behind one of these. */
static inline void ehb(void) { __asm__ volatile("ehb" : : : "memory"); }
static inline void tlb_probe(void) { __asm__ volatile("ehb; tlbp; ehb" : : : "memory"); }
static inline void tlb_write_indexed(void) { __asm__ volatile("ehb; tlbwi; ehb" : : : "memory"); }
static inline void tlb_write_random(void) { __asm__ volatile("ehb; tlbwr; ehb" : : : "memory"); }
#endif
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What this processor is and has. */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/panic.h>
#include <string.h>

#define HWRENA_ALL 0xfu /* CPUNum, SYNCI_Step, CC, CCRes: rdhwr for all */
#define HWRENA_ULR 0x20000000u
#define CONFIG_MORE 0x80000000u
#define CONFIG_AR(c) ((c) >> 10 & 7u)
#define CONFIG_MT(c) ((c) >> 7 & 7u)
#define MT_TLB 1u
#define CONFIG_CACHED 3u /* of KSEG0 */

bool cpu_has_fpu, cpu_has_userlocal, cpu_has_xi;

/* libfdt's; a zero byte in it stops string copies from running over it. */
extern uint32_t __stack_chk_guard;
uint32_t __stack_chk_guard;

void arch_canary_setup(void) { __stack_chk_guard = read_count() << 8; }

static uint32_t config_read(unsigned n)
{
	uint32_t c = read_config();

	if (n == 0 || !(c & CONFIG_MORE))
		return n == 0 ? c : 0;
	c = read_config1();
	if (n == 1 || !(c & CONFIG_MORE))
		return n == 1 ? c : 0;
	c = read_config2();
	if (n == 2 || !(c & CONFIG_MORE))
		return n == 2 ? c : 0;
	return read_config3();
}

void cpu_init(void)
{
	uint32_t config = config_read(0);

	write_ebase((uint32_t)vectors);
	__asm__ volatile("mtc0 %0, $16, 0; ehb" : : "r"((config & ~7u) | CONFIG_CACHED));
	cpu_has_fpu = config_read(1) & CONFIG1_FP;
	cpu_has_userlocal = config_read(3) & CONFIG3_ULRI;
	cpu_has_xi = config_read(3) & CONFIG3_RXI;
	if (cpu_has_xi)
		write_pagegrain(read_pagegrain() | PAGEGRAIN_XIE);
	write_hwrena(HWRENA_ALL | (cpu_has_userlocal ? HWRENA_ULR : 0));
	ehb();
	if (CONFIG_MT(config) != MT_TLB || !CONFIG_AR(config))
		panic("this CPU is not a MIPS32 release 2 with a TLB");
}

static const char *cpu_name(uint32_t prid)
{
	static const struct {
		uint8_t id;
		const char *name;
	} names[] = { { 0x93, "24K" },	 { 0x95, "34K" },   { 0x96, "24KE" }, { 0x97, "74K" },
		      { 0x99, "1004K" }, { 0x9a, "1074K" }, { 0xa8, "P5600" } };

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (prid >> 16 == 1 && (prid >> 8 & 0xff) == names[i].id)
			return names[i].name;
	return "unknown";
}

void arch_cpu_info(char *buf, size_t size)
{
	uint32_t prid = read_prid();

	ksnprintf(buf, size, "MIPS32, %s (PRId 0x%x), TLB of %u pairs%s", cpu_name(prid), prid,
		  (config_read(1) >> 25 & 63) + 1, cpu_has_fpu ? ", FPU" : "");
}

/* Config2 describes the L2 cache, if there is one. */
void arch_cache_geometry(uint32_t *size, uint32_t *ways, uint32_t *line)
{
	uint32_t c = config_read(2), l = c >> 4 & 15, sets = 64u << (c >> 8 & 15);

	*size = *ways = *line = 0;
	if (!l)
		return;
	*line = 2u << l;
	*ways = (c & 15) + 1;
	*size = sets * *line * *ways;
}

const char *arch_caps(void) { return "asid"; }

/* Data written back, instructions forgotten, a line at a time; the step is the CPU's own. */
void cache_sync_code(const void *code, size_t len)
{
	uintptr_t p = (uintptr_t)code, end = p + len;
	uint32_t step;

	__asm__ volatile(".set push; .set mips32r2; rdhwr %0, $1; .set pop" : "=r"(step));
	for (p &= ~(uintptr_t)(step - 1); step && p < end; p += step)
		__asm__ volatile("synci 0(%0)" : : "r"(p) : "memory");
	__asm__ volatile("sync; ehb" : : : "memory");
}

/* Slot n, 32 bytes from n * 32, is a function that makes hypercall n. */
void arch_hypercall_page(void *page)
{
	uint32_t *p = page;

	for (uint32_t n = 0; n < PAGE_SIZE / 32; n++, p += 8) {
		p[0] = 0x24020000u | n; /* li v0, n */
		p[1] = 0x0000000c;	/* syscall */
		p[2] = 0x03e00008;	/* jr ra */
		for (unsigned i = 3; i < 8; i++)
			p[i] = 0; /* nop */
	}
	cache_sync_code(page, PAGE_SIZE);
}

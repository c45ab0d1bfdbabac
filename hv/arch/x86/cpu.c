/* SPDX-License-Identifier: GPL-2.0-only */
/* What this processor is and has. */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <string.h>

#define LEAF_FEATURES 1
#define LEAF_CACHE_INTEL 4
#define LEAF_EXTENDED 7
#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_BRAND 0x80000002u
#define LEAF_CACHE_AMD 0x8000001du

enum entry_kind cpu_entry;
bool cpu_is_tcg;
void (*ipc_entry)(void) = ipc_slow;

/* libfdt keeps its canary at fs:0x28. Only boot code calls it: guests' selectors may
 * change fs later. */
void arch_canary_setup(void)
{
	static uint64_t canary[6] = { [5] = 0x7461676d61000a0dull };

	wrmsr(MSR_FS_BASE, (unsigned long)canary);
}

static bool has_leaf(uint32_t leaf) { return cpuid(leaf & 0xc0000000u, 0).a >= leaf; }

/* Extended leaves start at 0x80000000: the range's first leaf names its last. */
static void leaf_string(char to[13], uint32_t a, uint32_t b, uint32_t c)
{
	const uint32_t text[4] = { a, b, c };

	memcpy(to, text, 13);
}

static void cpu_vendor(char out[13])
{
	struct cpuid c = cpuid(0, 0);

	leaf_string(out, c.b, c.d, c.c);
}

void cpu_init(void)
{
	struct cpuid c = cpuid(LEAF_FEATURES, 0), ext = { 0 };
	uint64_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;
	char host[13] = "";

	if (has_leaf(LEAF_EXTENDED))
		ext = cpuid(LEAF_EXTENDED, 0);
	/* The hypervisor never touches a user page, so these only catch its bugs. */
	cr4 |= (ext.b & 1u << 7 ? CR4_SMEP : 0) | (ext.b & 1u << 20 ? CR4_SMAP : 0) |
	       (ext.c & 1u << 2 ? CR4_UMIP : 0);
	write_cr4(cr4);
	if (c.c & 1u << 31) {
		c = cpuid(LEAF_HYPERVISOR, 0);
		leaf_string(host, c.b, c.c, c.d);
	}
	cpu_is_tcg = !strcmp(host, "TCGTCGTCGTCG");
}

/* syscall works in compatibility mode on AMD's CPUs only, sysenter on Intel's only. */
static enum entry_kind entry_best(void)
{
	char vendor[13];

	cpu_vendor(vendor);
	if (!strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine"))
		return ENTRY_SYSCALL;
	if (cpuid(LEAF_FEATURES, 0).d & 1u << 11)
		return ENTRY_SYSENTER;
	return ENTRY_INT;
}

/* The short path writes no trace, and the tests want to see both ways do the same. */
static bool short_path(void)
{
	char opt[8];

	if (boot_option("ipc-fast", opt, sizeof(opt)) && !strcmp(opt, "off"))
		return false;
	return !this_cpu()->trace.ring;
}

void cpu_init_entry(void)
{
	static const char *const names[] = { "int", "syscall", "sysenter" };
	enum entry_kind best = entry_best();
	char opt[16];

	cpu_entry = best;
	if (boot_option("entry", opt, sizeof(opt))) {
		if (!strcmp(opt, "int"))
			cpu_entry = ENTRY_INT;
		else if (strcmp(opt, names[best]))
			kprintf("option entry: this CPU offers int and %s, not \"%s\"\n",
				names[best], opt);
	}
	if (short_path())
		ipc_entry = ipc_fast;
	if (cpu_entry == ENTRY_SYSCALL) {
		void (*entry)(void) = !short_path()    ? entry_syscall
				      : small_is_off() ? entry_syscall_flat
						       : entry_syscall_fast;

		wrmsr(MSR_STAR, (uint64_t)SEL_GUEST_CS32 << 48 | (uint64_t)SEL_HV_CS << 32);
		wrmsr(MSR_CSTAR, (unsigned long)entry);
		wrmsr(MSR_LSTAR, (unsigned long)entry);
		wrmsr(MSR_SFMASK, ~(uint64_t)EFLAGS_FIXED & 0xffffffff);
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE);
	} else if (cpu_entry == ENTRY_SYSENTER) {
		wrmsr(MSR_SYSENTER_CS, SEL_HV_CS);
		wrmsr(MSR_SYSENTER_ESP, (unsigned long)this_cpu() + CPU_AREA_SIZE);
		wrmsr(MSR_SYSENTER_EIP, (unsigned long)entry_sysenter);
	}
	kprintf("cpu: hypercalls by %s, short IPC path %s\n", names[cpu_entry],
		short_path() ? "on" : "off");
}

void arch_cpu_info(char *buf, size_t size)
{
	char brand[49] = "", *p = brand;
	char vendor[13];

	cpu_vendor(vendor);
	for (uint32_t i = 0; has_leaf(LEAF_BRAND + 2) && i < 3; i++) {
		struct cpuid c = cpuid(LEAF_BRAND + i, 0);

		memcpy(brand + 16 * i, &c, sizeof(c));
	}
	while (*p == ' ')
		p++;
	ksnprintf(buf, size, "%s, %s%s", vendor, p, cpu_is_tcg ? " (emulated by TCG)" : "");
}

/* Leaves 4 and 0x8000001d have one format: a cache for each subleaf. */
static bool cache_by_leaf(uint32_t leaf, uint32_t *size, uint32_t *ways, uint32_t *line)
{
	uint32_t best = 1; /* the first level is not shared */

	for (uint32_t i = 0; has_leaf(leaf) && i < 8; i++) {
		struct cpuid c = cpuid(leaf, i);
		uint32_t type = c.a & 31, level = c.a >> 5 & 7;

		if (!type)
			break;
		if (type == 2 || level <= best) /* instructions */
			continue;
		best = level;
		*ways = (c.b >> 22) + 1;
		*line = (c.b & 0xfff) + 1;
		*size = *ways * ((c.b >> 12 & 0x3ff) + 1) * *line * (c.c + 1);
	}
	return best > 1;
}

/* Processors from before these leaves want the options llc-size and llc-ways. */
void arch_cache_geometry(uint32_t *size, uint32_t *ways, uint32_t *line)
{
	*size = *ways = *line = 0;
	if (!cache_by_leaf(LEAF_CACHE_INTEL, size, ways, line))
		cache_by_leaf(LEAF_CACHE_AMD, size, ways, line);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the processor says of itself, and its random numbers. */
#include "../arch_file.h"
#include "../fs.h"
#include <tagma/time.h>

struct leaf {
	uint32_t a, b, c, d;
};

static struct leaf cpuid(uint32_t leaf, uint32_t sub)
{
	struct leaf l;

	__asm__ volatile("cpuid"
			 : "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d)
			 : "a"(leaf), "c"(sub));
	return l;
}

static uint64_t rdtsc(void)
{
	uint64_t v;

	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}

uint32_t arch_entropy(void)
{
	static int has_rdrand = -1;
	uint64_t tsc = rdtsc();
	uint32_t v = (uint32_t)(tsc * 0x9e3779b97f4a7c15ull >> 32) ^ (uint32_t)time_ns(), r;
	uint8_t ok = 0;

	if (has_rdrand < 0)
		has_rdrand = (cpuid(1, 0).c >> 30) & 1;
	for (int i = 0; has_rdrand && i < 10 && !ok; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(r), "=q"(ok) : : "cc");
	return ok ? v ^ r : v;
}

/* Names by bit, as Linux prints them; bits without a name are not shown. */
static const char *const names_1d[32] = {
	"fpu",	"vme",	"de",	"pse", "tsc",  "msr", "pae",   "mce", "cx8",	 "apic", NULL,
	"sep",	"mtrr", "pge",	"mca", "cmov", "pat", "pse36", "pn",  "clflush", NULL,	 "dts",
	"acpi", "mmx",	"fxsr", "sse", "sse2", "ss",  "ht",    "tm",  "ia64",	 "pbe",
};
static const char *const names_81d[32] = {
	[11] = "syscall", [19] = "mp",	   [20] = "nx", [22] = "mmxext",   [25] = "fxsr_opt",
	[26] = "pdpe1gb", [27] = "rdtscp", [29] = "lm", [30] = "3dnowext", [31] = "3dnow",
};
static const char *const names_1c[32] = {
	"pni",	  "pclmulqdq",	"dtes64", "monitor", "ds_cpl",
	"vmx",	  "smx",	"est",	  "tm2",     "ssse3",
	"cid",	  "sdbg",	"fma",	  "cx16",    "xtpr",
	"pdcm",	  NULL,		"pcid",	  "dca",     "sse4_1",
	"sse4_2", "x2apic",	"movbe",  "popcnt",  "tsc_deadline_timer",
	"aes",	  "xsave",	NULL,	  "avx",     "f16c",
	"rdrand", "hypervisor",
};
static const char *const names_81c[32] = {
	"lahf_lm", "cmp_legacy",  "svm",	   "extapic",	  "cr8_legacy", "abm",
	"sse4a",   "misalignsse", "3dnowprefetch", "osvw",	  "ibs",	"xop",
	"skinit",  "wdt",	  [15] = "lwp",	   [16] = "fma4", [21] = "tbm", [22] = "topoext",
};
static const char *const names_7b[32] = {
	"fsgsbase",   "tsc_adjust", "sgx",	  "bmi1",     "hle",	  "avx2",     NULL,
	"smep",	      "bmi2",	    "erms",	  "invpcid",  "rtm",	  "cqm",      NULL,
	"mpx",	      "rdt_a",	    "avx512f",	  "avx512dq", "rdseed",	  "adx",      "smap",
	"avx512ifma", NULL,	    "clflushopt", "clwb",     "intel_pt", "avx512pf", "avx512er",
	"avx512cd",   "sha_ni",	    "avx512bw",	  "avx512vl",
};

static void show_flags(struct seq *s, const char *const names[32], uint32_t bits)
{
	for (int i = 0; i < 32; i++)
		if (names[i] && bits & 1u << i)
			seq_printf(s, " %s", names[i]);
}

static void show_all_flags(struct seq *s, uint32_t max, uint32_t ext)
{
	struct leaf l = cpuid(1, 0), e = { 0 }, f = { 0 };

	if (ext >= 0x80000001u)
		e = cpuid(0x80000001u, 0);
	if (max >= 7)
		f = cpuid(7, 0);
	seq_printf(s, "flags\t\t:");
	show_flags(s, names_1d, l.d);
	show_flags(s, names_81d, e.d);
	show_flags(s, names_1c, l.c);
	show_flags(s, names_81c, e.c);
	show_flags(s, names_7b, f.b);
	seq_printf(s, "\n");
}

static void show_name(struct seq *s, uint32_t ext)
{
	char name[49] = "unknown";
	const char *p = name;

	for (uint32_t i = 0; ext >= 0x80000004u && i < 3; i++) {
		struct leaf l = cpuid(0x80000002u + i, 0);

		memcpy(name + 16 * i, &l, 16);
	}
	while (*p == ' ')
		p++;
	seq_printf(s, "model name\t: %s\n", p);
}

static void show_size(struct seq *s, uint32_t ext)
{
	uint32_t sizes = ext >= 0x80000008u ? cpuid(0x80000008u, 0).a : 0x2020;

	seq_printf(s, "address sizes\t: %u bits physical, %u bits virtual\n", sizes & 0xff,
		   sizes >> 8 & 0xff);
	seq_printf(s, "power management:\n\n");
}

void arch_cpuinfo(struct seq *s)
{
	struct leaf v = cpuid(0, 0), l = cpuid(1, 0);
	uint32_t ext = cpuid(0x80000000u, 0).a, khz = time_khz();
	uint32_t family = l.a >> 8 & 15, model = l.a >> 4 & 15, clflush = (l.b >> 8 & 0xff) * 8;
	uint32_t vendor[4] = { v.b, v.d, v.c, 0 };
	uint32_t l2 = ext >= 0x80000006u ? cpuid(0x80000006u, 0).c >> 16 : 0;

	if (family == 6 || family == 15)
		model |= (l.a >> 16 & 15) << 4;
	if (family == 15)
		family += l.a >> 20 & 0xff;
	seq_printf(s, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n",
		   (const char *)vendor, family, model);
	show_name(s, ext);
	seq_printf(s, "stepping\t: %u\ncpu MHz\t\t: %u.%03u\n", l.a & 15, khz / 1000, khz % 1000);
	if (l2)
		seq_printf(s, "cache size\t: %u KB\n", l2);
	seq_printf(s, "physical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n");
	seq_printf(s, "apicid\t\t: %u\ninitial apicid\t: %u\n", l.b >> 24, l.b >> 24);
	seq_printf(s, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n", v.a);
	show_all_flags(s, v.a, ext);
	seq_printf(s, "bugs\t\t:\nbogomips\t: %u.%02u\n", khz * 2 / 1000, khz * 2 / 10 % 100);
	if (clflush)
		seq_printf(s, "clflush size\t: %u\ncache_alignment\t: %u\n", clflush, clflush);
	show_size(s, ext);
}

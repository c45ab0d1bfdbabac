/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the firmware left in memory becomes a struct boot_info: YAMON's convention, which
 * QEMU follows. argv[1] may begin with rd_start=ADDRESS rd_size=BYTES, where -initrd is;
 * the command line follows. The environment, pairs of pointers, tells the memory.
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/panic.h>
#include <string.h>

#define LOW_MEMORY 0x100000u /* the firmware's, and where its arguments are */
#define ENV_MAX 64u

static struct boot_info info;

/* A pointer of the firmware's; it is trusted to tell the truth, so this catches other loaders. */
static const void *firmware_ptr(uint32_t p)
{
	if (p < KSEG0 || p - KSEG0 >= DIRECT_MAX || p % 4)
		panic("boot: not started by YAMON or QEMU: no arguments at 0x%x", p);
	return (const void *)p;
}

static const char *firmware_string(const uint32_t *list, uint32_t i)
{
	return list[i] - KSEG0 < DIRECT_MAX ? (const char *)list[i] : "";
}

static const char *environment(uint32_t envp, const char *name)
{
	const uint32_t *e = firmware_ptr(envp);

	for (uint32_t i = 0; i < ENV_MAX && e[i]; i += 2)
		if (!strcmp(firmware_string(e, i), name))
			return firmware_string(e, i + 1);
	return NULL;
}

/* Decimal or hexadecimal. QEMU tells addresses as 64-bit, sign-extended numbers: their lower half
 * counts. */
static uint32_t read_number(const char **s)
{
	const char *p = *s;
	uint32_t v = 0, base = 10;

	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (; *p && *p != ' '; p++)
		v = v * base + (uint32_t)(*p >= 'a' ? *p - 'a' + 10 : *p - '0');
	*s = p;
	return v;
}

static uint32_t env_number(uint32_t envp, const char *name, uint32_t def)
{
	const char *s = environment(envp, name);

	return s ? read_number(&s) : def;
}

/* "name=number " at the start of *s is taken off it. */
static uint32_t take_number(const char **s, const char *name)
{
	uint32_t v;

	if (strncmp(*s, name, strlen(name)))
		return 0;
	*s += strlen(name);
	v = read_number(s);
	while (**s == ' ')
		++*s;
	return v;
}

static void add_reserved(paddr_t base, uint64_t len)
{
	info.reserved[info.nr_reserved++] = (struct boot_region){ base, len };
}

static void set_ram(uint32_t envp, uint32_t memsize)
{
	unsigned long n = env_number(envp, "memsize", memsize);

	if (env_number(envp, "ememsize", 0) > DIRECT_MAX)
		kprintf("boot: only the first %u MB of memory are used\n",
			(uint32_t)(DIRECT_MAX >> 20));
	n = MIN(n, DIRECT_MAX) & ~(unsigned long)PAGE_MASK;
	if (n <= (unsigned long)image_end - KSEG0)
		panic("boot: no memory size in the firmware's environment");
	info.ram[info.nr_ram++] = (struct boot_region){ 0, n };
}

static void parse_arguments(uint32_t argc, uint32_t argv)
{
	const char *s = argc > 1 ? firmware_string(firmware_ptr(argv), 1) : "";
	uint32_t start = take_number(&s, "rd_start="), size = take_number(&s, "rd_size=");
	size_t i;

	start &= KSEG_SIZE - 1;
	if (size && (start >= info.ram[0].len || size > info.ram[0].len - start))
		panic("boot: boot image beyond the memory");
	info.image = (struct boot_region){ start, size };
	for (i = 0; i < BOOT_MAX_CMDLINE - 1 && s[i]; i++)
		info.cmdline[i] = s[i];
}

void boot_start(uint32_t argc, uint32_t argv, uint32_t envp, uint32_t memsize)
{
	cpu_init();
	tlb_init();
	info.loader = "YAMON";
	set_ram(envp, memsize);
	parse_arguments(argc, argv);
	add_reserved(0, LOW_MEMORY);
	add_reserved(IMAGE_BASE - KSEG0, (unsigned long)image_end - IMAGE_BASE);
	if (info.image.len)
		add_reserved(info.image.base, info.image.len);
	hv_main(&info);
}

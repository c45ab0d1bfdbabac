/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot order, and nothing else. */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <hv/version.h>

static void print_machine(const struct boot_info *b)
{
	char cpu[96];

	arch_cpu_info(cpu, sizeof(cpu));
	kprintf("CPU: %s, %u kHz\n", cpu, arch_time_khz());
	for (uint32_t i = 0; i < b->nr_ram; i++)
		kprintf("RAM: %016llx-%016llx\n", (unsigned long long)b->ram[i].base,
			(unsigned long long)(b->ram[i].base + b->ram[i].len - 1));
	kprintf("memory: %u KB, %u KB free, %u colours\n", frame_total() * 4,
		frame_count_free() * 4, frame_nr_colours());
}

/* Words of the boot image first: the boot loader's, behind them, overrule. */
static void read_options(const struct boot_info *b)
{
	static char line[2 * BOOT_MAX_CMDLINE];
	const char *image = domain0_options();

	if (ksnprintf(line, sizeof(line), "%s %s", image, b->cmdline) >= (int)sizeof(line))
		kprintf("options: too long, cut off\n");
	option_init(line);
	kprintf("options:%s%s %s\n", *image ? " " : "", image, b->cmdline);
}

static uint32_t pool_size(const char *option, uint32_t def, uint32_t min, uint32_t max)
{
	uint64_t n = boot_option_u64(option, def);

	if (n >= min && n <= max)
		return (uint32_t)n;
	kprintf("option %s: must be %u to %u, using %u\n", option, min, max, def);
	return def;
}

static void init_pools(void)
{
	/* An id has 12 bits for the slot. */
	domain_init_pool(pool_size("domains", 16, 4, 256));
	space_init_pool(pool_size("spaces", 64, 8, 4096));
	thread_init_pool(pool_size("threads", 256, 16, 4096));
	mapdb_init(pool_size("mappings", 65536, 256, 1u << 24));
	signal_init(pool_size("signals", 1024, 16, 65536));
	arch_vtlb_init(pool_size("vtlb-pages", 0, 0, 1u << 20));
}

_Noreturn void hv_main(struct boot_info *b)
{
	option_init(b->cmdline);
	console_init();
	panic_init();
	kprintf("Tagma %s (ABI %u), loaded by %s\n", HV_VERSION, TAGMA_ABI_VERSION, b->loader);

	arch_canary_setup();
	domain0_open(b);
	read_options(b);
	console_init();
	panic_init();

	frame_init(b);
	sched_init(this_cpu());
	arch_init(b);
	time_wall_init();
	init_pools();
	trace_init(this_cpu());
	latency_init(this_cpu());
	print_machine(b);

	domain0_build(b);
	option_report();
	arch_start();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the multiboot loader left in memory becomes a struct boot_info. The loader is
 * trusted to tell the truth, not to be tidy: regions come in any order, overlapping,
 * and are cut to whole pages; what does not fit the tables is dropped with a word.
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/panic.h>
#include <string.h>

#define MB1_MAGIC 0x2badb002u
#define MB1_CMDLINE 0x4u
#define MB1_MODULES 0x8u
#define MB1_MMAP 0x40u
#define MB1_LOADER 0x200u
#define MMAP_RAM 1u
#define EARLY_MAX 0x100000000ull /* head.S maps so far */
#define LOW_MEMORY 0x100000u	 /* firmware's; later the other CPUs start there */

struct mb1_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr, config_table, loader;
};
struct mb1_module {
	uint32_t start, end, cmdline, pad;
};
struct mb1_mmap {
	uint32_t size;
	uint64_t base, len;
	uint32_t type;
} __attribute__((packed));

struct mb2_tag {
	uint32_t type, size;
};
struct mb2_module {
	struct mb2_tag tag;
	uint32_t start, end;
	char cmdline[];
};
struct mb2_mmap {
	struct mb2_tag tag;
	uint32_t entry_size, version;
};
struct mb2_mmap_entry {
	uint64_t base, len;
	uint32_t type, zero;
};
enum { MB2_END, MB2_CMDLINE, MB2_LOADER, MB2_MODULE, MB2_MMAP = 6 };

static struct boot_info info;

static void add_reserved(paddr_t base, uint64_t len)
{
	if (info.nr_reserved == BOOT_MAX_REGIONS)
		panic("boot: more than %d reserved regions", BOOT_MAX_REGIONS);
	if (len)
		info.reserved[info.nr_reserved++] = (struct boot_region){ base, len };
}

/* Insert sorted; what overlaps an earlier region is cut off or merged. */
static void add_ram(paddr_t base, uint64_t len)
{
	paddr_t end = base + len < base ? ~0ull : base + len;
	uint32_t i = 0, n = info.nr_ram;

	base = (base + PAGE_MASK) & ~(paddr_t)PAGE_MASK;
	end = MIN(end & ~(paddr_t)PAGE_MASK, DIRECT_MAX);
	if (base >= end)
		return;
	while (i < n && info.ram[i].base + info.ram[i].len < base)
		i++;
	while (i < n && info.ram[i].base <= end) { /* touches: take it in */
		end = MAX(end, info.ram[i].base + info.ram[i].len);
		base = MIN(base, info.ram[i].base);
		memmove(&info.ram[i], &info.ram[i + 1], (--n - i) * sizeof(info.ram[0]));
	}
	if (n == BOOT_MAX_REGIONS) {
		kprintf("boot: memory at 0x%llx ignored: too many regions\n",
			(unsigned long long)base);
		return;
	}
	memmove(&info.ram[i + 1], &info.ram[i], (n - i) * sizeof(info.ram[0]));
	info.ram[i] = (struct boot_region){ base, end - base };
	info.nr_ram = n + 1;
}

/* A firmware region matters only where somebody else calls it RAM. */
static void add_region(paddr_t base, uint64_t len, uint32_t type)
{
	if (type == MMAP_RAM)
		add_ram(base, len);
	else if (base < DIRECT_MAX && info.nr_reserved < BOOT_MAX_REGIONS / 2)
		add_reserved(base, len);
}

static void parse_mb1(const struct mb1_info *mb)
{
	info.loader = "multiboot 1";
	if (mb->flags & MB1_CMDLINE) {
		const char *loader = mb->flags & MB1_LOADER ? arch_phys_ptr(mb->loader) : "";
		const char *line = arch_phys_ptr(mb->cmdline);

		/* QEMU and iPXE put the program's name first, GRUB does not. */
		while (strncmp(loader, "GRUB", 4) && *line && *line != ' ')
			line++;
		while (*line == ' ')
			line++;
		ksnprintf(info.cmdline, sizeof(info.cmdline), "%s", line);
	}
	if ((mb->flags & MB1_MODULES) && mb->mods_count) {
		const struct mb1_module *m = arch_phys_ptr(mb->mods_addr);

		info.image = (struct boot_region){ m->start, m->end - m->start };
	}
	if (!(mb->flags & MB1_MMAP))
		panic("boot: no memory map from the boot loader");
	for (uint32_t off = 0; off + sizeof(struct mb1_mmap) <= mb->mmap_length;) {
		const struct mb1_mmap *e = arch_phys_ptr(mb->mmap_addr + off);

		add_region(e->base, e->len, e->type);
		off += e->size + (uint32_t)sizeof(e->size);
	}
}

static void parse_mb2_mmap(const struct mb2_mmap *m)
{
	if (m->entry_size < sizeof(struct mb2_mmap_entry))
		panic("boot: memory map entries of %u bytes", m->entry_size);
	for (uint32_t off = sizeof(*m); off + m->entry_size <= m->tag.size; off += m->entry_size) {
		const struct mb2_mmap_entry *e = (const void *)((const char *)m + off);

		add_region(e->base, e->len, e->type);
	}
}

static void parse_mb2(const char *mb, uint32_t size)
{
	uint32_t off = 8;

	info.loader = "multiboot 2";
	while (off + sizeof(struct mb2_tag) <= size) {
		const struct mb2_tag *tag = (const void *)(mb + off);
		const struct mb2_module *m = (const void *)tag;

		if (tag->type == MB2_END || tag->size < sizeof(*tag))
			break;
		if (tag->type == MB2_CMDLINE)
			ksnprintf(info.cmdline, sizeof(info.cmdline), "%s",
				  (const char *)(tag + 1));
		else if (tag->type == MB2_MODULE && !info.image.len)
			info.image = (struct boot_region){ m->start, m->end - m->start };
		else if (tag->type == MB2_MMAP)
			parse_mb2_mmap((const void *)tag);
		off += (tag->size + 7) & ~7u;
	}
}

/* The loader's structures all lie below 4 GB, where the first page tables reach. */
void boot_start(uint32_t magic, uint32_t mb)
{
	desc_init();
	cpu_init();
	if (magic == MB1_MAGIC)
		parse_mb1(arch_phys_ptr(mb));
	else
		parse_mb2(arch_phys_ptr(mb), *(uint32_t *)arch_phys_ptr(mb));
	if (!info.nr_ram)
		panic("boot: no memory map from the boot loader");
	if (info.image.base + info.image.len > EARLY_MAX || info.image.len > EARLY_MAX)
		panic("boot: boot image beyond 4 GB");
	add_reserved(0, LOW_MEMORY);
	add_reserved(IMAGE_PHYS, (uint64_t)(image_end - (char *)IMAGE_BASE) - IMAGE_PHYS);
	add_reserved(info.image.base, info.image.len);
	mm_init(&info);
	desc_map_gdt();
	hv_main(&info);
}

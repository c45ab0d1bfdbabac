/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own page tables: the upper slots that every space shares.
 *
 *   PML4[261] ── L3 ── L2 ─┬─ L1: GDT window, APIC ... image     (4 KB pages, global)
 *                          └─ L1: image, cont.
 *   PML4[262] ── L3 ─┬─ L2 ─┬─ L1, L1: the lowest 4 MB: the image's frames
 *                    │      └─ 2 MB pages where RAM is
 *                    └─ 1 GB pages where RAM fills them and the CPU has them
 *
 * Nothing is both writable and executable, and the direct map does not open a second,
 * writable door to the image's code and constants.
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/panic.h>

#define PAGE_2M 0x200000ull
#define PAGE_1G 0x40000000ull
#define INDEX(va, level) (((va) >> (12 + 9 * ((level)-1))) & 511)

uint64_t pte_nx;

static struct boot_info *boot;
static uint64_t window_l1[IMAGE_MAX / PAGE_2M][512] __attribute__((aligned(4096)));
static uint64_t low_l1[IMAGE_MAX / PAGE_2M][512] __attribute__((aligned(4096)));
static uint64_t window_l2[512] __attribute__((aligned(4096)));
static uint64_t window_l3[512] __attribute__((aligned(4096)));
static uint64_t direct_l3[512] __attribute__((aligned(4096)));

static bool overlaps_reserved(paddr_t pa)
{
	for (uint32_t i = 0; i < boot->nr_reserved; i++)
		if (pa + PAGE_SIZE > boot->reserved[i].base &&
		    pa < boot->reserved[i].base + boot->reserved[i].len)
			return true;
	return false;
}

/* A zeroed page for a table, before there is an allocator: the last good one of RAM
 * below 4 GB, cut off its region. */
static uint64_t *early_page(void)
{
	for (uint32_t i = boot->nr_ram; i-- > 0;) {
		struct boot_region *r = &boot->ram[i];

		for (paddr_t pa = r->base + r->len; pa > r->base; pa -= PAGE_SIZE) {
			uint64_t *page = arch_phys_ptr(pa - PAGE_SIZE);

			if (r->base + r->len > 0x100000000ull || overlaps_reserved(pa - PAGE_SIZE))
				continue;
			r->len = pa - PAGE_SIZE - r->base;
			for (unsigned j = 0; j < 512; j++)
				page[j] = 0;
			return page;
		}
	}
	panic("boot: no memory for page tables");
}

/* How a page of the image may be used; pages below it are RAM like any other. */
static uint64_t image_flags(unsigned long va, uint64_t code)
{
	if (va >= (unsigned long)image_start && va < (unsigned long)text_end)
		return code;
	if (va >= (unsigned long)text_end && va < (unsigned long)rodata_end)
		return PTE_P | pte_nx;
	return PTE_P | PTE_W | pte_nx;
}

static void map_low(void)
{
	for (unsigned long pa = 0; pa < IMAGE_MAX; pa += PAGE_SIZE) {
		unsigned long va = IMAGE_BASE + pa, guard = va - (unsigned long)boot_cpu_area;
		uint64_t *image = &window_l1[pa / PAGE_2M][INDEX(pa, 1)];

		low_l1[pa / PAGE_2M][INDEX(pa, 1)] = pa | PTE_G | image_flags(va, PTE_P | pte_nx);
		if (va >= (unsigned long)text_start && va < (unsigned long)image_end &&
		    guard != CPU_GUARD_LOW && guard != CPU_GUARD_HIGH)
			*image = pa | PTE_G | image_flags(va, PTE_P);
	}
	for (unsigned i = 0; i < IMAGE_MAX / PAGE_2M; i++)
		window_l2[i] = arch_ptr_phys(window_l1[i]) | PTE_P | PTE_W;
	window_l3[INDEX(IMAGE_BASE, 3)] = arch_ptr_phys(window_l2) | PTE_P | PTE_W;
}

void mm_map_window(unsigned long va, paddr_t pa, uint64_t flags)
{
	window_l1[0][INDEX(va, 1)] = pa | PTE_P | PTE_G | pte_nx | flags;
	invlpg(va);
}

static void map_direct(const struct boot_region *r, bool huge)
{
	paddr_t pa = r->base & ~(PAGE_2M - 1), end = r->base + r->len;

	while (pa < end) {
		uint64_t *l3e = &direct_l3[INDEX(pa, 3)];

		if (huge && !*l3e && pa % PAGE_1G == 0 && pa && end - pa >= PAGE_1G) {
			*l3e = pa | PTE_P | PTE_W | PTE_G | PTE_LARGE | pte_nx;
			pa += PAGE_1G;
			continue;
		}
		if (!*l3e)
			*l3e = arch_ptr_phys(early_page()) | PTE_P | PTE_W;
		uint64_t *l2 = arch_phys_ptr(*l3e & PTE_FRAME);

		l2[INDEX(pa, 2)] = pa < IMAGE_MAX
					   ? arch_ptr_phys(low_l1[pa / PAGE_2M]) | PTE_P | PTE_W
					   : pa | PTE_P | PTE_W | PTE_G | PTE_LARGE | pte_nx;
		pa += PAGE_2M;
	}
}

/* The slots are replaced one by one under our feet: each new one maps where we are. */
void mm_init(struct boot_info *b)
{
	struct cpuid c = cpuid(0x80000001, 0);
	const struct boot_region low = { 0, IMAGE_MAX };

	boot = b;
	pte_nx = c.d & 1u << 20 ? PTE_NX : 0;
	map_low();
	map_direct(&low, false);
	for (uint32_t i = 0; i < b->nr_ram; i++)
		map_direct(&b->ram[i], c.d & 1u << 26);
	boot_pml4[INDEX(IMAGE_BASE, 4)] = arch_ptr_phys(window_l3) | PTE_P | PTE_W;
	boot_pml4[INDEX(DIRECT_BASE, 4)] = arch_ptr_phys(direct_l3) | PTE_P | PTE_W;
	boot_pml4[0] = 0;
	write_cr3(arch_ptr_phys(boot_pml4));
	write_cr4(read_cr4() | CR4_PGE); /* after the large first mappings are gone */
}

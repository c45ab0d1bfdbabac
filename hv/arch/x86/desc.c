/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GDT, TSS, IDT. The GDT has Xen's shape, so that 64-bit PV guests can bring their
 * own pages: 0..13 are the guest's, 14 the hypervisor's.
 *
 *   page 14  0xe040  TSS
 *            0xe030  guest 64-bit code: absent while a 32-bit guest runs
 *            0xe028  guest data, 32 bit: base and limit of the running thread's space
 *            0xe020  guest code, 32 bit: the same
 *            0xe010  hypervisor data
 *            0xe008  hypervisor code
 *   1..13            one empty page, many times
 *   page 0   0x0043  TLS slots 6..8: the running thread's
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>

#define GDT_PAGES 15
#define GATE_INTERRUPT 0x8e00u
#define GATE_USER 0x6000u /* DPL 3 */

struct gate {
	uint16_t off_lo, sel, flags, off_mid;
	uint32_t off_hi, zero;
};
struct table_reg {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

#define HV(sel) (((sel)-GDT_HV_FIRST) / 8)
uint64_t gdt_hv[512] __attribute__((aligned(4096)));
uint64_t gdt_guest[512] __attribute__((aligned(4096)));
static uint64_t gdt_empty[512] __attribute__((aligned(4096)));
static struct gate idt[256];
struct tss boot_tss __attribute__((aligned(4096)));

static void load_gdt(unsigned long base)
{
	struct table_reg r = { GDT_PAGES * PAGE_SIZE - 1, base };

	__asm__ volatile("lgdt %0" : : "m"(r));
}

void desc_set_trap(unsigned v, const void *entry)
{
	uint16_t dpl =
		v == 3 || v == 4 || v == VECTOR_TRAP || v == VECTOR_HYPERCALL ? GATE_USER : 0;
	unsigned ist = v == TRAP_NMI ? IST_NMI : v == TRAP_DF ? IST_DF : v == TRAP_MC ? IST_MC : 0;
	unsigned long a = (unsigned long)entry;

	if (!entry && v == VECTOR_HYPERCALL)
		a = (unsigned long)entry_hypercall_int;
	else if (!entry)
		a = (unsigned long)(entry_stubs + v * ENTRY_STUB_SIZE);
	idt[v] = (struct gate){
		(uint16_t)a,	     SEL_HV_CS,		  (uint16_t)(GATE_INTERRUPT | dpl | ist),
		(uint16_t)(a >> 16), (uint32_t)(a >> 32), 0
	};
}

static void init_idt(void)
{
	struct table_reg r = { sizeof(idt) - 1, (unsigned long)idt };

	for (unsigned v = 0; v < 256; v++)
		desc_set_trap(v, NULL);
	__asm__ volatile("lidt %0" : : "m"(r));
}

void desc_init(void)
{
	unsigned long tss = (unsigned long)&boot_tss, limit = sizeof(boot_tss) - 1;

	__builtin_memset(boot_tss.io, 0xff, sizeof(boot_tss.io));
	boot_tss.iomap = TSS_IO_OFF;
	for (unsigned i = 1; i <= 3; i++)
		boot_tss.ist[i - 1] = (unsigned long)boot_cpu_area + CPU_IST_TOP(i);
	gdt_hv[HV(SEL_HV_CS)] = 0x00af9b000000ffff;
	gdt_hv[HV(SEL_HV_DS)] = 0x00cf93000000ffff;
	gdt_hv[HV(SEL_TSS)] = (limit & 0xffff) | (tss & 0xffffff) << 16 | 0x89ull << 40 |
			      (limit >> 16 & 0xf) << 48 | (tss >> 24 & 0xff) << 56;
	gdt_hv[HV(SEL_TSS) + 1] = tss >> 32;
	/* Only page 14 counts so far: it need not stand in its window yet. */
	load_gdt((unsigned long)gdt_hv - GDT_HV_FIRST);
	init_idt();
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

void desc_map_gdt(void)
{
	mm_map_window(GDT_WINDOW, arch_ptr_phys(gdt_guest), PTE_W);
	for (unsigned i = 1; i < GDT_PAGES - 1; i++)
		mm_map_window(GDT_WINDOW + i * PAGE_SIZE, arch_ptr_phys(gdt_empty), 0);
	mm_map_window(GDT_WINDOW + GDT_HV_FIRST, arch_ptr_phys(gdt_hv), PTE_W);
	load_gdt(GDT_WINDOW);
}

void desc_set_tls(const uint64_t tls[GDT_TLS_SLOTS])
{
	for (unsigned i = 0; i < GDT_TLS_SLOTS; i++)
		gdt_guest[GDT_TLS_FIRST + i] = tls[i];
}

void desc_set_guest(uint64_t code, uint64_t data)
{
	gdt_hv[HV(SEL_GUEST_CS32)] = code;
	gdt_hv[HV(SEL_GUEST_DS)] = data;
}

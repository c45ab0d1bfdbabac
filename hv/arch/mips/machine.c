/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine as a whole, Malta: its console, its rest, its end. */
#include <asm/internal.h>
#include <asm/io.h>
#include <hv/arch.h>
#include <string.h>

#define COM1 0x3f8
#define UART_STATUS (COM1 + 5)
#define UART_READY 0x20
#define UART_PATIENCE 100000u /* a UART that is not there must not stop us */

#define INSN_BRANCH_SELF 0x1000ffffu

#define FPGA_RESET ((volatile uint32_t *)(KSEG1 + 0x1f000500))
#define FPGA_RESET_GO 0x42

/* The GT-64120's door to PCI's configuration; the firmware has put it here. */
#define PCI_ADDRESS ((volatile uint32_t *)(KSEG1 + 0x1be00cf8))
#define PCI_DATA ((volatile uint32_t *)(KSEG1 + 0x1be00cfc))
#define PIIX4_PM (0x80000000u | 10 << 11 | 3 << 8) /* power management's function */
#define PM_BASE 0x40				   /* its ports; unused ones here */
#define PM_PORTS 0x1000u
#define PM_MISC 0x80
#define PM_ENABLE 1u
#define PM_CONTROL 4
#define PM_SLEEP 0x2000 /* SLP_EN, type 0: off */

void arch_console_putc(char c)
{
	for (unsigned i = 0; i < UART_PATIENCE && !(inb(UART_STATUS) & UART_READY); i++)
		;
	outb(COM1, (uint8_t)c);
}

/*
 * idle=spin: the CPU never waits. For QEMU's -icount with sleep=off, which moves time on to
 * the next deadline when the CPU waits: QEMU 7.2 sets Count's timer anew before it raises the
 * interrupt that ends the wait, and never comes out of that.
 */
static void idle_init(void)
{
	char opt[8];

	if (!boot_option("idle", opt, sizeof(opt)) || strcmp(opt, "spin"))
		return;
	*idle_insn = INSN_BRANCH_SELF;
	cache_sync_code(idle_insn, sizeof(*idle_insn));
}

void arch_init(const struct boot_info *b)
{
	(void)b;
	idle_init();
	pic_init();
	time_init();
}

void arch_halt(void)
{
	write_status(0);
	for (;;)
		__asm__ volatile("ehb; wait");
}

static uint32_t little(uint32_t v)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap32(v);
}

static void pci_write(uint32_t reg, uint32_t v)
{
	*PCI_ADDRESS = little(PIIX4_PM | reg);
	*PCI_DATA = little(v);
}

void arch_poweroff(void)
{
	pci_write(PM_BASE, PM_PORTS | 1);
	pci_write(PM_MISC, PM_ENABLE);
	*(volatile uint16_t *)io_port(PM_PORTS + PM_CONTROL) =
		(uint16_t)(little(PM_SLEEP) | little(PM_SLEEP) >> 16);
	arch_halt();
}

void arch_reboot(void)
{
	*FPGA_RESET = FPGA_RESET_GO;
	arch_halt();
}

void arch_mark(uint8_t n) { (void)n; } /* no simulator watches a Malta */

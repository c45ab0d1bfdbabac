/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine as a whole: its console, its rest, its end. */
#include <asm/internal.h>
#include <hv/arch.h>

#define COM1 0x3f8
#define UART_STATUS (COM1 + 5)
#define UART_READY 0x20
#define UART_PATIENCE 100000u /* a UART that is not there must not stop us */
#define KBC 0x64
#define KBC_BUSY 0x2
#define KBC_RESET 0xfe
#define ACPI_SLEEP 0x2000 /* SLP_EN, type 0: S5 as QEMU's and old Bochs' firmware tell */

/* head.S has set the UART up. */
void arch_console_putc(char c)
{
	for (unsigned i = 0; i < UART_PATIENCE && !(inb(UART_STATUS) & UART_READY); i++)
		;
	outb(COM1, (uint8_t)c);
}

void arch_init(const struct boot_info *b)
{
	(void)b;
	tag_init();
	small_init();
	cpu_init_entry();
	pic_init();
	apic_init();
	time_init();
}

void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

void arch_poweroff(void)
{
	static const char bochs[] = "Shutdown";

	outw(0x604, ACPI_SLEEP);
	outw(0xb004, ACPI_SLEEP);
	for (const char *p = bochs; *p; p++)
		outb(0x8900, (uint8_t)*p);
	arch_halt();
}

void arch_reboot(void)
{
	static const uint8_t none[10]; /* an empty IDT */

	for (unsigned i = 0; i < UART_PATIENCE && (inb(KBC) & KBC_BUSY); i++)
		;
	outb(KBC, KBC_RESET);
	for (unsigned i = 0; i < UART_PATIENCE; i++)
		inb(KBC);
	/* No keyboard controller: an exception that cannot be delivered resets the CPU. */
	__asm__ volatile("lidt %0; int3" : : "m"(none));
	arch_halt();
}

void arch_mark(uint8_t n)
{
	unsigned long at;

	__asm__ volatile("lea 1f(%%rip), %0\n"
			 "1:\t.byte 0x0f, 0x1f, 0x84, 0x00\n\t.long %c1\n\t"
			 "testb $0, (%0, %2)"
			 : "=&r"(at)
			 : "i"(TAGMA_MARK_NOP), "r"((unsigned long)n)
			 : "cc");
}

/* sti takes effect after hlt has started: no interrupt is lost between them. */
void arch_idle(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }

void arch_irq_window(void) { __asm__ volatile("sti; nop; cli" : : : "memory"); }

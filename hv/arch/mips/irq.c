/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts: devices come through Malta's two 8259s, the timer by the CPU's own line. */
#include <asm/internal.h>
#include <asm/io.h>
#include <hv/arch.h>
#include <hv/event.h>
#include <hv/time.h>

#define PIC1 0x20
#define PIC2 0xa0
#define PIC_EOI 0x20
#define PIC_POLL 0x0c /* the next read acknowledges: 0x80 | line, or 0 */
#define PIC_POLL_HIT 0x80
#define PIC_CASCADE 2
#define PIC_VECTOR 0x20 /* nobody reads it: the MIPS takes no vectors */
#define NR_IRQS 16u

static uint16_t pic_mask = 0xffff & ~(1u << PIC_CASCADE);

static void pic_write_mask(void)
{
	outb(PIC1 + 1, (uint8_t)pic_mask);
	outb(PIC2 + 1, (uint8_t)(pic_mask >> 8));
}

void pic_init(void)
{
	static const uint8_t icw[2][4] = { { 0x11, PIC_VECTOR, 1 << PIC_CASCADE, 1 },
					   { 0x11, PIC_VECTOR + 8, PIC_CASCADE, 1 } };

	for (unsigned i = 0; i < 4; i++) {
		outb(i ? PIC1 + 1 : PIC1, icw[0][i]);
		outb(i ? PIC2 + 1 : PIC2, icw[1][i]);
	}
	pic_write_mask();
}

static uint8_t pic_poll(uint16_t pic)
{
	outb(pic, PIC_POLL);
	return inb(pic);
}

/* Acknowledged before it is handled: a handler may idle. */
static void pic_interrupt(void)
{
	uint32_t irq = pic_poll(PIC1);

	if (!(irq & PIC_POLL_HIT)) /* it went away before it was taken */
		return;
	irq &= 7;
	if (irq == PIC_CASCADE) {
		uint32_t second = pic_poll(PIC2);

		outb(PIC2, PIC_EOI);
		outb(PIC1, PIC_EOI);
		if (!(second & PIC_POLL_HIT))
			return;
		irq = 8 + (second & 7);
	} else {
		outb(PIC1, PIC_EOI);
	}
	arch_irq_mask(irq);
	irq_raised(irq);
}

void arch_irq_mask(uint32_t irq)
{
	if (irq >= NR_IRQS || irq == PIC_CASCADE)
		return;
	pic_mask |= (uint16_t)(1u << irq);
	pic_write_mask();
}

void arch_irq_unmask(uint32_t irq)
{
	if (irq >= NR_IRQS)
		return;
	pic_mask &= (uint16_t) ~(1u << irq);
	pic_write_mask();
}

uint32_t arch_nr_irqs(void) { return NR_IRQS; }

/* With interrupts off; what of both was there at entry. */
void irq_handle(uint32_t cause)
{
	if (cause & CAUSE_IP_TIMER) {
		timer_acknowledge();
		timer_interrupt();
	}
	if (cause & CAUSE_IP_DEVICE) {
		COUNT(irq);
		pic_interrupt();
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts: devices come through the two 8259s, the timer through the local APIC,
 * which lets the 8259s' line pass (LINT0).
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/event.h>
#include <hv/panic.h>
#include <hv/time.h>

#define PIC1 0x20
#define PIC2 0xa0
#define PIC_EOI 0x20
#define PIC_READ_ISR 0x0b
#define PIC_CASCADE 2
#define NR_IRQS 16u

#define APIC_BASE_ENABLE 0x800u
#define APIC_BASE_X2 0x400u
#define APIC_TPR 0x80
#define APIC_EOI 0xb0
#define APIC_SVR 0xf0
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE 0x3e0
#define APIC_ENABLE 0x100
#define LVT_EXTINT 0x700
#define LVT_NMI 0x400
#define LVT_MASKED 0x10000
#define LVT_TSC_DEADLINE 0x40000
#define DIVIDE_BY_1 0xb

static uint16_t pic_mask = 0xffff & ~(1u << PIC_CASCADE);

void pic_init(void)
{
	static const uint8_t icw[2][4] = { { 0x11, VECTOR_PIC, 1 << PIC_CASCADE, 1 },
					   { 0x11, VECTOR_PIC + 8, PIC_CASCADE, 1 } };

	for (unsigned i = 0; i < 4; i++) {
		outb(i ? PIC1 + 1 : PIC1, icw[0][i]);
		outb(i ? PIC2 + 1 : PIC2, icw[1][i]);
	}
	outb(PIC1 + 1, (uint8_t)pic_mask);
	outb(PIC2 + 1, (uint8_t)(pic_mask >> 8));
}

static bool pic_in_service(uint16_t pic)
{
	outb(pic, PIC_READ_ISR);
	return inb(pic) & 0x80;
}

/* A line that went away before it was taken shows as the lowest one, 7 or 15. */
static bool pic_spurious(uint32_t irq)
{
	if (irq == 7)
		return !pic_in_service(PIC1);
	if (irq != 15 || pic_in_service(PIC2))
		return false;
	outb(PIC1, PIC_EOI); /* the first one did see the cascade */
	return true;
}

static void pic_interrupt(uint32_t irq)
{
	if (pic_spurious(irq))
		return;
	arch_irq_mask(irq);
	if (irq >= 8)
		outb(PIC2, PIC_EOI);
	outb(PIC1, PIC_EOI);
	irq_raised(irq);
}

static void pic_set(uint32_t irq, bool masked)
{
	if (irq >= NR_IRQS || irq == PIC_CASCADE)
		return;
	pic_mask = (uint16_t)((pic_mask & ~(1u << irq)) | (uint32_t)masked << irq);
	outb(irq < 8 ? PIC1 + 1 : PIC2 + 1, (uint8_t)(pic_mask >> (irq & 8)));
}

void arch_irq_mask(uint32_t irq) { pic_set(irq, true); }

void arch_irq_unmask(uint32_t irq) { pic_set(irq, false); }

uint32_t arch_nr_irqs(void) { return NR_IRQS; }

static volatile uint32_t *apic_reg(unsigned reg)
{
	return (volatile uint32_t *)(APIC_WINDOW + reg);
}

bool apic_deadline_mode;

void apic_init(void)
{
	struct cpuid c = cpuid(1, 0);
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (!(c.d & 1u << 9))
		panic("no local APIC: this machine has no timer that we can use");
	if ((base & (APIC_BASE_ENABLE | APIC_BASE_X2)) == (APIC_BASE_ENABLE | APIC_BASE_X2))
		wrmsr(MSR_APIC_BASE, base & ~(uint64_t)(APIC_BASE_ENABLE | APIC_BASE_X2));
	wrmsr(MSR_APIC_BASE, (base & ~(uint64_t)APIC_BASE_X2) | APIC_BASE_ENABLE);
	mm_map_window(APIC_WINDOW, base & PTE_FRAME, PTE_W | PTE_PCD | PTE_PWT);
	apic_deadline_mode = c.c & 1u << 24;
	*apic_reg(APIC_SVR) = APIC_ENABLE | VECTOR_SPURIOUS;
	*apic_reg(APIC_TPR) = 0;
	*apic_reg(APIC_LVT_LINT0) = LVT_EXTINT;
	*apic_reg(APIC_LVT_LINT1) = LVT_NMI;
	*apic_reg(APIC_LVT_ERROR) = LVT_MASKED;
	*apic_reg(APIC_TIMER_DIVIDE) = DIVIDE_BY_1;
	*apic_reg(APIC_LVT_TIMER) = LVT_MASKED;
	*apic_reg(APIC_TIMER_INITIAL) = ~0u; /* to be measured: counts down, no interrupt */
}

uint32_t apic_timer_count(void) { return *apic_reg(APIC_TIMER_CURRENT); }

void apic_timer_start(void)
{
	*apic_reg(APIC_TIMER_INITIAL) = 0;
	*apic_reg(APIC_LVT_TIMER) = VECTOR_TIMER | (apic_deadline_mode ? LVT_TSC_DEADLINE : 0);
	/* The write above must reach the APIC before the deadline's MSR is written. */
	__asm__ volatile("mfence" : : : "memory");
}

/* In the timer's own ticks from now, or the TSC's value in deadline mode; 0: never. */
void apic_timer_set(uint64_t v)
{
	if (apic_deadline_mode)
		wrmsr(MSR_TSC_DEADLINE, v);
	else
		*apic_reg(APIC_TIMER_INITIAL) = (uint32_t)v;
}

/* With interrupts off. Acknowledged before it is handled: a handler may idle. */
bool irq_handle(uint32_t vector)
{
	if (vector == VECTOR_TIMER) {
		*apic_reg(APIC_EOI) = 0;
		timer_interrupt();
	} else if (vector >= VECTOR_PIC && vector < VECTOR_PIC + NR_IRQS) {
		COUNT(irq);
		pic_interrupt(vector - VECTOR_PIC);
	} else if (vector != VECTOR_SPURIOUS) {
		return false;
	}
	return true;
}

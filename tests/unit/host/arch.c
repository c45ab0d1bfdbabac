/* SPDX-License-Identifier: GPL-2.0-only */
/* The rest of the arch contract on the host: memory, threads, time, no devices. */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/thread.h>
#include <asm/mm.h>
#include <host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 16

unsigned char host_ram[HOST_FRAMES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
struct cpu host_cpu;
bool host_preempt;
uint32_t host_preempt_points;
static uint64_t now;
static struct {
	const char *name;
	uint64_t value;
} options[MAX_OPTIONS];

void host_reset(void)
{
	memset(host_ram, 0, sizeof(host_ram));
	memset(&host_cpu, 0, sizeof(host_cpu));
	memset(options, 0, sizeof(options));
	list_init(&host_cpu.timers);
	host_preempt = false;
	host_preempt_points = 0;
	now = 0;
	arch_vtlb_init(0);
}

void host_boot_info(struct boot_info *b, uint32_t frames)
{
	memset(b, 0, sizeof(*b));
	b->loader = "host";
	b->nr_ram = 2;
	b->ram[0].base = (paddr_t)HOST_RAM_FIRST << PAGE_SHIFT;
	b->ram[0].len = (uint64_t)(frames / 2 - HOST_RAM_FIRST) << PAGE_SHIFT;
	b->ram[1].base = (paddr_t)(frames / 2 + 4) << PAGE_SHIFT;
	b->ram[1].len = (uint64_t)(frames / 2 - 4) << PAGE_SHIFT;
	b->nr_reserved = 1;
	b->reserved[0].base = (paddr_t)(HOST_RAM_FIRST + 2) << PAGE_SHIFT;
	b->reserved[0].len = PAGE_SIZE + 1; /* ends inside a frame: both are taken */
}

void host_set_option(const char *name, uint64_t value)
{
	for (unsigned i = 0; i < MAX_OPTIONS; i++) {
		if (!options[i].name || !strcmp(options[i].name, name)) {
			options[i].name = name;
			options[i].value = value;
			return;
		}
	}
	abort();
}

uint64_t host_option(const char *name, uint64_t def)
{
	for (unsigned i = 0; i < MAX_OPTIONS && options[i].name; i++)
		if (!strcmp(options[i].name, name))
			return options[i].value;
	return def;
}

void host_set_time(uint64_t ns) { now = ns; }

void arch_init(const struct boot_info *b) { (void)b; }
void arch_console_putc(char c) { fputc(c, stderr); }
_Noreturn void arch_halt(void) { abort(); }
_Noreturn void arch_reboot(void) { abort(); }
_Noreturn void arch_poweroff(void) { abort(); }
void arch_idle(void) { now += 1000; }
void arch_irq_window(void) {}
uint64_t arch_time_ns(void) { return now; }
uint32_t arch_time_khz(void) { return 1000000; }
uint64_t arch_wall_seconds(void) { return 1700000000; }
void arch_timer_set(uint64_t deadline) { host_cpu.arch.timer_deadline = deadline; }
void arch_irq_mask(uint32_t irq) { (void)irq; }
void arch_irq_unmask(uint32_t irq) { (void)irq; }
uint32_t arch_nr_irqs(void) { return 16; }
void arch_mark(uint8_t n) { (void)n; }
void arch_cpu_info(char *buf, size_t size) { snprintf(buf, size, "host"); }
const char *arch_caps(void) { return "host"; }
void arch_backtrace(void) {}
void arch_hypercall_page(void *page) { memset(page, 0xcc, PAGE_SIZE); }
void arch_vcpu_time(void *info) { (void)info; }

void arch_cache_geometry(uint32_t *size, uint32_t *ways, uint32_t *line)
{
	*size = 256 * 1024;
	*ways = 8; /* 8 colours */
	*line = 64;
}

void arch_thread_init(struct thread *t)
{
	memset(&t->arch, 0, sizeof(t->arch));
	t->arch.live = true;
}

void arch_thread_exit(struct thread *t) { t->arch.live = false; }
void arch_thread_get_regs(const struct thread *t, struct tagma_regs *r) { *r = t->arch.regs; }
void arch_thread_set_regs(struct thread *t, const struct tagma_regs *r) { t->arch.regs = *r; }
void arch_thread_set_start(struct thread *t, uint32_t si) { t->arch.start_info = si; }
void arch_thread_restart_hypercall(struct thread *t) { t->arch.hc_restarts++; }
void arch_thread_copy_fpu(struct thread *to, struct thread *from)
{
	(void)to;
	(void)from;
}
void arch_thread_save(struct thread *t, struct tagma_ext *e) { *e = t->arch.ext; }
void arch_thread_restore(struct thread *t, const struct tagma_ext *e) { t->arch.ext = *e; }
uint32_t arch_thread_sp(const struct thread *t) { return t->arch.regs.sp; }
void arch_thread_moved(struct thread *t) { (void)t; }

int arch_thread_set_tls(struct thread *t, const struct tagma_tls *tls)
{
	if (tls->slot > 2)
		return -22;
	t->arch.tls_slot = tls->slot;
	return 0;
}

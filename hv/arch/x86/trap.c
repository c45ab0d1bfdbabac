/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions: a guest's become faults, messages and forwarded traps; ours end in panic. */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/ipc.h>
#include <hv/panic.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/vtlb.h>

static inline void page_fault(struct thread *t, struct cpu *c)
{
	uint64_t addr = read_cr2(), page;
	uint32_t error = arch_of(t)->regs.error;
	uint32_t want = error & PF_FETCH ? TAGMA_X : error & PF_WRITE ? TAGMA_W : TAGMA_R;
	enum vtlb_result result;

	c->counter[COUNTER_page_fault]++;
	if (error & PF_RSVD)
		panic("page tables: reserved bit set at 0x%llx", (unsigned long long)addr);
	if (addr >> 32) { /* no 32-bit code gets there; no pager could map it */
		ipc_trap(t, TRAP_PF, (uint32_t)addr);
		return;
	}
	addr = (uint32_t)(addr - t->space->arch.base);
	page = addr >> PAGE_SHIFT;
	if (page >= t->space->arch.pages) { /* the limit was not checked */
		small_promote(t->space);
		return;
	}
	result = vtlb_miss(t->space, (vpn_t)page, want);
	if (result != VTLB_FILLED)
		ipc_fault(t, addr, want | result);
}

/* TCG counts a gate as 16 bytes in the error code of a refused `int n`; CPUs do 8. */
static uint32_t gp_code(uint32_t error)
{
	return cpu_is_tcg && (error & 7) == 2 ? error >> 4 << 3 | 2 : error;
}

/* The CPU does not say what was wrong. If it was not the limit, the trap comes again when
 * t's space has all there is. */
static bool beyond_limit(const struct thread *t)
{
	const struct arch_regs *r = &arch_of_const(t)->regs;

	return (r->vector == TRAP_GP || r->vector == TRAP_SS) && !r->error &&
	       small_promote(t->space);
}

static __attribute__((noinline)) void trap_other(struct thread *t, uint32_t vector)
{
	uint32_t error = arch_of(t)->regs.error;

	if (irq_handle(vector))
		return;
	COUNT(exception);
	if (vector == TRAP_NM)
		fpu_not_available(t);
	else if (!(vector == TRAP_GP && io_fault(t)) && !beyond_limit(t))
		ipc_trap(t, vector, vector == TRAP_GP ? gp_code(error) : error);
}

/* t's frame is in its descriptor. Returns the thread to resume. */
struct thread *trap_user(struct thread *t)
{
	struct cpu *c = this_cpu();

	if (c->latency)
		latency_note_begin(c);
	if (arch_of(t)->regs.vector == TRAP_PF)
		page_fault(t, c);
	else
		trap_other(t, arch_of(t)->regs.vector);
	if (c->latency)
		latency_note_end(c, LATENCY_TRAP);
	/* An IPC that has switched directly has nothing left to decide. */
	return c->current != t ? c->current : sched_exit();
}

static void print_frame(const struct kernel_frame *f)
{
	static const char name[][4] = { "r15", "r14", "r13", "r12", "r11", "r10", " r9", " r8",
					"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp" };
#define L(x) ((unsigned long)(x))
	kprintf("vector %u error 0x%x cr2 %016lx cr3 %016lx\n", f->vector, f->error, L(read_cr2()),
		L(read_cr3()));
	kprintf("rip %016lx cs %04lx flags %08lx rsp %016lx ss %04lx\n", L(f->ip), L(f->cs),
		L(f->flags), L(f->sp), L(f->ss));
	for (unsigned i = 0; i < ARRAY_SIZE(name); i++)
		kprintf("%s %016lx%c", name[i], L(f->gpr[i]), i % 4 == 3 ? '\n' : ' ');
	kprintf("\n");
#undef L
}

/* From idle or an interrupt window; or a bug, or the machine's end (NMI, #MC, #DF). */
void trap_kernel(struct kernel_frame *f)
{
	if (irq_handle(f->vector))
		return;
	if (f->vector == TRAP_DB) { /* a guest's single-stepping came in with sysenter */
		f->flags &= ~(uint64_t)EFLAGS_TF;
		return;
	}
	print_frame(f);
	symbol_print(f->ip);
	panic("%s", f->vector == TRAP_NMI  ? "non-maskable interrupt"
		    : f->vector == TRAP_MC ? "machine check"
		    : f->vector == TRAP_DF ? "double fault (stack overflow?)"
					   : "exception in the hypervisor");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions: a guest's become faults, messages and forwarded traps; ours end in panic. */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/panic.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <hv/vtlb.h>

#define RDHWR_TLS 0x7c00e83bu /* rdhwr rt, $29; rt in bits 16..20 */
#define RT(insn) ((insn) >> 16 & 31u)

/* The TLB does not say whether a miss was a fetch: it was if the address is the instruction's. */
static uint32_t fault_want(const struct arch_regs *r)
{
	uint32_t exc = CAUSE_EXC(r->cause);
	uint32_t ip = r->epc + (r->cause & CAUSE_BD ? 4 : 0);

	if (exc == EXC_MOD || exc == EXC_TLBS)
		return TAGMA_W;
	return exc == EXC_TLBXI || r->badvaddr == ip ? TAGMA_X : TAGMA_R;
}

static void page_fault(struct thread *t)
{
	const struct arch_regs *r = &arch_of(t)->regs;
	uint32_t want = fault_want(r), addr = r->badvaddr;
	vpn_t vpn = addr >> PAGE_SHIFT;
	enum vtlb_result result;

	COUNT(page_fault);
	if (want == TAGMA_W && vtlb_write(t->space, vpn)) /* its first write since it was entered */
		return;
	result = vtlb_miss(t->space, vpn, want);
	if (result != VTLB_FILLED)
		ipc_fault(t, addr, want | result);
	else if (want == TAGMA_W)
		vtlb_write(t->space, vpn);
}

/* In a branch's delay slot there is no way behind it: it is a trap like any other. */
static void system_call(struct thread *t)
{
	struct arch_regs *r = &arch_of(t)->regs;

	if (r->gpr[REG_V0] >= HYPERCALL_LIMIT || (r->cause & CAUSE_BD)) {
		COUNT(exception);
		ipc_trap(t, EXC_SYS, 0);
		return;
	}
	COUNT(hypercall);
	r->epc += 4;
	if (r->gpr[REG_V0] == __HYPERVISOR_tagma_ipc) /* the one that any thread may make */
		hc_ipc(t);
	else
		hypercall(t);
}

/* Reading UserLocal on a CPU that has none. */
static bool read_tls(struct thread *t)
{
	struct arch_thread *a = arch_of(t);
	uint32_t insn;

	if ((a->regs.cause & CAUSE_BD) ||
	    copy_from_guest(t->space, &insn, GVA(a->regs.epc), sizeof(insn), NULL))
		return false;
	if ((insn & ~(31u << 16)) != RDHWR_TLS)
		return false;
	a->regs.gpr[RT(insn)] = a->tls;
	a->regs.epc += 4;
	return true;
}

static bool trap_here(struct thread *t, uint32_t exc)
{
	switch (exc) {
	case EXC_ADEL:
	case EXC_ADES:
		return io_access(t);
	case EXC_RI:
		return read_tls(t);
	case EXC_CPU:
		if (CAUSE_CE(arch_of(t)->regs.cause) != 1 || !cpu_has_fpu)
			return false;
		fpu_not_available(t);
		return true;
	case EXC_MCHECK:
		panic("machine check: two TLB entries for 0x%x", arch_of(t)->regs.badvaddr);
	default:
		return false;
	}
}

static void trap_handle(struct thread *t)
{
	uint32_t cause = arch_of(t)->regs.cause, exc = CAUSE_EXC(cause);

	switch (exc) {
	case EXC_INT:
		irq_handle(cause);
		return;
	case EXC_MOD:
	case EXC_TLBL:
	case EXC_TLBS:
	case EXC_TLBRI:
	case EXC_TLBXI:
		page_fault(t);
		return;
	case EXC_SYS:
		system_call(t);
		return;
	default:
		COUNT(exception);
		if (!trap_here(t, exc))
			ipc_trap(t, exc,
				 exc == EXC_CPU ? CAUSE_CE(cause) : arch_of(t)->regs.badvaddr);
	}
}

/* t's registers are in its descriptor. Returns the thread to resume. */
struct thread *trap_user(struct thread *t)
{
	struct thread *to;

	latency_begin();
	trap_handle(t);
	latency_end(LATENCY_TRAP);
	/* An IPC that has switched directly has nothing left to decide; NULL: t is gone. */
	to = this_cpu()->current;
	return to && to != t ? to : sched_exit();
}

static void print_frame(const struct arch_regs *f)
{
	kprintf("cause %08x (exception %u) badvaddr %08x status %08x\n", f->cause,
		CAUSE_EXC(f->cause), f->badvaddr, f->status);
	kprintf("epc %08x hi %08x lo %08x entryhi %08x\n", f->epc, f->hi, f->lo, read_entryhi());
	for (unsigned i = 0; i < 32; i += 4)
		kprintf("r%u %08x %08x %08x %08x\n", i, f->gpr[i], f->gpr[i + 1], f->gpr[i + 2],
			f->gpr[i + 3]);
}

/* From idle or an interrupt window; or a bug. */
void trap_kernel(struct arch_regs *f)
{
	f->gpr[0] = f->gpr[26] = f->gpr[27] = 0; /* not saved */
	if (CAUSE_EXC(f->cause) == EXC_INT) {
		if (f->epc >= (uint32_t)idle_wait && f->epc < (uint32_t)idle_done)
			f->epc = (uint32_t)idle_done;
		irq_handle(f->cause);
		return;
	}
	print_frame(f);
	backtrace_from(f->epc, f->gpr[REG_SP], f->gpr[31]);
	panic("exception in the hypervisor");
}

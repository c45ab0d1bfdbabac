/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread's registers beyond what entries save. The FPU stays as it is until another
 * thread needs it: a guest runs with Status.CU1 set iff it is cpu->arch.fpu. UserLocal is
 * always the descriptor's, as a guest cannot write it.
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/space.h>

#define FCSR_HARMLESS                                                                     \
	0x0183ffffu	   /* no cause bit, or ctc1 itself would trap; FS, flags, enables \
			    */
#define FLAG_DELAY_SLOT 1u /* tagma_regs.flags */

static struct arch_cpu *cpu_arch(void) { return &this_cpu()->arch; }

/* The slow half of resume: t is not what the CPU holds, or its space or FPU right are not. */
struct thread *thread_load_regs(struct thread *t)
{
	struct arch_cpu *c = cpu_arch();

	if (c->space != t->space)
		vtlb_load_space(t->space);
	if (cpu_has_userlocal)
		write_userlocal(arch_of(t)->tls);
	c->status = ST_USER | (t == c->fpu ? ST_CU1 : 0);
	c->loaded = t;
	return t;
}

/* What `loaded` is allowed has changed: resume looks again. */
static void thread_reload(struct thread *t)
{
	if (cpu_arch()->loaded == t)
		cpu_arch()->space = NULL;
}

static void fpu_write_out(struct thread *t)
{
	write_status(ST_KERNEL | ST_CU1);
	ehb();
	fpu_save(arch_of(t)->fpr, &arch_of(t)->fcsr);
	write_status(ST_KERNEL);
	ehb();
}

void fpu_not_available(struct thread *t)
{
	struct arch_cpu *c = cpu_arch();

	COUNT(fpu_switch);
	if (c->fpu)
		fpu_write_out(c->fpu);
	write_status(ST_KERNEL | ST_CU1);
	ehb();
	fpu_restore(arch_of(t)->fpr, arch_of(t)->fcsr);
	write_status(ST_KERNEL);
	ehb();
	c->fpu = t;
	thread_reload(t);
}

void arch_thread_init(struct thread *t) { *arch_of(t) = (struct arch_thread){ 0 }; }

void arch_thread_exit(struct thread *t)
{
	struct arch_cpu *c = cpu_arch();

	if (c->fpu == t)
		c->fpu = NULL;
	if (c->loaded == t)
		c->loaded = NULL;
}

void arch_thread_get_regs(const struct thread *t, struct tagma_regs *r)
{
	const struct arch_thread *a = arch_of_const(t);

	*r = (struct tagma_regs){
		.trap = CAUSE_EXC(a->regs.cause),
		.code = a->regs.badvaddr,
		.ip = a->regs.epc,
		.flags = a->regs.cause & CAUSE_BD ? FLAG_DELAY_SLOT : 0,
		.hi = a->regs.hi,
		.lo = a->regs.lo,
		.tls = a->tls,
	};
	for (unsigned i = 1; i < 32; i++)
		r->gpr[i] = a->regs.gpr[i];
	r->gpr[26] = r->gpr[27] = 0;
}

/* Any value will do: what is not for users traps when it is used. */
void arch_thread_set_regs(struct thread *t, const struct tagma_regs *r)
{
	struct arch_thread *a = arch_of(t);

	for (unsigned i = 1; i < 32; i++)
		a->regs.gpr[i] = r->gpr[i];
	a->regs.epc = r->ip;
	a->regs.hi = r->hi;
	a->regs.lo = r->lo;
	a->tls = r->tls;
	thread_reload(t);
}

void arch_thread_set_start(struct thread *t, uint32_t start_info)
{
	arch_of(t)->regs.gpr[REG_A0] = start_info;
}

/* trap.c has put it behind `syscall`, and the registers still have the arguments. */
void arch_thread_restart_hypercall(struct thread *t) { arch_of(t)->regs.epc -= 4; }

int arch_thread_set_tls(struct thread *t, const struct tagma_tls *tls)
{
	if (tls->slot || tls->flags)
		return -XEN_EINVAL;
	arch_of(t)->tls = tls->base;
	thread_reload(t);
	return 0;
}

void arch_thread_copy_fpu(struct thread *to, struct thread *from)
{
	struct arch_cpu *c = cpu_arch();

	if (to == from)
		return;
	if (c->fpu == from)
		fpu_write_out(from);
	if (c->fpu == to) {
		c->fpu = NULL;
		thread_reload(to);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(arch_of(to)->fpr); i++)
		arch_of(to)->fpr[i] = arch_of(from)->fpr[i];
	arch_of(to)->fcsr = arch_of(from)->fcsr;
}

void arch_thread_save(struct thread *t, struct tagma_ext *e)
{
	const struct arch_thread *a = arch_of_const(t);

	if (cpu_arch()->fpu == t)
		fpu_write_out(t);
	*e = (struct tagma_ext){ .fcsr = a->fcsr };
	for (unsigned i = 0; i < ARRAY_SIZE(a->fpr); i++)
		e->fpr[i] = a->fpr[i];
}

void arch_thread_restore(struct thread *t, const struct tagma_ext *e)
{
	struct arch_thread *a = arch_of(t);

	for (unsigned i = 0; i < ARRAY_SIZE(a->fpr); i++)
		a->fpr[i] = e->fpr[i];
	a->fcsr = e->fcsr & FCSR_HARMLESS;
}

uint32_t arch_thread_sp(const struct thread *t) { return arch_of_const(t)->regs.gpr[REG_SP]; }

void arch_thread_moved(struct thread *t) { (void)t; } /* resume compares the spaces */

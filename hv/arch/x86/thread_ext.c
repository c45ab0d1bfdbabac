/* SPDX-License-Identifier: GPL-2.0-only */
/* TLS descriptors and FPU state of a thread, for writeback and reload. */
#include <asm/internal.h>
#include <hv/arch.h>

#define TLS_FIXED 0x0040f30000000000ull	 /* present, DPL 3, writable, accessed, 32 bit */
#define TLS_CHOICE 0xff8f00ffffffffffull /* base, limit, granularity: any value will do */
#define FXSAVE_MXCSR 24
#define MXCSR_ALL 0xffbfu /* without DAZ, which the first processors lack: a 1 there faults */
#define FXSAVE_USED 416	  /* the rest is not the processor's */

void arch_thread_save(const struct thread *t, struct tagma_ext *e)
{
	struct arch_cpu *c = &this_cpu()->arch;
	const struct arch_thread *a = arch_of_const(t);
	bool live = c->fpu == t;

	for (unsigned i = 0; i < 3; i++)
		e->tls[i] = a->tls[i];
	if (live && c->ts)
		clts();
	if (live)
		__asm__ volatile("fxsave64 %0" : "=m"(arch_of((struct thread *)(uintptr_t)t)->fpu));
	if (live && c->ts)
		write_cr0(read_cr0() | CR0_TS);
	__builtin_memcpy(e->fpu, a->fpu, sizeof(e->fpu));
}

void arch_thread_restore(struct thread *t, const struct tagma_ext *e)
{
	struct arch_thread *a = arch_of(t);
	uint32_t *mxcsr = (uint32_t *)(void *)&a->fpu[FXSAVE_MXCSR];

	for (unsigned i = 0; i < 3; i++)
		a->tls[i] = e->tls[i] ? (e->tls[i] & TLS_CHOICE) | TLS_FIXED : 0;
	thread_tls_changed(t);
	__builtin_memcpy(a->fpu, e->fpu, FXSAVE_USED);
	*mxcsr &= MXCSR_ALL;
}

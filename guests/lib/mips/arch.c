/* SPDX-License-Identifier: GPL-2.0-only */
/* What guests/lib needs of MIPS out of line. */
#include <stdlib.h>
#include <tagma/console.h>
#include <tagma/hypercall.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>

#include <tagma/arch_lib.h>
#include "upcall_asm.h"

_Static_assert(ASM_TAGMA_DOMAIN == __HYPERVISOR_tagma_domain, "upcall_asm.h");
_Static_assert(ASM_TAGMA_DOMAIN_iret == TAGMA_DOMAIN_iret, "upcall_asm.h");

#define FRAME_ARGUMENTS 16 /* o32: a callee may keep its first four there */
enum { REG_A0 = 4, REG_T9 = 25, REG_SP = 29, REG_RA = 31 };

/* The stack canary of Debian's libraries is an ordinary variable. */
extern uint32_t __stack_chk_guard;
uint32_t __stack_chk_guard;

/* A zero byte stops string copies from running over it. */
void arch_tls_init(void) { __stack_chk_guard = (uint32_t)arch_cycles() << 8; }

int arch_tls_thread(uint32_t id)
{
	(void)id; /* these kernels keep nothing behind UserLocal */
	return 0;
}

static _Noreturn void thread_returned(void)
{
	thread_unload(TAGMA_SELF, 0);
	abort();
}

void arch_thread_regs(struct tagma_regs *r, void (*fn)(void *arg), void *arg, void *stack_top)
{
	uintptr_t sp = ((uintptr_t)stack_top & ~(uintptr_t)15) - FRAME_ARGUMENTS;

	*r = (struct tagma_regs){ .ip = (uint32_t)(uintptr_t)fn };
	r->gpr[REG_A0] = (uint32_t)(uintptr_t)arg;
	r->gpr[REG_T9] = r->ip;
	r->gpr[REG_SP] = (uint32_t)sp;
	r->gpr[REG_RA] = (uint32_t)(uintptr_t)thread_returned;
}

/* Numbers that are no hypercalls' are traps of this kernel: the page's slots make none. */
long arch_hypercall_raw(uint32_t nr, const uint32_t arg[5])
{
	register uint32_t v0 __asm__("$2");
	register uint32_t a0 __asm__("$4");
	register uint32_t a1 __asm__("$5");
	register uint32_t a2 __asm__("$6");
	register uint32_t a3 __asm__("$7");
	register uint32_t t0 __asm__("$8");

	v0 = nr % 128;
	a0 = arg[0];
	a1 = arg[1];
	a2 = arg[2];
	a3 = arg[3];
	t0 = arg[4];
	__asm__ volatile("syscall"
			 : "+r"(v0), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(t0)
			 :
			 : "$9", "memory");
	return (long)v0;
}

_Noreturn void __stack_chk_fail(void);

_Noreturn void __stack_chk_fail(void)
{
	hv_printf("guest: stack smashed\n");
	guest_shutdown(SHUTDOWN_crash);
}

void upcall_dump(const struct tagma_frame *f)
{
	const struct tagma_regs *r = &f->regs;

	hv_printf("trap %u code 0x%x address 0x%x space 0x%x\n", r->trap, r->code, f->fault,
		  f->space);
	hv_printf("pc %08x hi %08x lo %08x tls %08x\n", r->ip, r->hi, r->lo, r->tls);
	for (unsigned int i = 0; i < 32; i += 4)
		hv_printf("r%-2u %08x %08x %08x %08x\n", i, r->gpr[i], r->gpr[i + 1], r->gpr[i + 2],
			  r->gpr[i + 3]);
}

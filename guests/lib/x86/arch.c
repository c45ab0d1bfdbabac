/* SPDX-License-Identifier: GPL-2.0-only */
/* What guests/lib needs of x86 out of line. */
#include <stdlib.h>
#include <tagma/console.h>
#include <tagma/hypercall.h>
#include <tagma/thread.h>
#include <tagma/upcall.h>

#include <tagma/arch_lib.h>
#include "upcall_asm.h"

_Static_assert(ASM_TAGMA_DOMAIN == __HYPERVISOR_tagma_domain, "upcall_asm.h");
_Static_assert(ASM_TAGMA_DOMAIN_iret == TAGMA_DOMAIN_iret, "upcall_asm.h");

#define TLS_SLOT 0
#define EFLAGS_IF 0x202u

/* i386's ABI: the thread block's own address at gs:0, the stack canary at gs:0x14. Debian's
 * libraries are built with it. One block serves all threads of the kernel. */
static struct {
	void *self;
	uint32_t unused[4];
	uint32_t canary;
} tls_block;
_Static_assert(__builtin_offsetof(__typeof__(tls_block), canary) == 0x14, "ABI");

void arch_tls_init(void)
{
	long err;

	tls_block.self = &tls_block;
	/* A zero byte stops string copies from running over it. */
	tls_block.canary = (uint32_t)arch_cycles() << 8;
	err = arch_tls_thread(TAGMA_SELF);
	if (err) {
		hv_printf("guest: cannot set its TLS segment: error %ld\n", -err);
		guest_shutdown(SHUTDOWN_crash);
	}
	__asm__ volatile("movw %w0,%%gs" ::"r"(TAGMA_TLS_SEL(TLS_SLOT)));
}

int arch_tls_thread(uint32_t id)
{
	return thread_set_tls(id, TLS_SLOT, (uint32_t)(uintptr_t)&tls_block, sizeof(tls_block) - 1,
			      0);
}

static _Noreturn void thread_returned(void)
{
	thread_unload(TAGMA_SELF, 0);
	abort();
}

void arch_thread_regs(struct tagma_regs *r, void (*fn)(void *arg), void *arg, void *stack_top)
{
	uint32_t *sp = (uint32_t *)((uintptr_t)stack_top & ~(uintptr_t)15) - 4;

	sp[0] = (uint32_t)(uintptr_t)arg;
	*--sp = (uint32_t)(uintptr_t)thread_returned;
	*r = (struct tagma_regs){
		.ip = (uint32_t)(uintptr_t)fn,
		.sp = (uint32_t)(uintptr_t)sp,
		.flags = EFLAGS_IF,
		.tls = TAGMA_TLS_SEL(TLS_SLOT),
	};
}

long arch_hypercall_raw(uint32_t nr, const uint32_t arg[5])
{
	uint32_t a = arg[0], b = arg[1], c = arg[2], d = arg[3], e = arg[4];
	uint32_t entry = (uint32_t)(uintptr_t)hypercall_page + nr % 128 * 32;
	long ret;

	/* eax holds the target only until the stub loads the call's number. */
	__asm__ volatile("call *%%eax"
			 : "=a"(ret), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e)
			 : "0"(entry)
			 : "memory", "cc");
	return ret;
}

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail_local(void);

_Noreturn void __stack_chk_fail(void)
{
	hv_printf("guest: stack smashed\n");
	guest_shutdown(SHUTDOWN_crash);
}

_Noreturn void __stack_chk_fail_local(void) { __stack_chk_fail(); }

void upcall_dump(const struct tagma_frame *f)
{
	const struct tagma_regs *r = &f->regs;

	hv_printf("trap %u code 0x%x address 0x%x space 0x%x\n", r->trap, r->code, f->fault,
		  f->space);
	hv_printf("eip %08x eflags %08x esp %08x ebp %08x\n", r->ip, r->flags, r->sp, r->bp);
	hv_printf("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x\n", r->ax, r->bx, r->cx,
		  r->dx, r->si, r->di);
}

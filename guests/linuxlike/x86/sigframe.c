/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signal frames as i386 Linux lays them out, and the way back from them.
 *
 *     high   interrupted stack
 *            struct fpstate (FXSR form), fxsave part on a multiple of 16
 *            rt: retcode, struct ucontext, struct siginfo
 *            old: retcode, extra mask word, (unused fpstate pointer), struct sigcontext
 *            rt: &ucontext, &siginfo;  signal number
 *     sp ->  return address: SA_RESTORER's, or the signal page's
 */
#include "../lx_errno.h"
#include "../loop.h"
#include "../mm.h"
#include "../syscall.h"
#include "../task_struct.h"
#include <string.h>

#define ENTRY_ADDR(n) (SIGPAGE_ADDR + 32u * (n))
#define PAGE_ENTER ENTRY_ADDR(0)
#define PAGE_SIGRETURN ENTRY_ADDR(1)
#define PAGE_RT_SIGRETURN ENTRY_ADDR(2)
#define PAGE_LEAVE ENTRY_ADDR(3)

#define FPSTATE_SIZE 624u
#define FPSTATE_FXSAVE 112u
#define USER_CS 0x73u /* what Linux shows in a frame; they are not taken from it */
#define USER_DS 0x7bu
#define FLAGS_USER 0x40dd5u /* AC OF DF TF SF ZF AF PF CF: what sigreturn may set */

struct sigcontext_abi {
	uint32_t gs, fs, es, ds, di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip, cs, flags,
		sp_at_signal, ss, fpstate, oldmask, cr2;
};
struct ucontext_abi {
	uint32_t flags, link;
	struct altstack_abi stack;
	struct sigcontext_abi mc;
	uint32_t sigmask[2];
};
struct rt_frame {
	uint32_t ret;
	int32_t sig;
	uint32_t pinfo, puc;
	struct siginfo_abi info;
	struct ucontext_abi uc;
	uint8_t retcode[8];
};
struct old_frame {
	uint32_t ret;
	int32_t sig;
	struct sigcontext_abi sc;
	uint8_t unused[FPSTATE_SIZE];
	uint32_t extramask;
	uint8_t retcode[8];
};
_Static_assert(sizeof(struct sigcontext_abi) == 88, "struct sigcontext of i386");
_Static_assert(offsetof(struct rt_frame, uc) == 144, "struct rt_sigframe of i386");
_Static_assert(offsetof(struct ucontext_abi, sigmask) == 108, "struct ucontext of i386");
_Static_assert(offsetof(struct old_frame, extramask) == 720, "struct sigframe of i386");

/* Debuggers and unwinders know a frame by these bytes. */
static const uint8_t rt_code[8] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0 };
static const uint8_t old_code[8] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };

static void context_fill(struct sigcontext_abi *c, const struct task *t, ksigset_t mask)
{
	const struct tagma_regs *r = &t->regs;

	*c = (struct sigcontext_abi){
		.gs = r->tls & 0xffff,
		.fs = r->tls >> 16,
		.es = USER_DS,
		.ds = USER_DS,
		.di = r->di,
		.si = r->si,
		.bp = r->bp,
		.sp = r->sp,
		.bx = r->bx,
		.dx = r->dx,
		.cx = r->cx,
		.ax = r->ax,
		.ip = r->ip,
		.cs = USER_CS,
		.flags = r->flags,
		.sp_at_signal = r->sp,
		.ss = USER_DS,
		.oldmask = (uint32_t)mask,
	};
	if (t->entry == ENTRY_FAULT) {
		c->trapno = 14;
		c->err = 4u | (t->fault_want & TAGMA_W ? 2u : 0) |
			 (t->fault_want & TAGMA_FAULT_PRESENT ? 1u : 0);
		c->cr2 = t->fault_addr;
	} else if (t->entry == ENTRY_TRAP && !arch_is_syscall(r)) {
		c->trapno = r->trap;
		c->err = r->code;
	}
}

static bool on_altstack(const struct task *t, uptr_t sp)
{
	return !(t->altstack.flags & SS_DISABLE) && sp > t->altstack.sp &&
	       sp - t->altstack.sp <= t->altstack.size;
}

static uptr_t frame_top(const struct task *t, uint32_t sa_flags)
{
	uptr_t sp = t->regs.sp;

	if ((sa_flags & SA_ONSTACK) && !(t->altstack.flags & SS_DISABLE) && !on_altstack(t, sp))
		sp = t->altstack.sp + t->altstack.size;
	return sp;
}

static void altstack_report(struct task *t, struct altstack_abi *s)
{
	*s = t->altstack;
	if (!(s->flags & SS_DISABLE) && on_altstack(t, t->regs.sp))
		s->flags |= SS_ONSTACK;
	if (t->altstack.flags & SS_AUTODISARM)
		t->altstack = (struct altstack_abi){ .flags = SS_DISABLE };
}

static int push_rt(struct task *t, const struct siginfo_abi *i, const struct sigaction_abi *a,
		   ksigset_t mask, uptr_t at, uptr_t fp)
{
	struct rt_frame f = { .sig = i->signo, .info = *i };

	f.ret = a->flags & SA_RESTORER ? a->restorer : PAGE_RT_SIGRETURN;
	f.pinfo = at + (uint32_t)offsetof(struct rt_frame, info);
	f.puc = at + (uint32_t)offsetof(struct rt_frame, uc);
	context_fill(&f.uc.mc, t, mask);
	f.uc.mc.fpstate = fp;
	altstack_report(t, &f.uc.stack);
	f.uc.sigmask[0] = (uint32_t)mask;
	f.uc.sigmask[1] = (uint32_t)(mask >> 32);
	memcpy(f.retcode, rt_code, sizeof(f.retcode));
	t->regs.dx = f.pinfo;
	t->regs.cx = f.puc;
	return copy_to_user(at, &f, sizeof(f));
}

static int push_old(struct task *t, const struct siginfo_abi *i, const struct sigaction_abi *a,
		    ksigset_t mask, uptr_t at, uptr_t fp)
{
	struct old_frame f = { .sig = i->signo, .extramask = (uint32_t)(mask >> 32) };

	f.ret = a->flags & SA_RESTORER ? a->restorer : PAGE_SIGRETURN;
	context_fill(&f.sc, t, mask);
	f.sc.fpstate = fp;
	memcpy(f.retcode, old_code, sizeof(f.retcode));
	t->regs.dx = t->regs.cx = 0;
	return copy_to_user(at, &f, sizeof(f));
}

int arch_sigframe_push(struct task *t, const struct siginfo_abi *i, const struct sigaction_abi *a,
		       ksigset_t oldmask)
{
	bool rt = a->flags & SA_SIGINFO;
	uint32_t size = rt ? sizeof(struct rt_frame) : sizeof(struct old_frame);
	uptr_t top, fp, at;
	int err;

	hw_fetch_regs(t);
	top = frame_top(t, a->flags);
	if (on_altstack(t, t->regs.sp) && top - t->altstack.sp < size + FPSTATE_SIZE + 64)
		return -EFAULT; /* it would run over the alternate stack's end */
	fp = ((top - FPSTATE_SIZE) & ~15u);
	/* As after a call: sp + 4 is a multiple of 16. */
	at = ((fp - size + 4) & ~15u) - 4;
	err = rt ? push_rt(t, i, a, oldmask, at, fp) : push_old(t, i, a, oldmask, at, fp);
	if (err)
		return err;
	t->regs.sp = at;
	t->regs.ip = PAGE_ENTER;
	t->regs.ax = (uint32_t)i->signo;
	t->regs.bp = a->handler;
	t->regs.si = fp;
	t->regs.flags &= ~0x500u; /* DF, TF */
	t->regs_dirty = true;
	return 0;
}

static void context_take(struct task *t, const struct sigcontext_abi *c)
{
	struct tagma_regs *r = &t->regs;

	r->tls = (c->gs & 0xffff) | c->fs << 16;
	r->di = c->di;
	r->si = c->si;
	r->bp = c->bp;
	r->sp = c->sp;
	r->bx = c->bx;
	r->dx = c->dx;
	r->cx = c->cx;
	r->ax = c->ax;
	r->ip = c->ip;
	r->flags = (r->flags & ~FLAGS_USER) | (c->flags & FLAGS_USER);
}

static void altstack_restore(struct task *t, const struct altstack_abi *s)
{
	struct altstack_abi n = { s->sp, s->flags & (SS_DISABLE | SS_AUTODISARM), s->size };

	if (!(n.flags & SS_DISABLE) && n.size < MINSIGSTKSZ)
		return;
	t->altstack = n;
}

static int32_t bad_frame(void)
{
	signal_fault(SIGSEGV, SI_KERNEL, 0);
	current->syscall_nr = -1;
	return (int32_t)current->regs.ax;
}

/*
 * The frame at `at` becomes the registers. With an FPU state in it, the first call
 * (from a restorer) goes by way of the signal page, which loads that and calls again.
 */
static int32_t frame_return(uptr_t at, bool rt, bool fpu_done)
{
	struct task *t = current;
	struct sigcontext_abi c;
	struct ucontext_abi uc;
	ksigset_t mask;
	uint32_t extra;
	uptr_t ctx = at + (rt ? offsetof(struct rt_frame, uc) + offsetof(struct ucontext_abi, mc)
			      : offsetof(struct old_frame, sc));

	if (copy_from_user(&c, ctx, sizeof(c)))
		return bad_frame();
	if (c.fpstate && !fpu_done) {
		t->regs.si = c.fpstate;
		t->regs.bx = rt;
		t->regs.sp = at;
		t->regs.ip = PAGE_LEAVE;
		t->syscall_nr = -1;
		return (int32_t)t->regs.ax;
	}
	if (rt) {
		if (copy_from_user(&uc, at + (uint32_t)offsetof(struct rt_frame, uc), sizeof(uc)))
			return bad_frame();
		mask = uc.sigmask[0] | (ksigset_t)uc.sigmask[1] << 32;
		altstack_restore(t, &uc.stack);
	} else {
		if (get_user32(&extra, at + (uint32_t)offsetof(struct old_frame, extramask)))
			return bad_frame();
		mask = c.oldmask | (ksigset_t)extra << 32;
	}
	context_take(t, &c);
	signal_mask_set(t, mask);
	t->syscall_nr = -1; /* nothing to restart */
	return (int32_t)t->regs.ax;
}

/* The handler has returned: its return address is off the stack; the old code popped the number
 * too. */
int32_t sys_sigreturn(const uint32_t a[6])
{
	(void)a;
	return frame_return(current->regs.sp - 8, false, false);
}

int32_t sys_rt_sigreturn(const uint32_t a[6])
{
	(void)a;
	return frame_return(current->regs.sp - 4, true, false);
}

int32_t sys_sigpage_leave(const uint32_t a[6])
{
	return frame_return(current->regs.sp, a[0] != 0, true);
}

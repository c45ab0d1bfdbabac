/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread's registers beyond the frame. Segment selectors, TLS slots and the FPU
 * stay in the CPU until another thread needs it: `loaded` and `fpu` say whose they are.
 * Invariants: a guest runs with CR0.TS clear iff it is `fpu`. A thread has a view only
 * if its slots and selectors are ready for its space: LOAD_THREAD loads them unseen.
 */
#include <asm/internal.h>
#include <hv/arch.h>
#include <hv/space.h>
#include <public/tagma.h>

#define TLS_DESCRIPTOR 0x0040f30000000000ull /* present, DPL 3, writable, accessed, 32 bit */
#define TLS_GRANULARITY (1ull << 55)
#define TLS_CHOICE 0xff8f00ffffffffffull /* base, limit, granularity: any value will do */
#define FPU_CW 0x37f
#define FPU_MXCSR 0x1f80
#define MXCSR_ALL 0xffbfu /* without DAZ, which the first processors lack: a 1 there faults */
#define FXSAVE_MXCSR 24
#define FXSAVE_USED 416 /* the rest is not the processor's */

/* No loop: a trap has little else to do. */
#define EACH_GPR(X) X(ax) X(bx) X(cx) X(dx) X(si) X(di) X(bp)

#define READ_SEG(seg)                                               \
	({                                                          \
		uint16_t v_;                                        \
		__asm__ volatile("mov %%" #seg ", %0" : "=rm"(v_)); \
		v_;                                                 \
	})
#define WRITE_SEG(seg, v) __asm__ volatile("mov %w0, %%" #seg : : "r"((uint32_t)(v)))

static struct arch_cpu *cpu_arch(void) { return &this_cpu()->arch; }

/* The selector if loading it cannot fault, else the null selector. */
static uint16_t harmless_selector(const struct arch_thread *a, uint16_t sel)
{
	unsigned i = (unsigned)(sel >> 3) - GDT_TLS_FIRST;

	sel |= 3;
	if (sel == SEL_GUEST_DS || sel == SEL_GUEST_CS32)
		return sel;
	return !(sel & 4) && i < GDT_TLS_SLOTS && a->tls_in[i] ? sel : 0;
}

static void save_selectors(struct arch_thread *a)
{
	a->ds = READ_SEG(ds);
	a->es = READ_SEG(es);
	a->fs = READ_SEG(fs);
	a->gs = READ_SEG(gs);
}

/* The descriptor becomes the truth: what follows may change it. */
static void thread_unload_regs(struct thread *t)
{
	struct arch_cpu *c = cpu_arch();

	if (c->loaded != t)
		return;
	save_selectors(arch_of(t));
	c->loaded = NULL;
}

/* Writes of control registers are slow: not when it is right already. */
static void set_ts(bool ts)
{
	struct arch_cpu *c = cpu_arch();

	if (c->ts == ts)
		return;
	c->ts = ts;
	if (ts)
		write_cr0(read_cr0() | CR0_TS);
	else
		clts();
}

/* A key that no other thread has sends all its switches through here. */
static void update_key(struct thread *t)
{
	struct arch_thread *a = arch_of(t);
	bool unique = a->tls[1] | a->tls[2] || cpu_arch()->fpu == t;

	/* No descriptor (a 64-bit one would be L) looks like the address of a thread. */
	a->key = unique ? (unsigned long)t : a->tls[0];
}

static void set_fpu(struct thread *t)
{
	struct thread *old = cpu_arch()->fpu;

	cpu_arch()->fpu = t;
	if (old)
		update_key(old);
	if (t)
		update_key(t);
}

static void make_view(struct arch_thread *a, const struct arch_space *in)
{
	for (unsigned i = 0; i < GDT_TLS_SLOTS; i++)
		a->tls_in[i] = small_move_segment(a->tls[i], in);
	a->ds = harmless_selector(a, a->ds);
	a->es = harmless_selector(a, a->es);
	a->fs = harmless_selector(a, a->fs);
	a->gs = harmless_selector(a, a->gs);
	a->view = in->data;
}

static void load_selectors(struct arch_thread *a, const struct arch_space *in)
{
	if (!a->view)
		make_view(a, in);
	desc_set_tls(a->tls_in);
	WRITE_SEG(ds, a->ds);
	WRITE_SEG(es, a->es);
	WRITE_SEG(fs, a->fs);
	WRITE_SEG(gs, a->gs);
	a->regs.ss = SEL_GUEST_DS; /* the guest may have had a TLS slot there */
}

/* Called on the way out, when t is not what the CPU holds, or its ip is not within its
 * space: the slow half of resume. */
struct thread *thread_load_regs(struct thread *t)
{
	struct arch_cpu *c = cpu_arch();
	struct arch_thread *a = arch_of(t);
	bool moved;

	a->regs.ip = (uint32_t)a->regs.ip;
	while (a->regs.ip >> PAGE_SHIFT >= t->space->arch.pages && small_promote(t->space))
		;
	moved = c->space != t->space;
	if (moved)
		vtlb_load_space(t->space);
	io_load_space(t->space);
	if (c->loaded == t && !moved)
		return t;
	if (c->loaded)
		save_selectors(arch_of(c->loaded));
	set_ts(t != c->fpu);
	load_selectors(a, &t->space->arch);
	boot_tss.rsp[0] = (unsigned long)(&a->regs + 1);
	c->loaded = t;
	return t;
}

/* t's FPU state goes to its descriptor, and is nobody's for now. */
static void fpu_flush(struct thread *t)
{
	if (cpu_arch()->fpu != t)
		return;
	set_ts(false);
	__asm__ volatile("fxsave64 %0" : "=m"(arch_of(t)->fpu));
	set_ts(true);
	set_fpu(NULL);
}

void fpu_not_available(struct thread *t)
{
	COUNT(fpu_switch);
	if (cpu_arch()->fpu)
		fpu_flush(cpu_arch()->fpu);
	set_ts(false);
	__asm__ volatile("fxrstor64 %0" : : "m"(arch_of(t)->fpu));
	set_fpu(t);
}

void arch_thread_init(struct thread *t)
{
	struct arch_thread *a = arch_of(t);

	*a = (struct arch_thread){ .kstack = (unsigned long)this_cpu() + CPU_AREA_SIZE };
	a->ds = a->es = SEL_GUEST_DS;
	a->regs.cs = SEL_GUEST_CS32;
	a->regs.ss = SEL_GUEST_DS;
	a->regs.flags = EFLAGS_FIXED | EFLAGS_IF;
	*(uint16_t *)(void *)&a->fpu[0] = FPU_CW;
	*(uint32_t *)(void *)&a->fpu[FXSAVE_MXCSR] = FPU_MXCSR;
}

void arch_thread_exit(struct thread *t)
{
	struct arch_cpu *c = cpu_arch();

	if (c->fpu == t)
		set_fpu(NULL);
	if (c->loaded == t)
		c->loaded = NULL;
}

void arch_thread_get_regs(const struct thread *t, struct tagma_regs *r)
{
	const struct arch_thread *a = arch_of_const(t);
	const struct arch_regs *g = &a->regs;
	bool live = cpu_arch()->loaded == t;

	*r = (struct tagma_regs){
		.trap = g->vector,
		.code = g->error,
		.ip = (uint32_t)g->ip,
		.flags = (uint32_t)g->flags,
		.sp = (uint32_t)g->sp,
	};
#define GET(name) r->name = (uint32_t)g->name;
	EACH_GPR(GET)
	r->tls = live ? READ_SEG(gs) | (uint32_t)READ_SEG(fs) << 16 : a->gs | (uint32_t)a->fs << 16;
}

/* ds and es become flat: a guest kernel entered by a forwarded trap relies on it. */
void arch_thread_set_regs(struct thread *t, const struct tagma_regs *r)
{
	struct arch_thread *a = arch_of(t);
	struct arch_regs *g = &a->regs;
	uint16_t gs = (uint16_t)r->tls, fs = (uint16_t)(r->tls >> 16);

	g->ip = r->ip;
	g->flags = (r->flags & EFLAGS_USER) | EFLAGS_FIXED | EFLAGS_IF;
	g->sp = r->sp;
#define SET(name) g->name = r->name;
	EACH_GPR(SET)
	if (cpu_arch()->loaded == t && READ_SEG(ds) == SEL_GUEST_DS &&
	    READ_SEG(es) == SEL_GUEST_DS && READ_SEG(fs) == fs && READ_SEG(gs) == gs)
		return;
	thread_unload_regs(t);
	if (a->fs != fs || a->gs != gs)
		a->view = 0;
	a->ds = a->es = SEL_GUEST_DS;
	a->fs = fs;
	a->gs = gs;
}

void arch_thread_moved(struct thread *t)
{
	if (arch_of(t)->view != t->space->arch.data)
		arch_of(t)->view = 0;
}

void arch_thread_set_start(struct thread *t, uint32_t start_info)
{
	arch_of(t)->regs.si = start_info;
}

/* syscall, int $0x82 and the int that follows each sysenter are all two bytes long,
 * and the frame still has the arguments. */
void arch_thread_restart_hypercall(struct thread *t)
{
	arch_of(t)->regs.ip = (uint32_t)(arch_of(t)->regs.ip - 2);
}

int arch_thread_set_tls(struct thread *t, const struct tagma_tls *tls)
{
	uint64_t base = tls->base, limit = tls->limit, d;
	struct arch_thread *a = arch_of(t);

	if (tls->slot >= GDT_TLS_SLOTS || limit > 0xfffff || (tls->flags & ~TAGMA_TLS_PAGES))
		return -XEN_EINVAL;
	d = TLS_DESCRIPTOR | (limit & 0xffff) | (base & 0xffffff) << 16 | (limit >> 16) << 48 |
	    (base >> 24) << 56;
	if (tls->flags & TAGMA_TLS_PAGES)
		d |= TLS_GRANULARITY;
	thread_unload_regs(t);
	a->tls[tls->slot] = limit ? d : 0;
	a->view = 0;
	update_key(t);
	return 0;
}

void arch_thread_copy_fpu(struct thread *to, struct thread *from)
{
	if (to == from)
		return;
	fpu_flush(from);
	fpu_flush(to);
	__builtin_memcpy(arch_of(to)->fpu, arch_of(from)->fpu, sizeof(arch_of(to)->fpu));
}

void arch_thread_save(struct thread *t, struct tagma_ext *e)
{
	const struct arch_thread *a = arch_of(t);

	fpu_flush(t);
	__builtin_memcpy(e->tls, a->tls, sizeof(e->tls));
	__builtin_memcpy(e->fpu, a->fpu, sizeof(e->fpu));
}

void arch_thread_restore(struct thread *t, const struct tagma_ext *e)
{
	struct arch_thread *a = arch_of(t);
	uint32_t *mxcsr = (uint32_t *)(void *)&a->fpu[FXSAVE_MXCSR];

	for (unsigned i = 0; i < GDT_TLS_SLOTS; i++)
		a->tls[i] = e->tls[i] ? (e->tls[i] & TLS_CHOICE) | TLS_DESCRIPTOR : 0;
	a->view = 0;
	update_key(t);
	__builtin_memcpy(a->fpu, e->fpu, FXSAVE_USED);
	*mxcsr &= MXCSR_ALL;
}

uint32_t arch_thread_sp(const struct thread *t) { return (uint32_t)arch_of_const(t)->regs.sp; }

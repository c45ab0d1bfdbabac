/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small spaces (seed L4-10; docs/small-spaces.md): which part of linear memory a space's
 * segments open.
 *
 *   small   a piece of the window                        base != 0
 *   large   all below the window, page tables of its own  base 0, WINDOW_BASE
 *   alone   4 GB of its own, without the window           base 0, 4 GB
 *
 * A space that touches what lies beyond its limit becomes the next of these, and the
 * access is tried again; an access that faults in a space that is alone is an error of
 * the guest's. Where limits are not used all spaces are alone, and none is ever moved.
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/frame.h>
#include <hv/space.h>
#include <string.h>

#define UNIT_PAGES 512u /* the window is given out in 2 MB, one leaf table each */
#define NR_UNITS (WINDOW_PAGES / UNIT_PAGES)
#define MIN_PAGES 1024u	  /* 4 MB, and a multiple of that, up to */
#define MAX_PAGES 131072u /* 512 MB */
#define ALONE_PAGES (1u << ARCH_VPN_BITS)
#define LARGE_PAGES (WINDOW_BASE >> PAGE_SHIFT)

/*
 * Bases differ in their low page numbers, by multiples of an odd number that keeps any few
 * in a row far apart modulo 64, 128, 256 and 512: spaces use the same addresses, and
 * would compete for the same sets of the TLB if they lay at multiples of 4 MB.
 */
#define STAGGER 277u

#define SEG_CODE 0x00c0fb0000000000ull /* present, DPL 3, readable, accessed, 32 bit, pages */
#define SEG_DATA 0x00c0f30000000000ull
#define SEG_PAGES (1ull << 55)
#define SEG_KIND 0x0070ff0000000000ull /* all but base, limit and granularity */

static enum { SMALL_OFF, SMALL_ON, SMALL_UNSAFE } mode;
static bool unit_used[NR_UNITS];
static uint32_t next_stagger;

static uint64_t segment(uint64_t kind, uint32_t base, uint32_t limit)
{
	return kind | (limit & 0xffff) | (uint64_t)(limit >> 16) << 48 |
	       (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(base >> 24) << 56;
}

static void place(struct space *s, uint32_t base, uint32_t pages)
{
	list_for_each (l, &s->threads)
		arch_of(list_entry(l, struct thread, space_link))->view = 0;
	s->arch.base = base;
	s->arch.pages = pages;
	s->arch.limit = ((uint64_t)pages << PAGE_SHIFT) - 1;
	s->arch.code = segment(SEG_CODE, base, pages - 1);
	s->arch.data = segment(SEG_DATA, base, pages - 1);
}

/* A guest's own descriptor, as it has to be in the space's piece of linear memory. */
uint64_t small_move_segment(uint64_t d, const struct arch_space *a)
{
	uint64_t base = (d >> 16 & 0xffffff) | (d >> 56 & 0xff) << 24;
	uint64_t last = (d & 0xffff) | (d >> 48 & 0xf) << 16;
	uint64_t room = (uint64_t)a->pages << PAGE_SHIFT;

	if (!d || a->pages == ALONE_PAGES)
		return d;
	if (base >= room)
		return 0;
	if (d & SEG_PAGES)
		last = last << PAGE_SHIFT | PAGE_MASK;
	last = MIN(last, room - base - 1);
	d &= SEG_KIND;
	if (last > 0xfffff) {
		d |= SEG_PAGES;
		last = ((last + 1) >> PAGE_SHIFT) - 1; /* what is cut off is found by promotion */
	}
	return segment(d, (uint32_t)base + a->base, (uint32_t)last);
}

/* First fit. Spaces have one unit more than they need, to shift their base in. */
static bool window_alloc(struct arch_space *a, uint32_t nr)
{
	for (uint32_t unit = 0, run = 0; unit < NR_UNITS; unit++) {
		run = unit_used[unit] ? 0 : run + 1;
		if (run < nr)
			continue;
		a->unit = (uint16_t)(unit + 1 - nr);
		a->nr_units = (uint16_t)nr;
		memset(&unit_used[a->unit], true, nr);
		return true;
	}
	return false;
}

static void window_free(const struct arch_space *a)
{
	memset(&unit_used[a->unit], false, a->nr_units);
}

bool arch_space_small(struct space *s, uint32_t bytes)
{
	uint32_t pages = (uint32_t)(((uint64_t)bytes + PAGE_MASK) >> PAGE_SHIFT), shift;

	pages = (pages + MIN_PAGES - 1) & ~(MIN_PAGES - 1);
	if (mode == SMALL_OFF || !pages || pages > MAX_PAGES || space_is_small(&s->arch) ||
	    !window_alloc(&s->arch, pages / UNIT_PAGES + 1))
		return false;
	while (!vtlb_forget_space(s))
		; /* a new space has no tables, or few */
	shift = next_stagger++ * STAGGER % UNIT_PAGES;
	place(s, WINDOW_BASE + ((s->arch.unit * UNIT_PAGES + shift) << PAGE_SHIFT), pages);
	return true;
}

bool small_is_off(void) { return mode == SMALL_OFF; }

uint32_t arch_space_small_size(const struct space *s)
{
	return space_is_small(&s->arch) ? s->arch.pages << PAGE_SHIFT : 0;
}

bool small_promote(struct space *s)
{
	bool small = space_is_small(&s->arch);

	if (s->arch.pages == ALONE_PAGES)
		return false;
	if (!vtlb_forget_space(s))
		return true;
	COUNT(promoted);
	if (small)
		window_free(&s->arch);
	place(s, 0, small ? LARGE_PAGES : ALONE_PAGES);
	return true;
}

int arch_space_init(struct space *s)
{
	s->arch = (struct arch_space){ .iomap = TSS_IO_OFF };
	list_init(&s->arch.tables);
	place(s, 0, mode == SMALL_OFF ? ALONE_PAGES : LARGE_PAGES);
	return 0;
}

bool arch_space_exit(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (!vtlb_forget_space(s))
		return false;
	if (c->io_space == s)
		c->io_space = NULL;
	if (space_is_small(&s->arch))
		window_free(&s->arch);
	s->arch.base = 0;
	return true;
}

/*
 * Ring 3 code at the window's first page, in segments that end with that page; the same
 * code again behind it. Each try ends with int unless the limit stops it.
 */
/* clang-format off */
static const uint8_t probe_code[] = {
	/*  0 */ 0xa0, 0x00, 0x10, 0, 0, 0xcd, VECTOR_HYPERCALL, 0x90, /* mov 0x1000, %al; int */
	/*  8 */ 0xa2, 0xff, 0x1f, 0, 0, 0xcd, VECTOR_HYPERCALL, 0x90, /* mov %al, 0x1fff; int */
	/* 16 */ 0xe9, 0xf0, 0x0f, 0, 0, 0x90, 0x90, 0x90,             /* jmp 0x1005 */
	/* 24 */ 0xcd, VECTOR_HYPERCALL,                               /* must not be stopped */
};
/* clang-format on */

static bool limits_hold(void)
{
	mfn_t code = frame_alloc(FRAME_OWNER_HV, 0), leaf = frame_alloc(FRAME_OWNER_HV, 0);
	uint64_t *l1 = frame_ptr(leaf), flags = PTE_P | PTE_W | PTE_U;
	bool hold;

	memcpy(frame_ptr(code), probe_code, sizeof(probe_code));
	l1[0] = l1[1] = (uint64_t)code.n << PAGE_SHIFT | flags;
	*vtlb_window_entry(0) = (uint64_t)leaf.n << PAGE_SHIFT | flags;
	desc_set_guest(segment(SEG_CODE, WINDOW_BASE, 0), segment(SEG_DATA, WINDOW_BASE, 0));
	desc_set_trap(TRAP_GP, (const void *)(unsigned long)limits_trap_gp);
	desc_set_trap(TRAP_PF, (const void *)(unsigned long)limits_trap_other);
	desc_set_trap(VECTOR_HYPERCALL, (const void *)(unsigned long)limits_trap_other);
	hold = limits_probe(0) && limits_probe(8) && limits_probe(16) && !limits_probe(24);
	desc_set_trap(TRAP_GP, NULL);
	desc_set_trap(TRAP_PF, NULL);
	desc_set_trap(VECTOR_HYPERCALL, NULL);
	*vtlb_window_entry(0) = 0;
	write_cr3(read_cr3());
	frame_free(code);
	frame_free(leaf);
	return hold;
}

/* The window is open from here on: also under the hypervisor's own page tables, which serve
 * small spaces while no large one is loaded. */
void small_init(void)
{
	static const char *const text[] = { "off", "on", "UNSAFE: guests are NOT isolated" };
	char opt[8] = "auto";
	bool hold;

	boot_option("small-spaces", opt, sizeof(opt));
	if (strcmp(opt, "auto") && strcmp(opt, "off") && strcmp(opt, "unsafe"))
		kprintf("option small-spaces: auto, off or unsafe, not \"%s\"\n", opt);
	mode = SMALL_OFF;
	if (!strcmp(opt, "off")) {
		kprintf("small spaces: off\n");
		return;
	}
	vtlb_open_window();
	hold = limits_hold();
	mode = hold ? SMALL_ON : strcmp(opt, "unsafe") ? SMALL_OFF : SMALL_UNSAFE;
	kprintf("small spaces: %s%s\n", text[mode],
		hold ? "" : ", this CPU does not check segment limits");
}

const char *arch_caps(void)
{
	static const char *const caps[2][3] = {
		{ "small-spaces-off", "small-spaces", "small-spaces-UNSAFE" },
		{ "small-spaces-off pcid", "small-spaces pcid", "small-spaces-UNSAFE pcid" },
	};

	return caps[tag_in_hardware()][mode];
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual TLB on page tables: a bounded pool of tables, filled by misses.
 *
 *   root ── L3 ── L2 ── leaf ── frame        a struct table each: who points to it,
 *   used=1  used=1 used=2 └─ leaf            and how many entries it uses
 *
 * A leaf can be recycled at any time, the others once they are empty: so can every
 * table, roots too, and every table has a leaf or an empty table below it. A walk
 * needs only the table it stands on: those above it are not empty.
 *
 * Small spaces have no root. Their leaves hang on the window's table, which every
 * other space finds in its L3 table (an entry that is not counted in `used`):
 *
 *   L3 of a large space ─┐
 *   L3 of another ───────┼─ window ─┬─ leaf of small space a
 *   window_l3 ───────────┘          └─ leaf of small space b
 *
 * Accessed and dirty bits go to the mapping database when a leaf is recycled or
 * cleared; an entry that the CPU has not marked accessed is in no TLB.
 * Nothing here is global: without tags only the loaded root's entries are in the TLB,
 * with the window's among them; with tags, the window's may be there under every one.
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
#include <hv/space.h>
#include <hv/time.h>

#define MIN_TABLES 16u
#define MAX_TABLES 16384u
#define ROOT_LEVEL 4
#define INDEX(vpn, level) ((uint32_t)((uint64_t)(vpn) >> 9 * ((level)-1)) & 511)
#define FORGET_BATCH 64u /* work of a step of vtlb_forget_space() */
#define GUEST_SLOTS 256	 /* of a root; the rest is the hypervisor's */
#define WINDOW_VPN (WINDOW_BASE >> PAGE_SHIFT)
#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U)

struct table {
	struct space *space; /* NULL: free */
	struct list link;    /* of the space's tables, by age: the lower are the younger */
	struct table *up;    /* NULL: root, in space->arch.root */
	uint64_t *entry;
	vpn_t base;    /* first page of the space it maps */
	uint16_t slot; /* in `up` */
	uint16_t used; /* entries of guests that are present */
	uint8_t level; /* 1: leaf */
};

static struct table *tables;
static uint32_t nr_tables, hand;
static paddr_t tables_phys; /* of the first; table i is page i from there */
static uint64_t window_l3[512] __attribute__((aligned(PAGE_SIZE)));
static uint64_t window_l2[512] __attribute__((aligned(PAGE_SIZE)));
static struct table window = { .entry = window_l2, .base = WINDOW_VPN, .level = 2 };
static struct tag window_tag; /* of the hypervisor's own root */

void arch_vtlb_init(uint32_t nr)
{
	char *pages;

	if (!nr)
		nr = frame_total() / 64;
	nr_tables = MIN(MAX(nr, MIN_TABLES), MAX_TABLES);
	pages = frame_alloc_hv(nr_tables);
	tables_phys = arch_ptr_phys(pages);
	tables =
		frame_alloc_hv((uint32_t)((nr_tables * sizeof(*tables) + PAGE_MASK) >> PAGE_SHIFT));
	for (uint32_t i = 0; i < nr_tables; i++)
		tables[i].entry = (uint64_t *)(void *)(pages + (size_t)i * PAGE_SIZE);
}

static struct table *table_at(uint64_t entry)
{
	return &tables[((entry & PTE_FRAME) - tables_phys) >> PAGE_SHIFT];
}

static paddr_t table_phys(const struct table *tb)
{
	return tables_phys + ((paddr_t)(tb - tables) << PAGE_SHIFT);
}

static uint32_t pte_bits(uint64_t pte)
{
	return (pte & PTE_A ? TAGMA_MAP_ACCESSED : 0) | (pte & PTE_D ? TAGMA_MAP_DIRTY : 0);
}

static vpn_t linear(const struct space *s, vpn_t vpn) { return vpn + (s->arch.base >> PAGE_SHIFT); }

static void flush_later(struct space *s, vpn_t vpn)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (space_is_small(&s->arch)) {
		tag_forget_all();
	} else if (c->cr3 != s) {
		tag_forget_page(&s->arch.tag, (unsigned long)vpn << PAGE_SHIFT);
		return;
	}
	if (c->nr_flush < FLUSH_BATCH)
		c->flush[c->nr_flush++] = linear(s, vpn);
	else
		c->flush_all = true;
}

static void flush_space_later(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (space_is_small(&s->arch))
		tag_forget_all();
	else
		tag_forget(&s->arch.tag);
	c->flush_all |= c->cr3 == s || space_is_small(&s->arch);
}

static void load_cr3(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	/* The tag must not come back with what is still to be flushed. */
	if (c->flush_all || c->nr_flush)
		tag_forget(c->cr3 ? &c->cr3->arch.tag : &window_tag);
	if (s)
		tag_load(&s->arch.tag, table_phys(s->arch.root));
	else
		tag_load(&window_tag, arch_ptr_phys(boot_pml4));
	c->cr3 = s;
	c->flush_all = false;
	c->nr_flush = 0;
}

void arch_vtlb_sync(void)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (c->flush_all) {
		COUNT(tlb_flush);
		load_cr3(c->cr3);
		return;
	}
	for (; c->nr_flush; c->nr_flush--) {
		COUNT(tlb_flush_page);
		invlpg((unsigned long)c->flush[c->nr_flush - 1] << PAGE_SHIFT);
	}
}

void vtlb_open_window(void)
{
	window_l3[INDEX(WINDOW_VPN, 3)] = arch_ptr_phys(window_l2) | TABLE_FLAGS;
	boot_pml4[0] = arch_ptr_phys(window_l3) | TABLE_FLAGS;
}

uint64_t *vtlb_window_entry(unsigned i) { return &window_l2[i]; }

/* The database learns what the entries of a leaf know. */
static void leaf_write_back(const struct table *tb)
{
	for (uint32_t i = 0, left = tb->used; left; i++) {
		uint64_t pte = tb->entry[i];
		struct mapping m;

		left -= pte != 0;
		if (!pte_bits(pte))
			continue;
		m = mapdb_lookup(tb->space, tb->base + i);
		if (m.rights && m.mfn.n == (pte & PTE_FRAME) >> PAGE_SHIFT)
			mapdb_touch(m, pte_bits(pte));
	}
}

/* The hypervisor's own tables serve instead; small spaces do not notice. */
static void root_leave(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	s->arch.root = NULL;
	if (c->space == s)
		c->space = NULL;
	if (c->cr3 == s)
		load_cr3(NULL);
}

static void table_free(struct table *tb)
{
	struct space *s = tb->space;

	if (tb->level == 1)
		leaf_write_back(tb);
	flush_space_later(s);
	list_del(&tb->link);
	if (s->arch.leaf == tb)
		s->arch.leaf = NULL;
	if (tb->up) {
		tb->up->entry[tb->slot] = 0;
		tb->up->used--;
	} else {
		root_leave(s);
	}
	tb->space = NULL;
}

/* Second chance: the CPU marks the entry above when it walks through. */
static bool table_referenced(const struct table *tb)
{
	uint64_t *e;

	if (!tb->up)
		return false;
	e = &tb->up->entry[tb->slot];
	if (!(*e & PTE_A))
		return false;
	*e &= ~(uint64_t)PTE_A;
	return true;
}

/* A table that is free or was made so, other than `keep`. Within two rounds all
 * references are gone, and the leaves and empty tables are up for it. */
static struct table *table_victim(const struct table *keep)
{
	for (uint32_t i = 0; i < 3 * nr_tables; i++) {
		struct table *tb = &tables[hand];

		hand = hand + 1 < nr_tables ? hand + 1 : 0;
		if (!tb->space)
			return tb;
		if (tb == keep || (tb->level > 1 && tb->used) || (tb->used && table_referenced(tb)))
			continue;
		COUNT(vtlb_evict);
		table_free(tb);
		return tb;
	}
	panic("vtlb: no table can be recycled");
}

/* Below `up`, or a root if that is NULL. */
static struct table *table_alloc(struct space *s, struct table *up, uint32_t slot)
{
	uint64_t start = arch_time_ns();
	struct table *tb = table_victim(up);

	for (uint32_t i = 0; i < 512; i++)
		tb->entry[i] = up || i < GUEST_SLOTS ? 0 : boot_pml4[i];
	*tb = (struct table){ .space = s, .up = up, .entry = tb->entry, .level = ROOT_LEVEL };
	list_add_tail(&s->arch.tables, &tb->link);
	if (up) {
		tb->base = up->base + (slot << 9 * (up->level - 1)) - linear(s, 0);
		tb->slot = (uint16_t)slot;
		tb->level = (uint8_t)(up->level - 1);
		if (tb->level == 3 && s->arch.pages <= WINDOW_VPN)
			tb->entry[INDEX(WINDOW_VPN, 3)] = window_l3[INDEX(WINDOW_VPN, 3)];
		up->entry[slot] = table_phys(tb) | TABLE_FLAGS;
		up->used++;
	} else {
		s->arch.root = tb;
	}
	this_cpu()->counter[COUNTER_vtlb_table_ns] += arch_time_ns() - start;
	return tb;
}

/* The leaf of vpn, or NULL if it lies beyond the limit, or there is none and none is to
 * be made. Mostly it is the one of the last time. */
static struct table *leaf_find(struct space *s, vpn_t vpn, bool make)
{
	struct table *tb = s->arch.leaf;

	if (tb && vpn - tb->base < 512)
		return tb;
	if (vpn >= s->arch.pages)
		return NULL;
	tb = space_is_small(&s->arch) ? &window : s->arch.root;
	if (!tb && make)
		tb = table_alloc(s, NULL, 0);
	while (tb && tb->level > 1) {
		uint32_t i = INDEX(linear(s, vpn), tb->level);

		if (tb->entry[i])
			tb = table_at(tb->entry[i]);
		else
			tb = make ? table_alloc(s, tb, i) : NULL;
	}
	/* A small space's limit may lie within a leaf, and it is found in one step anyway. */
	if (!space_is_small(&s->arch))
		s->arch.leaf = tb;
	return tb;
}

/* Whether CR3 leads to the window: a large space may have lost the table between. */
static bool window_in_reach(void)
{
	const struct space *s = this_cpu()->arch.cr3;
	const uint64_t *root = s ? s->arch.root->entry : boot_pml4;

	return root[0] && (!s || (table_at(root[0])->entry[INDEX(WINDOW_VPN, 3)] & PTE_FRAME) ==
					 arch_ptr_phys(window_l2));
}

static uint64_t pte_of(mfn_t m, uint32_t rights)
{
	return (uint64_t)m.n << PAGE_SHIFT | PTE_P | PTE_U | (rights & TAGMA_W ? PTE_W : 0) |
	       (rights & TAGMA_X ? 0 : pte_nx);
}

static void leaf_set(struct table *tb, vpn_t vpn, mfn_t m, uint32_t rights)
{
	uint64_t *e = &tb->entry[vpn - tb->base], old = *e;

	if (!old)
		tb->used++;
	else if (old & PTE_A)
		flush_later(tb->space, vpn);
	/* The same page again keeps its bits; another one has none yet. */
	if ((old & PTE_FRAME) >> PAGE_SHIFT != m.n)
		old = 0;
	*e = (old & (PTE_A | PTE_D)) | pte_of(m, rights);
}

static __attribute__((noinline)) void enter(struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	struct table *tb = leaf_find(s, vpn, true);

	if (tb) /* else the access itself will have s promoted */
		leaf_set(tb, vpn, m, rights);
	arch_vtlb_sync(); /* recycled tables must not be walked again */
	if (this_cpu()->arch.space == s && space_is_small(&s->arch) && !window_in_reach())
		load_cr3(NULL);
}

/* Mostly there is the leaf, a free entry in it, and nothing to flush. */
void arch_vtlb_enter(struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	const struct arch_cpu *c = &this_cpu()->arch;
	struct table *tb = s->arch.leaf;

	if (!tb || vpn - tb->base >= 512 || tb->entry[vpn - tb->base] || c->flush_all ||
	    c->nr_flush) {
		enter(s, vpn, m, rights);
		return;
	}
	tb->entry[vpn - tb->base] = pte_of(m, rights);
	tb->used++;
}

uint32_t arch_vtlb_remove(struct space *s, vpn_t vpn, uint32_t rights)
{
	struct table *tb = leaf_find(s, vpn, false);
	uint64_t *e = tb ? &tb->entry[vpn - tb->base] : NULL;
	uint64_t old = e ? *e : 0;

	if (!old)
		return 0;
	if (old & PTE_A)
		flush_later(s, vpn);
	if (rights & TAGMA_R) {
		*e = 0;
		tb->used--;
		return pte_bits(old);
	}
	*e = old & ~(uint64_t)(PTE_A | PTE_D);
	if (rights & TAGMA_W)
		*e &= ~(uint64_t)PTE_W;
	if (rights & TAGMA_X)
		*e |= pte_nx;
	return pte_bits(old);
}

/* The entry's own bits only: those of recycled leaves are in the database already. */
uint32_t arch_vtlb_test_clear(struct space *s, vpn_t vpn) { return arch_vtlb_remove(s, vpn, 0); }

/* CR3 for a thread of s: as it is, if that serves s. Making a root may recycle tables
 * of any space. */
static void load_tables(struct space *s)
{
	const struct space *old = this_cpu()->arch.cr3;

	if (space_is_small(&s->arch)) {
		if (old && old->arch.pages > WINDOW_VPN)
			load_cr3(NULL);
		else
			COUNT(small_switch);
	} else if (old == s) {
		COUNT(small_switch);
	} else {
		if (!s->arch.root)
			table_alloc(s, NULL, 0);
		load_cr3(s);
	}
}

/* On the way out to a thread of s. */
void vtlb_load_space(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	COUNT(space_switch);
	load_tables(s);
	desc_set_guest(s->arch.code, s->arch.data);
	c->space = s;
}

/* Before s goes or changes its place in linear memory. In steps: false means call again. */
bool vtlb_forget_space(struct space *s)
{
	struct list *all = &s->arch.tables;
	uint32_t work = 0;

	while (!list_empty(all) && work < FORGET_BATCH) {
		struct table *tb = list_entry(all->prev, struct table, link);

		work += 1 + tb->used / 8u;
		table_free(tb);
	}
	if (list_empty(all)) {
		flush_space_later(s);
		root_leave(s);
	}
	arch_vtlb_sync();
	return list_empty(all);
}

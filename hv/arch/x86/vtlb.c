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
 * Accessed and dirty bits go to the mapping database when a leaf is recycled or
 * cleared; an entry that the CPU has not marked accessed is in no TLB.
 * Nothing here is global, and without tags only the loaded space is in the TLB.
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
#include <hv/space.h>

#define MIN_TABLES 16u
#define MAX_TABLES 16384u
#define ROOT_LEVEL 4
#define INDEX(vpn, level) ((uint32_t)((uint64_t)(vpn) >> 9 * ((level)-1)) & 511)
#define GUEST_SLOTS 256 /* of a root; the rest is the hypervisor's */

struct table {
	struct space *space; /* NULL: free */
	struct table *up;    /* NULL: root, in space->arch.root */
	uint64_t *entry;
	vpn_t base;    /* first page it maps */
	uint16_t slot; /* in `up` */
	uint16_t used; /* entries of guests that are present */
	uint8_t level; /* 1: leaf */
};

static struct table *tables;
static uint32_t nr_tables, hand;
static paddr_t tables_phys; /* of the first; table i is page i from there */

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

static void flush_later(const struct space *s, vpn_t vpn)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (c->space != s)
		return;
	if (c->nr_flush < FLUSH_BATCH)
		c->flush[c->nr_flush++] = vpn;
	else
		c->flush_all = true;
}

static void flush_space_later(const struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	c->flush_all |= c->space == s;
}

static void load_cr3(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	COUNT(cr3_load);
	write_cr3(s ? table_phys(s->arch.root) : arch_ptr_phys(boot_pml4));
	c->space = s;
	c->flush_all = false;
	c->nr_flush = 0;
}

void arch_vtlb_sync(void)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (c->flush_all) {
		COUNT(tlb_flush);
		load_cr3(c->space);
		return;
	}
	for (; c->nr_flush; c->nr_flush--) {
		COUNT(tlb_flush_page);
		invlpg((unsigned long)c->flush[c->nr_flush - 1] << PAGE_SHIFT);
	}
}

/* The database learns what the entries of a leaf know. */
static void leaf_write_back(const struct table *tb)
{
	for (uint32_t i = 0; i < 512; i++) {
		uint64_t pte = tb->entry[i];
		struct mapping m;

		if (!(pte & PTE_P) || !pte_bits(pte))
			continue;
		m = mapdb_lookup(tb->space, tb->base + i);
		if (m.rights && m.mfn.n == (pte & PTE_FRAME) >> PAGE_SHIFT)
			mapdb_touch(m, pte_bits(pte));
	}
}

static void table_free(struct table *tb)
{
	struct space *s = tb->space;

	if (tb->level == 1)
		leaf_write_back(tb);
	flush_space_later(s);
	if (tb->up) {
		tb->up->entry[tb->slot] = 0;
		tb->up->used--;
	} else {
		s->arch.root = NULL;
		s->arch.cr3 = 0;
		if (this_cpu()->arch.space == s)
			load_cr3(NULL);
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

static struct table *root_alloc(struct space *s)
{
	struct table *tb = table_victim(NULL);

	for (uint32_t i = 0; i < 512; i++)
		tb->entry[i] = i < GUEST_SLOTS ? 0 : boot_pml4[i];
	*tb = (struct table){ .space = s, .entry = tb->entry, .level = ROOT_LEVEL };
	s->arch.root = tb;
	s->arch.cr3 = table_phys(tb);
	return tb;
}

static struct table *table_alloc(struct space *s, struct table *up, uint32_t slot)
{
	struct table *tb = table_victim(up);

	for (uint32_t i = 0; i < 512; i++)
		tb->entry[i] = 0;
	*tb = (struct table){
		.space = s,
		.up = up,
		.entry = tb->entry,
		.base = up->base + (slot << 9 * (up->level - 1)),
		.slot = (uint16_t)slot,
		.level = (uint8_t)(up->level - 1),
	};
	up->entry[slot] = table_phys(tb) | PTE_P | PTE_W | PTE_U;
	up->used++;
	return tb;
}

/* The leaf of vpn, or NULL if there is none and none is to be made. */
static struct table *leaf_find(struct space *s, vpn_t vpn, bool make)
{
	struct table *tb = s->arch.root;

	if (!tb && make)
		tb = root_alloc(s);
	while (tb && tb->level > 1) {
		uint32_t i = INDEX(vpn, tb->level);

		if (tb->entry[i])
			tb = table_at(tb->entry[i]);
		else
			tb = make ? table_alloc(s, tb, i) : NULL;
	}
	return tb;
}

void arch_vtlb_enter(struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	struct table *tb = leaf_find(s, vpn, true);
	uint64_t *e = &tb->entry[INDEX(vpn, 1)], old = *e;

	if (!old)
		tb->used++;
	else if (old & PTE_A)
		flush_later(s, vpn);
	/* The same page again keeps its bits; another one has none yet. */
	if ((old & PTE_FRAME) >> PAGE_SHIFT != m.n)
		old = 0;
	*e = (old & (PTE_A | PTE_D)) | (uint64_t)m.n << PAGE_SHIFT | PTE_P | PTE_U |
	     (rights & TAGMA_W ? PTE_W : 0) | (rights & TAGMA_X ? 0 : pte_nx);
	arch_vtlb_sync(); /* recycled tables must not be walked again */
}

uint32_t arch_vtlb_remove(struct space *s, vpn_t vpn, uint32_t rights)
{
	struct table *tb = leaf_find(s, vpn, false);
	uint64_t *e = tb ? &tb->entry[INDEX(vpn, 1)] : NULL;
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

/* On the way out to a thread of s. Making a root may recycle tables of any space. */
void vtlb_load_space(struct space *s)
{
	COUNT(space_switch);
	if (!s->arch.root)
		root_alloc(s);
	load_cr3(s);
}

int arch_space_init(struct space *s)
{
	s->arch.root = NULL;
	s->arch.cr3 = 0;
	s->arch.iomap = TSS_IO_OFF;
	return 0;
}

void arch_space_exit(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (c->io_space == s)
		c->io_space = NULL;
	if (c->space == s)
		load_cr3(NULL);
	for (uint32_t i = 0; i < nr_tables; i++)
		tables[i].space = tables[i].space == s ? NULL : tables[i].space;
	s->arch.root = NULL;
	s->arch.cr3 = 0;
}

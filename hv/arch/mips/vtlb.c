/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual TLB: a software TLB of page pairs, from which the refill handler in entry.S
 * fills the processor's (seed RV-1, RV-2). Here is the miss in it, and all that takes
 * entries away.
 *
 *     entry  EntryHi: pair, ASID | EntryLo even | EntryLo odd | space, who may be written
 *
 * A pair's place is index(pair, ASID) or its neighbour in the cache line, whose own first
 * place that is: two ways. What is entered takes its first place, in the stead of the one
 * of both that was entered earlier: an instruction and its datum never drive each other
 * out. Nothing is wired.
 *
 * The processor's TLB is a subset of this one: what leaves here leaves there at once. The
 * hardware keeps no accessed and dirty bits: an entry that is valid has been accessed,
 * one that is dirty for the processor has been written; a page that may be written is first
 * entered without that bit. They go to the mapping database when an entry goes.
 *
 * Worst cases: miss, enter, remove O(1); a new generation of ASIDs O(entries).
 */
#include <asm/internal.h>
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/mapdb.h>
#include <hv/space.h>

#define NO_PAIR KSEG0 /* an address that never misses */
#define HI_PAIR 0xffffe000u
#define HI_ASID 0xffu
#define WHO_LATER                                                                       \
	4u /* entered after its neighbour. Bits 0, 1: the even, odd page may be written \
	    */
#define WHO_SLOT_SHIFT 3

struct pair {
	uint32_t hi; /* NO_PAIR: free */
	uint32_t lo[2];
	uint32_t who;
};
_Static_assert(sizeof(struct pair) == 16, "the refill handler counts on it");

extern struct pair stlb[STLB_MAX_ENTRIES];
static uint32_t nr_pairs = STLB_ENTRIES;

static uint32_t pair_hi(vpn_t vpn, uint32_t asid) { return (vpn << PAGE_SHIFT & HI_PAIR) | asid; }

static struct pair *pair_first(uint32_t hi)
{
	return &stlb[(hi >> 13 ^ (hi & HI_ASID) << 1) & (nr_pairs - 1)];
}

static struct pair *pair_second(struct pair *first) { return stlb + ((first - stlb) ^ 1); }

static struct pair *pair_find(uint32_t hi)
{
	struct pair *p = pair_first(hi);

	if (p->hi == hi)
		return p;
	p = pair_second(p);
	return p->hi == hi ? p : NULL;
}

/* --- the processor's TLB. EntryHi's ASID is put back: it is the running space's. */

static uint32_t tlb_size(void) { return (read_config1() >> 25 & 63) + 1; }

static void tlb_invalidate(uint32_t index)
{
	write_entryhi(NO_PAIR + (index << 13)); /* all different: equal entries are forbidden */
	write_entrylo0(0);
	write_entrylo1(0);
	write_index(index);
	tlb_write_indexed();
}

static void tlb_drop(uint32_t hi)
{
	uint32_t keep = read_entryhi(), index;

	write_entryhi(hi);
	tlb_probe();
	index = read_index();
	if (!(index >> 31))
		tlb_invalidate(index);
	write_entryhi(keep);
	ehb();
}

/* p as it is now: a change where the processor has it, else as a new entry. */
static void tlb_load(const struct pair *p)
{
	uint32_t keep = read_entryhi();

	write_entryhi(p->hi);
	tlb_probe();
	write_entrylo0(p->lo[0]);
	write_entrylo1(p->lo[1]);
	if (read_index() >> 31)
		tlb_write_random();
	else
		tlb_write_indexed();
	write_entryhi(keep);
	ehb();
}

void tlb_init(void)
{
	write_pagemask(0);
	write_wired(0);
	for (uint32_t i = 0; i < tlb_size(); i++)
		tlb_invalidate(i);
	write_entryhi(0);
	ehb();
}

/* --- bits */

static uint32_t lo_bits(uint32_t lo)
{
	return (lo & LO_V ? TAGMA_MAP_ACCESSED : 0) | (lo & LO_D ? TAGMA_MAP_DIRTY : 0);
}

/* The database learns what an entry knows. */
static void pair_write_back(const struct pair *p)
{
	struct space *s = space_at(p->who >> WHO_SLOT_SHIFT);

	if ((s->arch.tag & HI_ASID) != (p->hi & HI_ASID)) /* the space is gone */
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct mapping m;

		if (!(p->lo[i] & LO_V))
			continue;
		m = mapdb_lookup(s, (p->hi & HI_PAIR) >> PAGE_SHIFT | i);
		if (m.rights && m.mfn.n == (p->lo[i] & ~LO_XI) >> LO_PFN_SHIFT)
			mapdb_touch(m, lo_bits(p->lo[i]));
	}
}

static void pair_free(struct pair *p)
{
	if (p->hi == NO_PAIR)
		return;
	pair_write_back(p);
	tlb_drop(p->hi);
	p->hi = NO_PAIR;
}

void vtlb_drop_all(void)
{
	for (uint32_t i = 0; i < nr_pairs; i++)
		pair_free(&stlb[i]);
	this_cpu()->arch.space = NULL; /* its ASID may be another's from now on */
}

/* --- the contract */

/* Both instructions that mask the index, and then the table itself. */
void arch_vtlb_init(uint32_t nr)
{
	for (nr_pairs = STLB_ENTRIES; nr && nr_pairs > 2 && nr_pairs / 2 >= nr;)
		nr_pairs /= 2;
	while (nr_pairs < nr && nr_pairs < STLB_MAX_ENTRIES)
		nr_pairs *= 2;
	for (unsigned i = 0; i < 2; i++) {
		*refill_mask[i] = (*refill_mask[i] & 0xffff0000u) | (nr_pairs - 1) * 16;
		cache_sync_code(refill_mask[i], 4);
	}
	for (uint32_t i = 0; i < nr_pairs; i++)
		stlb[i].hi = NO_PAIR;
	kprintf("vtlb: software TLB of %u pairs\n", nr_pairs);
}

/* The pair of hi: the entry it has, or an empty one in the first place. */
static struct pair *pair_make(struct space *s, uint32_t hi)
{
	struct pair *p = pair_find(hi), *second;

	if (p)
		return p;
	p = pair_first(hi);
	second = pair_second(p);
	if (p->hi != NO_PAIR && second->hi != NO_PAIR) {
		COUNT(vtlb_evict);
		pair_free(p->who & WHO_LATER ? second : p);
	}
	if (p->hi != NO_PAIR)
		*second = *p;
	second->who &= ~WHO_LATER;
	*p = (struct pair){ .hi = hi, .who = space_slot(s) << WHO_SLOT_SHIFT | WHO_LATER };
	return p;
}

void arch_vtlb_enter(struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	struct pair *p = pair_make(s, pair_hi(vpn, tag_asid(s)));
	uint32_t i = vpn & 1, old = p->lo[i];
	uint32_t lo = m.n << LO_PFN_SHIFT | LO_CACHED | LO_V;

	if (cpu_has_xi && !(rights & TAGMA_X))
		lo |= LO_XI;
	/* The same page again keeps its bits; another one has none yet. */
	if ((old & LO_V) && !((old ^ lo) >> LO_PFN_SHIFT & 0xffffff) && (rights & TAGMA_W))
		lo |= old & LO_D;
	p->lo[i] = lo;
	p->who = (p->who & ~(1u << i)) | (rights & TAGMA_W ? 1u << i : 0);
	tlb_load(p);
}

bool vtlb_write(struct space *s, vpn_t vpn)
{
	struct pair *p = tag_good(s) ? pair_find(pair_hi(vpn, tag_asid(s))) : NULL;

	if (!p || !(p->lo[vpn & 1] & LO_V) || !(p->who >> (vpn & 1) & 1))
		return false;
	p->lo[vpn & 1] |= LO_D;
	tlb_load(p);
	return true;
}

uint32_t arch_vtlb_remove(struct space *s, vpn_t vpn, uint32_t rights)
{
	struct pair *p = tag_good(s) ? pair_find(pair_hi(vpn, tag_asid(s))) : NULL;
	uint32_t i = vpn & 1, old;

	if (!p || !(p->lo[i] & LO_V))
		return 0;
	old = p->lo[i];
	/* Without the bits, too: what is used again is entered again. */
	p->lo[i] = 0;
	tlb_drop(p->hi);
	if (!(p->lo[i ^ 1] & LO_V))
		p->hi = NO_PAIR;
	(void)rights;
	return lo_bits(old);
}

uint32_t arch_vtlb_test_clear(struct space *s, vpn_t vpn) { return arch_vtlb_remove(s, vpn, 0); }

void arch_vtlb_sync(void) {} /* the processor's TLB is always in step */

int arch_space_init(struct space *s)
{
	tag_forget(s);
	return 0;
}

/* Its mappings are gone, and with them its entries: its ASID rests until the generation ends. */
bool arch_space_exit(struct space *s)
{
	struct arch_cpu *c = &this_cpu()->arch;

	if (c->space == s)
		c->space = NULL;
	tag_forget(s);
	return true;
}

/* Tags make every switch cheap: there is nothing to gain. */
bool arch_space_small(struct space *s, uint32_t bytes)
{
	(void)s;
	(void)bytes;
	return false;
}

uint32_t arch_space_small_size(const struct space *s)
{
	(void)s;
	return 0;
}

void vtlb_load_space(struct space *s)
{
	write_entryhi(tag_asid(s));
	ehb();
	COUNT(space_switch);
	this_cpu()->arch.space = s;
}

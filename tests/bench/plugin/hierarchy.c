/* SPDX-License-Identifier: GPL-2.0-only */
#include "hierarchy.h"

#include <string.h>

#include "../../../hv/include/public/tagma.h"

#define LARGE_SHIFT 21
#define DIRECT_SIZE (1ull << 39)

/* What a TLB's key is made of: 52 bits of page number, its size, and whose it is. */
#define KEY_LARGE (1ull << 52)
#define KEY_TAG(tag) ((uint64_t)(tag) << 53)
#define MAX_TAGS 2047u
#define NR_MARK_TAGS 32u /* the first ones are TAGMA_MARK_space()'s */

struct hierarchy model = { .global_from = UINT64_MAX, .direct = UINT64_MAX };

static uint64_t names[MAX_TAGS]; /* of spaces, by tag */
static uint32_t nr_tags = NR_MARK_TAGS, tag;
static uint8_t owner;
static uint64_t cross[MAX_OWNERS][MAX_OWNERS]; /* [who came][whose line went] */
static uint64_t colours[MAX_OWNERS];
static uint64_t instructions_at, invlpg_at, cr3_at, cr3_unknown_at;
static unsigned int nr_windows;

/* --- caches, by physical address */

static uint32_t l2_colour(uint64_t paddr)
{
	uint64_t way = (uint64_t)model.l2.sets << model.l2.shift;

	return way > 1u << PAGE_SHIFT ? (uint32_t)(paddr % way >> PAGE_SHIFT) % 64 : 0;
}

static void l2_access(uint64_t paddr, bool store)
{
	struct cache *l2 = &model.l2;
	uint8_t who = model.in_hv ? 0 : owner;
	struct entry old, *e;
	bool hit;

	if (!l2->entry)
		return;
	e = cache_find(l2, paddr >> l2->shift, paddr >> l2->shift, &hit, &old);
	if (!hit) {
		e->owner = who;
		colours[who] |= 1ull << l2_colour(paddr);
		if (old.used && old.owner != who)
			cross[who][old.owner]++;
		l2->writebacks += old.used && old.dirty;
	}
	e->dirty |= store;
}

static void l1_access(struct cache *l1, uint64_t paddr, bool store)
{
	struct entry old, *e;
	bool hit;

	if (!l1->entry)
		return;
	e = cache_find(l1, paddr >> l1->shift, paddr >> l1->shift, &hit, &old);
	e->dirty |= store;
	if (hit)
		return;
	if (old.used && old.dirty) {
		l1->writebacks++;
		l2_access(old.key << l1->shift, true);
	}
	l2_access(paddr, false);
}

void model_data(uint64_t paddr, uint64_t bytes, bool store)
{
	uint64_t last = paddr + bytes - 1;

	l1_access(&model.l1d, paddr, store);
	if (last >> model.l1d.shift != paddr >> model.l1d.shift)
		l1_access(&model.l1d, last, store);
}

/* --- TLBs, by linear address; `dirty` says there that an entry is global */

void model_translate(uint64_t vaddr, enum tlb_kind kind)
{
	bool global = vaddr >= model.global_from, hit;
	bool large = vaddr - model.direct < DIRECT_SIZE;
	uint64_t page = vaddr >> (large ? LARGE_SHIFT : PAGE_SHIFT);
	uint64_t key = page | (large ? KEY_LARGE : 0);

	for (uint32_t i = 0; i < model.nr_tlbs; i++) {
		struct tlb *t = &model.tlb[i];

		if (!(t->kind & kind))
			continue;
		cache_find(&t->flushed, page, key, &hit, NULL)->dirty = global;
		cache_find(&t->tagged, page, key | KEY_TAG(global ? MAX_TAGS : tag), &hit, NULL);
	}
}

void model_fetch(uint64_t vaddr, uint64_t paddr)
{
	model_translate(vaddr, TLB_FETCH);
	l1_access(&model.l1i, paddr, false);
}

static void tlb_flush(struct cache *c, bool all)
{
	for (uint32_t i = 0; i < c->sets * c->ways; i++)
		if (all || !c->entry[i].dirty)
			c->entry[i].used = 0;
}

/* A small number for each name. When they run out, names and entries start afresh. */
static uint32_t tag_of(uint64_t name)
{
	for (uint32_t i = NR_MARK_TAGS; i < nr_tags; i++)
		if (names[i] == name)
			return i;
	if (nr_tags == MAX_TAGS) {
		nr_tags = NR_MARK_TAGS;
		for (uint32_t i = 0; i < model.nr_tlbs; i++)
			tlb_flush(&model.tlb[i].tagged, true);
	}
	names[nr_tags] = name;
	return nr_tags++;
}

void model_space(uint64_t name)
{
	model.cr3++;
	model.cr3_unknown += !name;
	if (!model.on)
		return;
	tag = tag_of(name);
	for (uint32_t i = 0; i < model.nr_tlbs; i++)
		tlb_flush(&model.tlb[i].flushed, false);
}

/* --- intervals */

static void zero(void)
{
	instructions_at = model.instructions;
	invlpg_at = model.invlpg;
	cr3_at = model.cr3;
	cr3_unknown_at = model.cr3_unknown;
	cache_zero(&model.l1i);
	cache_zero(&model.l1d);
	cache_zero(&model.l2);
	for (uint32_t i = 0; i < model.nr_tlbs; i++) {
		cache_zero(&model.tlb[i].flushed);
		cache_zero(&model.tlb[i].tagged);
	}
	memset(cross, 0, sizeof(cross));
	memset(colours, 0, sizeof(colours));
}

void model_print(const char *name, const char *what, uint64_t value)
{
	fprintf(model.out, " %s.%s=%llu", name, what, (unsigned long long)value);
}

static void print_cache(const char *name, const struct cache *c)
{
	if (!c->entry)
		return;
	model_print(name, "accesses", c->accesses);
	model_print(name, "misses", c->misses);
	model_print(name, "writebacks", c->writebacks);
}

static void print_owners(void)
{
	for (unsigned int i = 0; i < MAX_OWNERS; i++) {
		char name[16], whose[16];

		snprintf(name, sizeof(name), "owner%u", i);
		if (colours[i])
			model_print(name, "colours", colours[i]);
		for (unsigned int k = 0; k < MAX_OWNERS; k++) {
			snprintf(whose, sizeof(whose), "evicts%u", k);
			if (cross[i][k])
				model_print(name, whose, cross[i][k]);
		}
	}
}

static void print_window(void)
{
	fprintf(model.out, "window %u", nr_windows++);
	model_print("all", "instructions", model.instructions - instructions_at);
	model_print("cr3", "loads", model.cr3 - cr3_at);
	model_print("cr3", "unknown", model.cr3_unknown - cr3_unknown_at);
	model_print("tlb", "invlpg", model.invlpg - invlpg_at);
	print_cache("l1i", &model.l1i);
	print_cache("l1d", &model.l1d);
	print_cache("l2", &model.l2);
	for (uint32_t i = 0; i < model.nr_tlbs; i++) {
		model_print(model.tlb[i].name, "flushed", model.tlb[i].flushed.misses);
		model_print(model.tlb[i].name, "tagged", model.tlb[i].tagged.misses);
	}
	print_owners();
	fprintf(model.out, "\n");
}

static void empty(bool caches)
{
	struct cache *all[] = { &model.l1i, &model.l1d, &model.l2 };

	for (unsigned int i = 0; caches && i < 3; i++)
		if (all[i]->entry)
			cache_empty(all[i]);
	for (uint32_t i = 0; i < model.nr_tlbs; i++) {
		tlb_flush(&model.tlb[i].flushed, true);
		tlb_flush(&model.tlb[i].tagged, true);
	}
}

void model_mark(uint64_t n)
{
	model.on = true;
	if (n == TAGMA_MARK_start)
		zero();
	else if (n == TAGMA_MARK_stop)
		print_window();
	else if (n == TAGMA_MARK_cold || n == TAGMA_MARK_flush)
		empty(n == TAGMA_MARK_cold);
	else if (n - TAGMA_MARK_owner(0) < MAX_OWNERS)
		owner = (uint8_t)(n - TAGMA_MARK_owner(0));
	else if (n - TAGMA_MARK_space(0) < NR_MARK_TAGS)
		tag = (uint32_t)(n - TAGMA_MARK_space(0));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The modelled caches and TLBs of one processor, and what is counted between two marks. */
#ifndef HIERARCHY_H
#define HIERARCHY_H

#include <stdio.h>

#include "cache.h"

#define PAGE_SHIFT 12
#define MAX_TLBS 4u

enum tlb_kind { TLB_FETCH = 1, TLB_DATA = 2 };

struct tlb {
	char name[16];
	uint32_t kind; /* what it serves: one, or both */
	struct cache flushed, tagged;
};

/* A cache without entries is not modelled. */
struct hierarchy {
	struct cache l1i, l1d, l2;
	struct tlb tlb[MAX_TLBS];
	uint32_t nr_tlbs;
	uint64_t global_from; /* addresses from here on are the hypervisor's */
	uint64_t direct;      /* its map of memory: pages of 2 MB, for 512 GB */
	bool in_hv;	      /* lines are the hypervisor's, owner 0 */
	bool on;	      /* since the first mark */
	uint64_t instructions, invlpg, cr3, cr3_unknown;
	FILE *out;
};

extern struct hierarchy model;

void model_fetch(uint64_t vaddr, uint64_t paddr);
void model_translate(uint64_t vaddr, enum tlb_kind kind); /* the TLBs' part of an access */
void model_data(uint64_t paddr, uint64_t bytes, bool store);
void model_space(uint64_t name); /* CR3 is loaded; 0: nobody knows whose */
void model_mark(uint64_t n);	 /* TAGMA_MARK_* */
void model_print(const char *name, const char *what, uint64_t value);

#endif

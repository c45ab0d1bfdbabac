/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces. */
#ifndef HV_SPACE_H
#define HV_SPACE_H

#include <asm/space.h>
#include <hv/object.h>

#define SPACE_ROOT 1u /* a domain's first space: shows its physmap, vpn == gpn */

struct space {
	struct object obj;
	struct domain *domain;
	uint32_t flags; /* SPACE_* */
	uint32_t cookie;
	uint32_t nr_nodes; /* mapdb: how many it has */
	uint64_t *groups;  /* mapdb: which groups of pages may hold nodes; the slot's, for ever */
	struct list threads;
	uint32_t nr_threads;
	struct list dom_link;	/* in domain->spaces */
	struct arch_space arch; /* hardware tag, page-table root or software TLB index */
};

extern struct pool space_pool;

void space_init_pool(uint32_t nr);
struct space *space_load(struct domain *d, uint32_t flags, uint32_t cookie); /* NULL: pool empty */
bool space_unload(struct space *s); /* in steps: false means call again */
struct space *space_lookup(uint32_t id);
struct space *space_at(uint32_t slot); /* the descriptor itself, live or not */

/* The caller's view: TAGMA_SELF, own spaces, and those of domains it controls.
 * Returns NULL and sets *err to -ESRCH or -EPERM. */
struct space *space_get(struct domain *caller, uint32_t id, int *err);

static inline uint32_t space_slot(const struct space *s) { return s->obj.id & 0xfffu; }

long hc_map(struct thread *t, uint32_t cmd, gva_t ops, uint32_t count);
long hc_space(struct thread *t, uint32_t cmd, gva_t arg);

#endif

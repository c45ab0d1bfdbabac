/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The abstract model of address spaces (seed L4, appendix A), executable, with rights
 * and accessed/dirty bits: tables of entries, evaluated and flushed by recursion over
 * all of them. Slow and plain on purpose: it is what the mapping database must equal.
 *
 *	σ : V → Σ × V ∪ R ∪ {nil}
 */
#ifndef MODEL_L4_H
#define MODEL_L4_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_SPACES 6
#define MODEL_MEM 6   /* pages 0..5 are memory */
#define MODEL_PAGES 8 /* 6 and 7 are ports: mapped at their own number only */
#define MODEL_FRAMES 5
/* Real pages are frames 0..4; a port's is MODEL_FRAMES + its page. */

enum model_kind { MODEL_NIL, MODEL_LINK, MODEL_REAL };

struct model_entry {
	enum model_kind kind;
	unsigned space, page; /* LINK */
	unsigned real;	      /* REAL */
	bool first;	      /* REAL, held by a physmap or by σ0's holder: takes no node */
	unsigned rights;
	unsigned seen; /* accessed, dirty: since the last status of this entry */
};

struct model {
	struct model_entry at[MODEL_SPACES][MODEL_PAGES];
	unsigned real_seen[MODEL_FRAMES + MODEL_PAGES];
	unsigned max_nodes;
	unsigned port_holder; /* space to which a port returns that nobody has */
};

/* Results as the database's: 0, -EINVAL, -EEXIST, -ENOMEM. */
int model_map(struct model *m, unsigned s, unsigned v, unsigned t, unsigned w, unsigned rights);
int model_grant(struct model *m, unsigned s, unsigned v, unsigned t, unsigned w, unsigned rights);
void model_flush(struct model *m, unsigned s, unsigned v, unsigned rights, bool self);
void model_flush_space(struct model *m, unsigned s);
void model_flush_real(struct model *m, unsigned real);
int model_populate(struct model *m, unsigned s, unsigned v, unsigned real);
/* 0 nothing there, 1 done, 2 without the right */
int model_access(struct model *m, unsigned s, unsigned v, unsigned want);
unsigned model_status(struct model *m, unsigned s, unsigned v);
int model_sigma(const struct model *m, unsigned s, unsigned v); /* real page, or -1 */
unsigned model_nodes(const struct model *m);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Radix trees of pointers, see <tagma/ptree.h>. */
#include <stdlib.h>
#include <tagma/ptree.h>

#define BITS 5u
#define FANOUT (1u << BITS)

static void **child(void *node, uint32_t n, uint32_t shift)
{
	return &((void **)node)[n >> shift & (FANOUT - 1)];
}

void *ptree_get(const struct ptree *t, uint32_t n)
{
	void *node = t->root;

	if (n > t->last)
		return 0;
	for (uint32_t shift = t->shift; node && shift;) {
		shift -= BITS;
		node = *child(node, n, shift);
	}
	return node;
}

static void *node_new(void) { return calloc(FANOUT, sizeof(void *)); }

/* One level more: what there is becomes its first part. */
static bool grow(struct ptree *t)
{
	if (t->root) {
		void **top = node_new();

		if (!top)
			return false;
		top[0] = t->root;
		t->root = top;
	}
	t->shift += BITS;
	t->last = t->shift < 32 ? (1u << t->shift) - 1 : ~0u;
	return true;
}

void **ptree_slot(struct ptree *t, uint32_t n)
{
	void **slot = &t->root;

	while (n > t->last)
		if (!grow(t))
			return 0;
	for (uint32_t shift = t->shift; shift;) {
		if (!*slot)
			*slot = node_new();
		if (!*slot)
			return 0;
		shift -= BITS;
		slot = child(*slot, n, shift);
	}
	return slot;
}

void *ptree_next(const struct ptree *t, uint32_t *n, uint32_t last)
{
	uint32_t at = *n, step;

	if (last > t->last)
		last = t->last;
	for (; t->root && at <= last; at += step) {
		uint32_t shift = t->shift;
		void *node = t->root;

		while (node && shift) {
			shift -= BITS;
			node = *child(node, at, shift);
		}
		if (node) {
			*n = at;
			return node;
		}
		step = (1u << shift) - (at & ((1u << shift) - 1));
		if (at + step < at)
			break;
	}
	return 0;
}

struct clear {
	void (*drop)(void *arg, void *entry);
	void *arg;
};

/* first and last are counted from the node's own first index. True: it is empty and gone.
 * At the top of a full tree only the places that 32 bits reach are ever filled. */
static bool node_clear(void **slot, uint32_t shift, uint32_t first, uint32_t last,
		       const struct clear *c)
{
	bool empty = true;

	if (shift == 0) {
		c->drop(c->arg, *slot);
		*slot = 0;
		return true;
	}
	shift -= BITS;
	for (uint32_t k = 0; k < FANOUT; k++) {
		void **sub = (void **)*slot + k;
		uint32_t lo = k << shift, hi = lo + ((1u << shift) - 1);

		if (!*sub)
			continue;
		if (hi < first || lo > last ||
		    !node_clear(sub, shift, first > lo ? first - lo : 0,
				(last < hi ? last : hi) - lo, c))
			empty = false;
	}
	if (empty) {
		free(*slot);
		*slot = 0;
	}
	return empty;
}

void ptree_clear(struct ptree *t, uint32_t first, uint32_t last,
		 void (*drop)(void *arg, void *entry), void *arg)
{
	struct clear c = { drop, arg };

	if (t->root && first <= last && first <= t->last &&
	    node_clear(&t->root, t->shift, first, last, &c))
		*t = (struct ptree){ 0 };
}

static bool node_clone(void **to, void *from, uint32_t shift, void (*take)(void *entry))
{
	if (shift == 0) {
		take(from);
		*to = from;
		return true;
	}
	*to = node_new();
	if (!*to)
		return false;
	for (uint32_t k = 0; k < FANOUT; k++) {
		void *sub = ((void **)from)[k];

		if (sub && !node_clone((void **)*to + k, sub, shift - BITS, take))
			return false;
	}
	return true;
}

bool ptree_clone(struct ptree *to, const struct ptree *from, void (*take)(void *entry))
{
	*to = (struct ptree){ .shift = from->shift, .last = from->last };
	return !from->root || node_clone(&to->root, from->root, from->shift, take);
}

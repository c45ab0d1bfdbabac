/* SPDX-License-Identifier: GPL-2.0-only */
#include "timer.h"

static struct timer *root;

static struct timer *heap_meld(struct timer *a, struct timer *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (b->when < a->when) {
		struct timer *x = a;

		a = b;
		b = x;
	}
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	b->prev = a;
	a->child = b;
	return a;
}

/* Two passes: meld neighbours from the left, then what resulted from the right. */
static struct timer *heap_merge_children(struct timer *first)
{
	struct timer *pairs = NULL, *heap = NULL;

	while (first) {
		struct timer *a = first, *b = a->next, *rest = b ? b->next : NULL;

		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = heap_meld(a, b);
		a->next = pairs;
		pairs = a;
		first = rest;
	}
	while (pairs) {
		struct timer *rest = pairs->next;

		pairs->next = NULL;
		heap = heap_meld(heap, pairs);
		pairs = rest;
	}
	return heap;
}

void timer_init(struct timer *t, void (*fire)(struct timer *t))
{
	*t = (struct timer){ .fire = fire };
}

void timer_del(struct timer *t)
{
	struct timer *sub;

	if (!t->armed)
		return;
	sub = heap_merge_children(t->child);
	if (t == root) {
		root = sub;
	} else {
		if (t->prev->child == t)
			t->prev->child = t->next;
		else
			t->prev->next = t->next;
		if (t->next)
			t->next->prev = t->prev;
		root = heap_meld(root, sub);
	}
	t->child = t->next = t->prev = NULL;
	t->armed = false;
}

void timer_add(struct timer *t, uint64_t when)
{
	timer_del(t);
	t->when = when;
	t->armed = true;
	root = heap_meld(root, t);
}

uint64_t timer_next(void) { return root ? root->when : ~0ull; }

void timer_run(uint64_t now)
{
	while (root && root->when <= now) {
		struct timer *t = root;

		timer_del(t);
		t->fire(t);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Circular doubly linked lists, linked through their members. */
#ifndef HV_LIST_H
#define HV_LIST_H

#include <hv/types.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(l)       \
	{                  \
		&(l), &(l) \
	}

static inline void list_init(struct list *l) { l->next = l->prev = l; }
static inline bool list_empty(const struct list *l) { return l->next == l; }

static inline void list_add_tail(struct list *head, struct list *n)
{
	n->next = head;
	n->prev = head->prev;
	head->prev->next = n;
	head->prev = n;
}

static inline void list_add(struct list *head, struct list *n) { list_add_tail(head->next, n); }

/* The removed node is left empty, so that removing it again is harmless. */
static inline void list_del(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#define list_entry(l, type, member) container_of(l, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_for_each(pos, head) \
	for (struct list *pos = (head)->next; pos != (head); pos = pos->next)
/* Safe against removal of pos, not of its successor. */
#define list_for_each_safe(pos, head)                                              \
	for (struct list *pos = (head)->next, *pos##_n = pos->next; pos != (head); \
	     pos = pos##_n, pos##_n = pos->next)

#endif

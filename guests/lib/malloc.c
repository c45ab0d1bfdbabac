/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * malloc: pages cut into equal objects for small sizes, whole blocks of pages for large
 * ones. A large object is page aligned and a small one never is: free() tells them apart.
 */
#include <list.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/mem.h>

#define SLAB_MAGIC 0x51ab51abu

struct object {
	struct object *next;
};

struct slab {
	uint32_t magic;
	uint16_t class;
	uint16_t used;
	struct object *free;
	struct list link; /* in partial[class], if something is free */
};

/* Objects are aligned to 16. */
#define SLAB_START ((sizeof(struct slab) + 15) & ~(size_t)15)

static const uint16_t class_size[] = { 16,  32,	 48,  64,  96,	 128,  192,
				       256, 384, 512, 672, 1008, 1344, 2032 };
#define CLASSES ARRAY_SIZE(class_size)

static struct list partial[CLASSES];

static void malloc_init(void)
{
	if (partial[0].next)
		return;
	for (unsigned int i = 0; i < CLASSES; i++)
		list_init(&partial[i]);
}

static struct slab *slab_of(void *p)
{
	struct slab *s = (struct slab *)((uintptr_t)p & ~(uintptr_t)(PAGE_SIZE - 1));

	if (s->magic != SLAB_MAGIC) {
		hv_printf("guest: free of %p, which malloc did not give\n", p);
		abort();
	}
	return s;
}

static struct slab *slab_new(unsigned int class)
{
	struct slab *s = page_alloc();
	size_t size = class_size[class];

	if (!s)
		return 0;
	*s = (struct slab){ .magic = SLAB_MAGIC, .class = (uint16_t) class };
	for (size_t at = SLAB_START; at + size <= PAGE_SIZE; at += size) {
		struct object *o = (struct object *)((char *)s + at);

		o->next = s->free;
		s->free = o;
	}
	list_add(&partial[class], &s->link);
	return s;
}

static void *small_alloc(unsigned int class)
{
	struct slab *s;
	struct object *o;

	if (list_empty(&partial[class]))
		s = slab_new(class);
	else
		s = list_first(&partial[class], struct slab, link);
	if (!s)
		return 0;
	o = s->free;
	s->free = o->next;
	s->used++;
	if (!s->free)
		list_del(&s->link);
	return o;
}

void *malloc(size_t size)
{
	unsigned int order = 0, class = 0;

	malloc_init();
	while (class < CLASSES && class_size[class] < size)
		class ++;
	if (class < CLASSES)
		return small_alloc(class);
	while (order <= PAGE_MAX_ORDER && (PAGE_SIZE << order) < size)
		order++;
	return order <= PAGE_MAX_ORDER ? pages_alloc(order) : 0;
}

void free(void *p)
{
	struct slab *s;
	struct object *o = p;

	if (!p)
		return;
	if ((uintptr_t)p % PAGE_SIZE == 0) {
		page_put(p);
		return;
	}
	s = slab_of(p);
	if (!s->free)
		list_add(&partial[s->class], &s->link);
	o->next = s->free;
	s->free = o;
	if (--s->used == 0) {
		list_del(&s->link);
		s->magic = 0;
		page_put(s);
	}
}

size_t malloc_usable_size(const void *p)
{
	if (!p)
		return 0;
	if ((uintptr_t)p % PAGE_SIZE == 0)
		return PAGE_SIZE << page_order(p);
	return class_size[slab_of((void *)(uintptr_t)p)->class];
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		return 0;
	p = malloc(bytes);
	return p ? memset(p, 0, bytes) : 0;
}

void *realloc(void *p, size_t size)
{
	size_t have = malloc_usable_size(p);
	void *q;

	if (p && size <= have && size > have / 4)
		return p;
	q = malloc(size);
	if (!q)
		return 0;
	if (p)
		memcpy(q, p, have < size ? have : size);
	free(p);
	return q;
}

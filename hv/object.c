/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/object.h>
#include <hv/panic.h>
#include <public/tagma.h>

#define MAX_VERSION (UINT32_MAX >> 14)

void pool_init(struct pool *p, uint32_t type, void *mem, size_t stride, uint32_t nr)
{
	ASSERT(nr <= TAGMA_ID_SLOT(UINT32_MAX) + 1);
	p->base = mem;
	p->stride = stride;
	p->type = type;
	p->nr = p->nr_free = nr;
	p->mask = nr != 0 ? (1u << (31 - __builtin_clz(nr))) - 1 : 0;
	list_init(&p->free);
	list_init(&p->live);
	for (uint32_t i = 0; i < nr; i++) {
		struct object *o = pool_at(p, i);

		*o = (struct object){ 0 };
		list_add_tail(&p->free, &o->link);
	}
}

void *pool_load(struct pool *p)
{
	struct object *o;
	uint32_t slot;

	if (list_empty(&p->free))
		return NULL;
	o = list_first(&p->free, struct object, link);
	slot = (uint32_t)((size_t)((char *)o - p->base) / p->stride);
	list_del(&o->link);
	p->nr_free--;
	/* Never 0: an id would be TAGMA_NIL, or look like one that was never loaded. */
	o->version = o->version == MAX_VERSION ? 1 : o->version + 1;
	o->id = TAGMA_ID(o->version, p->type, slot);
	o->flags = OBJ_LIVE | OBJ_REF;
	list_add_tail(&p->live, &o->link);
	return o;
}

void pool_unload(struct pool *p, void *obj)
{
	struct object *o = obj;

	ASSERT(o->flags & OBJ_LIVE);
	o->id = 0;
	o->flags = 0;
	list_del(&o->link);
	list_add_tail(&p->free, &o->link);
	p->nr_free++;
}

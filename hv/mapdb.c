/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapping database: lookup, map, grant. mapdb_node.c keeps the nodes in their
 * lists, mapdb_flush.c takes them down again.
 */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/mapdb_node.h>
#include <hv/panic.h>

bool mapdb_is_first(const struct space *s, vpn_t vpn)
{
	if (!(s->flags & SPACE_ROOT))
		return false;
	if (vpn & MAPDB_PORT)
		return s->domain->control && !mapdb_port_lent(vpn & (PORTS - 1));
	return mfn_ok(domain_physmap_get(s->domain, vpn));
}

struct mapping mapdb_lookup(const struct space *s, vpn_t vpn)
{
	uint32_t i = node_find(s, vpn);

	if (i)
		return (struct mapping){ node_at(i)->mfn, node_at(i)->rights, i };
	if (!mapdb_is_first(s, vpn))
		return (struct mapping){ MFN_NONE, 0, 0 };
	if (vpn & MAPDB_PORT)
		return (struct mapping){ MFN_NONE, TAGMA_RW, 0 };
	return (struct mapping){ domain_physmap_get(s->domain, vpn), TAGMA_RWX, 0 };
}

void mapdb_touch(struct mapping m, uint32_t bits)
{
	if (m.node)
		node_at(m.node)->state |= NODE_REF;
	if (m.node || mfn_ok(m.mfn))
		node_note(m.node, (struct root){ frame_of(m.mfn), 0 }, bits);
}

/* What map and grant have in common, checked before anything changes. */
struct transfer {
	struct mapping from;
	struct root root;
	uint32_t old;	 /* dst's node, to go first; 0 none */
	uint32_t rights; /* cut down to what there is */
};

static int transfer_check(struct transfer *x, const struct space *src, vpn_t sv,
			  const struct space *dst, vpn_t dv, uint32_t rights)
{
	/* Ports keep their numbers: no processor translates them. */
	if ((sv | dv) & MAPDB_PORT && sv != dv)
		return -XEN_EINVAL;
	x->from = mapdb_lookup(src, sv);
	x->rights = rights_norm(sv, rights & x->from.rights);
	if (!x->rights)
		return -XEN_EINVAL;
	if (mapdb_is_first(dst, dv))
		return -XEN_EEXIST;
	x->root = root_of_page(sv, x->from.mfn);
	x->old = node_find(dst, dv);
	for (uint32_t i = x->from.node; i && x->old; i = node_at(i)->parent)
		if (i == x->old)
			return -XEN_EEXIST;
	return 0;
}

/* σ'(v') is flushed, and then empty. False: the budget was used up. */
static bool transfer_clear(const struct transfer *x, uint32_t *budget)
{
	if (!x->old)
		return true;
	if (!flush_below(root_of(node_at(x->old)), x->old, TAGMA_RWX, budget))
		return false;
	node_remove(x->old);
	return true;
}

int mapdb_map_batch(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights)
{
	uint32_t budget = MAPDB_BATCH;
	struct transfer x;
	int r = transfer_check(&x, src, sv, dst, dv, rights);

	if (r)
		return r;
	if (x.from.node && node_at(x.from.node)->depth >= MAPDB_MAX_DEPTH)
		return -XEN_EMLINK;
	if (!x.old && !node_reserve(x.from.node, dst->domain))
		return -XEN_ENOMEM;
	if (!transfer_clear(&x, &budget))
		return MAPDB_RESTART;
	node_insert(x.from.node, dst, dv, x.from.mfn, x.rights);
	COUNT(map);
	return 0;
}

/* The granter drops out of the chain: who is above it is now above the grantee. */
static uint32_t grant_drop(const struct transfer *x, struct space *src, vpn_t sv)
{
	uint32_t parent;

	if (x->from.node) {
		parent = node_at(x->from.node)->parent;
		node_remove(x->from.node);
		return parent;
	}
	if (sv & MAPDB_PORT)
		arch_io_remove(src, x->root.port);
	else
		physmap_remove(src->domain, sv);
	return 0;
}

int mapdb_grant_batch(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights)
{
	uint32_t budget = MAPDB_BATCH, parent;
	struct transfer x;
	int r = transfer_check(&x, src, sv, dst, dv, rights);
	bool lent;

	if (r)
		return r;
	if (!x.old && !x.from.node && !node_reserve(0, dst->domain))
		return -XEN_ENOMEM;
	if (!transfer_clear(&x, &budget))
		return MAPDB_RESTART;
	/* σ(v) := nil flushes σ(v) too. dst itself, if it derived from src, is gone already. */
	if (!flush_below(x.root, x.from.node, TAGMA_RWX, &budget))
		return MAPDB_RESTART;
	lent = sv & MAPDB_PORT && (!x.from.node || mapdb_port_lent(x.root.port));
	parent = grant_drop(&x, src, sv);
	node_insert(parent, dst, dv, x.from.mfn, x.rights);
	if (lent)
		mapdb_set_port_lent(x.root.port, true);
	COUNT(grant);
	return 0;
}

int mapdb_map(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights)
{
	int r = mapdb_map_batch(src, sv, dst, dv, rights);

	arch_vtlb_sync();
	return r;
}

int mapdb_grant(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights)
{
	int r = mapdb_grant_batch(src, sv, dst, dv, rights);

	arch_vtlb_sync();
	return r;
}

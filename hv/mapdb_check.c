/* SPDX-License-Identifier: GPL-2.0-only */
/* The database's invariants, all of them. Logs the first that does not hold. */
#include <hv/console.h>
#include <hv/mapdb_node.h>

static bool broken(uint32_t i, const char *what)
{
	const struct node *n = node_at(i);

	kprintf("mapdb_check: node %u (space %u page %x rights %x parent %u): %s\n", i, n->slot,
		n->vpn, n->rights, n->parent, what);
	return false;
}

/* Does the list of its parent have i, in its place? */
static bool check_siblings(uint32_t i)
{
	const struct node *n = node_at(i);
	bool w = n->rights & TAGMA_W;
	uint32_t head = *child_head(root_of(n), n->parent, w);
	const struct node *next = node_at(n->next);

	if (!head)
		return broken(i, "not among its parent's children");
	if (next->prev != i || node_at(n->prev)->next != i)
		return broken(i, "sibling links");
	if (next->parent != n->parent || !!(next->rights & TAGMA_W) != w)
		return broken(i, "in the wrong list");
	if (n->next != head && next->rights & TAGMA_X && !(n->rights & TAGMA_X))
		return broken(i, "siblings not in order");
	return true;
}

static bool check_parent(uint32_t i)
{
	const struct node *n = node_at(i), *p = node_at(n->parent);

	if (!n->parent)
		return n->depth == 1 || broken(i, "depth");
	if (!p->rights || (n->rights & ~p->rights))
		return broken(i, "more rights than its parent");
	if (!mfn_eq(n->mfn, p->mfn) || n->depth != p->depth + 1)
		return broken(i, "not its parent's frame or depth");
	return true;
}

static bool check_node(uint32_t i)
{
	const struct node *n = node_at(i);
	const struct space *s = space_at(n->slot);

	if (rights_norm(n->vpn, n->rights) != n->rights)
		return broken(i, "rights that nobody can tell apart");
	if (!(s->obj.flags & OBJ_LIVE))
		return broken(i, "its space is gone");
	if (node_find(s, n->vpn) != i)
		return broken(i, "not found, or twice");
	if (mapdb_is_first(s, n->vpn))
		return broken(i, "the space has this page by its physmap");
	if (!(n->vpn & MAPDB_PORT) && !frame_of(n->mfn))
		return broken(i, "no such frame");
	return check_parent(i) && check_siblings(i);
}

/* A walk finds as many nodes as it counts. */
static bool check_space(struct space *s)
{
	const vpn_t end = MAPDB_PORT + PORTS;
	uint32_t n = 0;

	for (vpn_t v = 0; (v = node_next(s, v, end)) < end; v++)
		n += node_find(s, v) != 0;
	if (n == s->nr_nodes)
		return true;
	kprintf("mapdb_check: space %x has %u nodes, counted %u\n", s->obj.id, n, s->nr_nodes);
	return false;
}

bool mapdb_check(void)
{
	uint32_t used = 0;

	for (uint32_t i = 1; i <= mapdb_nr_nodes; i++) {
		if (!node_at(i)->rights)
			continue;
		used++;
		if (!check_node(i))
			return false;
	}
	for (uint32_t i = 0; i < space_pool.nr; i++)
		if (space_at(i)->obj.id && !check_space(space_at(i)))
			return false;
	if (used == mapdb_count())
		return true;
	kprintf("mapdb_check: %u nodes used, %u in spaces\n", used, mapdb_count());
	return false;
}

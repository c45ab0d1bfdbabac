/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapping database: lookup, map, grant; the pool of nodes, and the three structures each
 * node is in: hash chain, its parent's children, its space's groups. mapdb_flush.c takes
 * them down again.
 */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/mapdb_node.h>
#include <hv/panic.h>
#include <hv/signal.h>
#include <string.h>

#define MAX_NODES (1u << 24)
#define GROUP_BITS 6
#define GROUP_SIZE (1u << GROUP_BITS)

struct node *mapdb_nodes;
uint32_t mapdb_nr_nodes;
uint32_t *mapdb_port_child;
uint32_t mapdb_no_child;

uint32_t *mapdb_hash;
uint64_t mapdb_hash_key;
uint32_t mapdb_hash_shift;
uint32_t mapdb_walk_at;
uint64_t mapdb_epoch = 1;
static uint32_t free_node;
uint8_t mapdb_lent[PORTS / 8];

_Static_assert(sizeof(struct node) == 40, "65536 of them are 2.5 MB");
_Static_assert((MAPDB_PORT + PORTS) / GROUP_SIZE / 64 == MAPDB_GROUP_WORDS, "groups");

static uint32_t pages_for(uint64_t bytes) { return (uint32_t)((bytes + PAGE_MASK) >> PAGE_SHIFT); }

void mapdb_init(uint32_t nr)
{
	if (nr < 16 || nr > MAX_NODES) {
		kprintf("mappings=%u: not in 16..%u, taking 65536\n", nr, MAX_NODES);
		nr = 65536;
	}
	mapdb_hash_shift = 64 - 4;
	while ((1u << (64 - mapdb_hash_shift)) < nr)
		mapdb_hash_shift--;
	mapdb_nr_nodes = nr;
	mapdb_nodes = frame_alloc_hv(pages_for((nr + 1ull) * sizeof(struct node)));
	mapdb_hash = frame_alloc_hv(pages_for(sizeof(uint32_t) << (64 - mapdb_hash_shift)));
	mapdb_port_child = frame_alloc_hv(pages_for(PORTS * sizeof(uint32_t)));
	memset(mapdb_lent, 0, sizeof(mapdb_lent));
	/* A guest that knew the key could make all its pages meet in one chain. With a random odd
	 * factor any two pages meet with a probability of at most 2 in the number of heads. */
	mapdb_hash_key = (arch_time_ns() + 1) * 0xd6e8feb86659fd93ull | 1;
	free_node = 0;
	for (uint32_t i = nr; i > 0; i--) {
		node_at(i)->parent = free_node;
		free_node = i;
	}
}

uint32_t mapdb_count(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < space_pool.nr; i++)
		n += space_at(i)->obj.id ? space_at(i)->nr_nodes : 0;
	return n;
}

uint32_t mapdb_size(void) { return mapdb_nr_nodes; }

/* --- children of one parent */

INLINE void sibling_link(uint32_t i, struct node *n, uint32_t *head, uint32_t rights)
{
	struct node *first = node_at(*head);

	if (!*head) {
		n->next = n->prev = *head = i;
		return;
	}
	n->next = *head;
	n->prev = first->prev;
	node_at(n->prev)->next = i;
	first->prev = i;
	if (rights & TAGMA_X)
		*head = i;
}

static void sibling_unlink(uint32_t i)
{
	struct node *n = node_at(i);
	uint32_t *head = child_head(root_of(n), n->parent, n->rights & TAGMA_W);

	if (mapdb_walk_at == i)
		mapdb_walk_at = 0;
	node_at(n->prev)->next = n->next;
	node_at(n->next)->prev = n->prev;
	if (*head == i)
		*head = n->next == i ? 0 : n->next;
}

/* --- nodes of one space */

/* Ports come behind the pages. */
static uint32_t group_of(vpn_t vpn) { return vpn >> GROUP_BITS; }

/* First group from g to last whose bit is set; last + 1 if none. */
static uint32_t group_next(const struct space *s, uint32_t g, uint32_t last)
{
	while (g <= last) {
		uint64_t w = s->groups[g / 64] >> g % 64;

		if (w)
			return MIN(g + (uint32_t)__builtin_ctzll(w), last + 1);
		g = (g | 63) + 1;
	}
	return last + 1;
}

vpn_t node_next(struct space *s, vpn_t vpn, vpn_t end)
{
	for (unsigned tried = 0; vpn < end && tried < 4; tried++) {
		uint32_t here = group_of(vpn);
		uint32_t g = group_next(s, here, group_of(end - 1));
		vpn_t first, stop;

		if (g > group_of(end - 1))
			return end;
		if (g > here)
			vpn = (vpn & ~(GROUP_SIZE - 1)) + (g - here) * GROUP_SIZE;
		first = vpn;
		stop = MIN(end, (vpn | (GROUP_SIZE - 1)) + 1);
		for (; vpn < stop; vpn++)
			if (node_find(s, vpn))
				return vpn;
		if (stop - first == GROUP_SIZE)
			s->groups[g / 64] &= ~(1ull << g % 64);
	}
	return vpn;
}

vpn_t mapdb_next(struct space *s, vpn_t vpn, vpn_t end)
{
	vpn_t node;

	if (!(s->flags & SPACE_ROOT))
		return node_next(s, vpn, end);
	if (vpn & MAPDB_PORT)
		return s->domain->control ? vpn : node_next(s, vpn, end);
	node = node_next(s, vpn, end);
	return physmap_next(s->domain, vpn, node);
}

/* --- change, remove */

void mapdb_set_port_lent(uint32_t port, bool lent)
{
	uint8_t bit = (uint8_t)(1u << port % 8);

	mapdb_lent[port / 8] =
		(uint8_t)(lent ? mapdb_lent[port / 8] | bit : mapdb_lent[port / 8] & ~bit);
}

/* Mappings of the root space and of locked ones are locked, as far as the quota goes. */
static void node_lock(struct node *n, struct domain *d)
{
	if (d->locked[LOCK_MAPPING] >= d->lock_quota[LOCK_MAPPING])
		return;
	d->locked[LOCK_MAPPING]++;
	n->state |= NODE_LOCKED;
}

/* Takes rights from the hardware's entry. Its bits have not been told to anybody. */
static uint32_t hardware_remove(const struct node *n, uint32_t rights)
{
	struct space *s = space_at(n->slot);

	if (!(n->vpn & MAPDB_PORT))
		return arch_vtlb_remove(s, n->vpn, rights);
	arch_io_remove(s, n->vpn & (PORTS - 1));
	return 0;
}

void node_remove(uint32_t i)
{
	struct node *n = node_at(i);
	struct space *s = space_at(n->slot);
	uint32_t *p = hash_slot(n->slot, n->vpn);

	ASSERT(n->rights && !n->child[0] && !n->child[1]);
	mapdb_epoch++;
	node_note(n->parent, n->mfn, n->fresh | hardware_remove(n, TAGMA_RWX));
	/* A lent port has one node right below it, and is its holder's again without it. */
	if (n->vpn & MAPDB_PORT && !n->parent)
		mapdb_set_port_lent(n->vpn & (PORTS - 1), false);
	else if (!(n->vpn & MAPDB_PORT) && frame_at(n->mfn)->flags & FRAME_MESSAGE)
		signal_unmapped(s, n->vpn, n->mfn);
	if (n->state & NODE_LOCKED)
		s->domain->locked[LOCK_MAPPING]--;
	sibling_unlink(i);
	while (*p != i)
		p = &node_at(*p)->hash_next;
	*p = n->hash_next;
	/* The group's bit stays: node_next() clears it when it finds nothing there. */
	s->nr_nodes--;
	s->domain->nr_nodes--;
	n->rights = 0;
	n->parent = free_node;
	free_node = i;
	COUNT(unmap);
}

void node_reduce(uint32_t i, uint32_t rights)
{
	struct node *n = node_at(i);
	uint32_t left = rights_norm(n->vpn, n->rights & ~rights);

	if (!left) {
		node_remove(i);
		return;
	}
	if (left == n->rights)
		return;
	mapdb_epoch++;
	n->fresh |= (uint8_t)hardware_remove(n, n->rights & ~left);
	sibling_unlink(i);
	n->rights = (uint8_t)left;
	sibling_link(i, n, child_head(root_of(n), n->parent, left & TAGMA_W), left);
}

/* --- lookup, map, grant */

bool mapdb_is_first(const struct space *s, vpn_t vpn) { return mapping_first(s, vpn).rights != 0; }

struct mapping mapdb_lookup(const struct space *s, vpn_t vpn) { return mapping_of(s, vpn); }

void mapdb_touch(struct mapping m, uint32_t bits) { mapping_touch(m, bits); }

/* A free node takes its place: at its bucket, among its parent's children, in s. */
INLINE void node_insert(uint32_t *bucket, uint32_t parent, uint32_t depth, uint32_t *head,
			struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	uint32_t i = free_node, slot = space_slot(s);
	struct node *n = node_at(i);

	free_node = n->parent;
	n->parent = parent;
	n->child[0] = n->child[1] = 0;
	n->hash_next = *bucket;
	n->vpn = vpn;
	n->mfn = m;
	n->slot = (uint16_t)slot;
	n->rights = (uint8_t)rights;
	n->depth = (uint8_t)(depth + 1);
	n->seen = n->fresh = 0;
	n->state = NODE_REF;
	*bucket = i;
	sibling_link(i, n, head, rights);
	s->nr_nodes++;
	s->domain->nr_nodes++;
	s->groups[group_of(vpn) / 64] |= 1ull << group_of(vpn) % 64;
}

/* What is granted leaves src, with all that was mapped from it there. The granter drops
 * out of the chain: who is above it is now above the grantee. Returns that one in *parent,
 * and whether a port is lent by σ0's holder from now on. False: the budget was used up. */
static bool grant_drop(struct space *src, vpn_t sv, struct mapping from, uint32_t *parent,
		       bool *lent)
{
	uint32_t budget = MAPDB_BATCH;

	if (!flush_below(root_of_page(sv, from.mfn), from.node, TAGMA_RWX, &budget))
		return false;
	*lent = sv & MAPDB_PORT && (!from.node || mapdb_port_lent(sv & (PORTS - 1)));
	if (from.node) {
		*parent = node_at(from.node)->parent;
		node_remove(from.node);
	} else if (sv & MAPDB_PORT) {
		arch_io_remove(src, sv & (PORTS - 1));
	} else {
		physmap_remove(src->domain, sv);
	}
	return true;
}

/* σ'(v') is flushed, and then empty. */
static __attribute__((noinline)) int clear(uint32_t old, uint32_t from, int err)
{
	uint32_t budget = MAPDB_BATCH;

	for (uint32_t i = from; i; i = node_at(i)->parent)
		if (i == old)
			return -XEN_EEXIST;
	if (err)
		return err;
	if (!flush_below(root_of(node_at(old)), old, TAGMA_RWX, &budget))
		return MAPDB_RESTART;
	node_remove(old);
	return 0;
}

static inline uint32_t depth_of(uint32_t i) { return i ? node_at(i)->depth : 0; }

static __attribute__((noinline)) int transfer(struct space *src, vpn_t sv, struct space *dst,
					      vpn_t dv, uint32_t rights, bool grant,
					      struct mapping *made)
{
	uint32_t old, parent, i, *head;
	struct mapping from;
	bool lent = false;
	int r = 0;

	/* Ports keep their numbers: no processor translates them. */
	if ((sv | dv) & MAPDB_PORT && sv != dv)
		return -XEN_EINVAL;
	from = mapdb_lookup(src, sv);
	if (!from.rights)
		return MAPDB_NOTHING;
	rights = rights_norm(sv, rights & from.rights);
	if (!rights)
		return -XEN_EINVAL;
	if (mapdb_is_first(dst, dv))
		return -XEN_EEXIST;
	if (!grant && depth_of(from.node) >= MAPDB_MAX_DEPTH)
		r = -XEN_EMLINK;
	old = node_find(dst, dv);
	if (old)
		r = clear(old, from.node, r);
	else if (!r && !free_node && !(grant && from.node) && !mapdb_evict(from.node, dst->domain))
		r = -XEN_ENOMEM;
	if (r)
		return r;
	parent = from.node;
	if (grant && !grant_drop(src, sv, from, &parent, &lent))
		return MAPDB_RESTART;
	i = free_node;
	head = child_head(root_of_page(dv, from.mfn), parent, rights & TAGMA_W);
	node_insert(hash_slot(space_slot(dst), dv), parent, depth_of(parent), head, dst, dv,
		    from.mfn, rights);
	if ((dst->flags & SPACE_ROOT) || (dst->obj.flags & OBJ_LOCKED))
		node_lock(node_at(i), dst->domain);
	*made = (struct mapping){ from.mfn, rights, i };
	if (lent)
		mapdb_set_port_lent(sv & (PORTS - 1), true);
	this_cpu()->counter[grant ? COUNTER_grant : COUNTER_map]++;
	return 0;
}

/* Most maps are of memory, to where nothing was in a space like any other. */
int mapdb_map(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights,
	      struct mapping *made)
{
	uint32_t *bucket, *head, depth;
	struct mapping m;

	if ((sv | dv) & MAPDB_PORT || !free_node || (dst->flags & SPACE_ROOT) ||
	    (dst->obj.flags & OBJ_LOCKED))
		return transfer(src, sv, dst, dv, rights, false, made);
	m = mapping_of(src, sv);
	m.rights &= rights;
	bucket = hash_slot(space_slot(dst), dv);
	depth = depth_of(m.node);
	if (!(m.rights & TAGMA_R) || node_in(*bucket, space_slot(dst), dv) ||
	    depth >= MAPDB_MAX_DEPTH)
		return transfer(src, sv, dst, dv, rights, false, made);
	COUNT(map);
	head = m.node ? node_at(m.node)->child : frame_at(m.mfn)->child;
	head += !!(m.rights & TAGMA_W);
	node_insert(bucket, m.node, depth, head, dst, dv, m.mfn, m.rights);
	made->mfn = m.mfn;
	made->rights = m.rights;
	return 0;
}

int mapdb_grant(struct space *src, vpn_t sv, struct space *dst, vpn_t dv, uint32_t rights,
		struct mapping *made)
{
	return transfer(src, sv, dst, dv, rights, true, made);
}

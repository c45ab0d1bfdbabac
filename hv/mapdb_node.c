/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes of the mapping database: the pool, and the four structures each node is in:
 * hash chain, its parent's children, its space's list, its space's groups.
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
#define PORT_GROUPS 16384u /* groups of ports come after those of pages */

struct node *mapdb_nodes;
uint32_t mapdb_nr_nodes;
uint32_t *mapdb_port_child;
uint32_t mapdb_no_child;

static uint32_t *hash;
static uint32_t hash_bits;
static uint64_t hash_key;
static uint32_t free_node, nr_used;
static uint8_t port_lent[PORTS / 8];

_Static_assert(sizeof(struct node) == 48, "65536 of them are 3 MB");
_Static_assert((PORT_GROUPS + PORTS / GROUP_SIZE) / 64 == MAPDB_GROUP_WORDS, "groups");

static uint32_t pages_for(uint64_t bytes) { return (uint32_t)((bytes + PAGE_MASK) >> PAGE_SHIFT); }

void mapdb_init(uint32_t nr)
{
	if (nr < 16 || nr > MAX_NODES) {
		kprintf("mappings=%u: not in 16..%u, taking 65536\n", nr, MAX_NODES);
		nr = 65536;
	}
	for (hash_bits = 4; (1u << hash_bits) < nr; hash_bits++)
		;
	mapdb_nr_nodes = nr;
	mapdb_nodes = frame_alloc_hv(pages_for((nr + 1ull) * sizeof(struct node)));
	hash = frame_alloc_hv(pages_for(sizeof(uint32_t) << hash_bits));
	mapdb_port_child = frame_alloc_hv(pages_for(PORTS * sizeof(uint32_t)));
	memset(port_lent, 0, sizeof(port_lent));
	/* A guest that knew the key could make all its pages meet in one chain. */
	hash_key = arch_time_ns() * 0xd6e8feb86659fd93ull;
	nr_used = 0;
	free_node = 0;
	for (uint32_t i = nr; i > 0; i--) {
		node_at(i)->parent = free_node;
		free_node = i;
	}
}

uint32_t mapdb_count(void) { return nr_used; }
uint32_t mapdb_size(void) { return mapdb_nr_nodes; }

/* --- found by (space, vpn) */

static uint32_t *hash_slot(uint32_t slot, vpn_t vpn)
{
	uint64_t h = (((uint64_t)slot << 32 | vpn) ^ hash_key) * 0x9e3779b97f4a7c15ull;

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	return &hash[h >> (64 - hash_bits)];
}

uint32_t node_find(const struct space *s, vpn_t vpn)
{
	uint32_t slot = space_slot(s), i = *hash_slot(slot, vpn);

	while (i && (node_at(i)->vpn != vpn || node_at(i)->slot != slot))
		i = node_at(i)->hash_next;
	return i;
}

static void hash_unlink(uint32_t i)
{
	uint32_t *p = hash_slot(node_at(i)->slot, node_at(i)->vpn);

	while (*p != i)
		p = &node_at(*p)->hash_next;
	*p = node_at(i)->hash_next;
}

/* --- children of one parent */

static void sibling_link(uint32_t i)
{
	struct node *n = node_at(i);
	uint32_t *head = child_head(root_of(n), n->parent, n->rights & TAGMA_W);

	if (!*head) {
		n->next = n->prev = *head = i;
		return;
	}
	n->next = *head;
	n->prev = node_at(*head)->prev;
	node_at(n->prev)->next = i;
	node_at(n->next)->prev = i;
	if (n->rights & TAGMA_X)
		*head = i;
}

static void sibling_unlink(uint32_t i)
{
	struct node *n = node_at(i);
	uint32_t *head = child_head(root_of(n), n->parent, n->rights & TAGMA_W);

	if (n->next == i) {
		*head = 0;
		return;
	}
	node_at(n->prev)->next = n->next;
	node_at(n->next)->prev = n->prev;
	if (*head == i)
		*head = n->next;
}

/* --- nodes of one space */

static uint32_t group_of(vpn_t vpn)
{
	return vpn & MAPDB_PORT ? PORT_GROUPS + ((vpn & (PORTS - 1)) >> GROUP_BITS)
				: vpn >> GROUP_BITS;
}

static void space_link(struct space *s, uint32_t i)
{
	struct node *n = node_at(i);
	uint32_t g = group_of(n->vpn);

	n->space_prev = 0;
	n->space_next = s->first_node;
	if (n->space_next)
		node_at(n->space_next)->space_prev = i;
	s->first_node = i;
	s->nr_nodes++;
	s->domain->nr_nodes++;
	s->groups[g / 64] |= 1ull << g % 64;
}

/* The group's bit stays: mapdb_next clears it when it finds nothing there. */
static void space_unlink(struct space *s, uint32_t i)
{
	struct node *n = node_at(i);

	if (n->space_prev)
		node_at(n->space_prev)->space_next = n->space_next;
	else
		s->first_node = n->space_next;
	if (n->space_next)
		node_at(n->space_next)->space_prev = n->space_prev;
	s->nr_nodes--;
	s->domain->nr_nodes--;
}

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

/* As mapdb_next, for nodes alone. Looks into four groups at most. */
static vpn_t node_next(struct space *s, vpn_t vpn, vpn_t end)
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

	if (end - vpn <= 1)
		return vpn; /* a search costs more than a look */
	if (!(s->flags & SPACE_ROOT))
		return node_next(s, vpn, end);
	if (vpn & MAPDB_PORT)
		return s->domain->control ? vpn : node_next(s, vpn, end);
	node = node_next(s, vpn, end);
	return physmap_next(s->domain, vpn, node);
}

/* --- insert, change, remove */

bool mapdb_port_lent(uint32_t port) { return port_lent[port / 8] >> port % 8 & 1; }

void mapdb_set_port_lent(uint32_t port, bool lent)
{
	uint8_t bit = (uint8_t)(1u << port % 8);

	port_lent[port / 8] =
		(uint8_t)(lent ? port_lent[port / 8] | bit : port_lent[port / 8] & ~bit);
}

void node_note(uint32_t i, struct root r, uint32_t bits)
{
	if (i)
		node_at(i)->fresh |= (uint8_t)bits;
	else if (r.frame)
		r.frame->flags |= mapdb_to_frame_bits(bits);
}

bool node_reserve(uint32_t keep, const struct domain *d)
{
	return free_node != 0 || mapdb_evict(keep, d);
}

/* Mappings of the root space and of locked ones are locked, as far as the quota goes. */
static void node_lock(struct node *n, struct space *s)
{
	struct domain *d = s->domain;

	if (!(s->flags & SPACE_ROOT) && !(s->obj.flags & OBJ_LOCKED))
		return;
	if (d->locked[LOCK_MAPPING] >= d->lock_quota[LOCK_MAPPING])
		return;
	d->locked[LOCK_MAPPING]++;
	n->state |= NODE_LOCKED;
}

void node_insert(uint32_t parent, struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	uint32_t i = free_node, *bucket = hash_slot(space_slot(s), vpn);
	struct node *n = node_at(i);

	ASSERT(i && rights);
	free_node = n->parent;
	nr_used++;
	*n = (struct node){
		.parent = parent,
		.hash_next = *bucket,
		.vpn = vpn,
		.mfn = m,
		.slot = (uint16_t)space_slot(s),
		.rights = (uint8_t)rights,
		.depth = (uint8_t)(parent ? node_at(parent)->depth + 1 : 1),
		.state = NODE_REF,
	};
	node_lock(n, s);
	*bucket = i;
	sibling_link(i);
	space_link(s, i);
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

	ASSERT(n->rights && !n->child[0] && !n->child[1]);
	node_note(n->parent, root_of(n), n->fresh | hardware_remove(n, TAGMA_RWX));
	/* A lent port has one node right below it, and is its holder's again without it. */
	if (n->vpn & MAPDB_PORT && !n->parent)
		mapdb_set_port_lent(n->vpn & (PORTS - 1), false);
	if (n->state & NODE_LOCKED)
		space_at(n->slot)->domain->locked[LOCK_MAPPING]--;
	if (root_of(n).frame != NULL && (root_of(n).frame->flags & FRAME_MESSAGE))
		signal_unmapped(space_at(n->slot), n->vpn, n->mfn);
	sibling_unlink(i);
	hash_unlink(i);
	space_unlink(space_at(n->slot), i);
	n->rights = 0;
	n->parent = free_node;
	free_node = i;
	nr_used--;
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
	n->fresh |= (uint8_t)hardware_remove(n, n->rights & ~left);
	sibling_unlink(i);
	n->rights = (uint8_t)left;
	sibling_link(i);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The modelled VTLB and I/O bitmaps. */
#include <hv/mapdb.h>
#include <host.h>
#include <stdio.h>
#include <string.h>

#define MAX_SPACES 64u

struct entry {
	bool valid;
	vpn_t vpn;
	mfn_t mfn;
	uint32_t rights;
	uint32_t bits; /* TAGMA_MAP_ACCESSED | _DIRTY */
	struct space *space;
};

static struct entry vtlb[MAX_SPACES][HOST_VTLB_SETS];
static uint64_t io[MAX_SPACES][65536 / 64];
static uint32_t stale; /* removals that the TLB has not seen */

static struct entry *find(struct space *s, vpn_t vpn)
{
	struct entry *e = &vtlb[space_slot(s) % MAX_SPACES][vpn % HOST_VTLB_SETS];

	return e->valid && e->vpn == vpn && e->space == s ? e : NULL;
}

void arch_vtlb_init(uint32_t nr_pages)
{
	(void)nr_pages;
	memset(vtlb, 0, sizeof(vtlb));
	memset(io, 0, sizeof(io));
	stale = 0;
}

void host_evict(struct space *s, vpn_t vpn)
{
	struct entry *e = find(s, vpn);

	if (!e)
		return;
	e->valid = false;
	mapdb_touch(mapdb_lookup(s, vpn), e->bits);
}

void arch_vtlb_enter(struct space *s, vpn_t vpn, mfn_t m, uint32_t rights)
{
	struct entry *e = &vtlb[space_slot(s) % MAX_SPACES][vpn % HOST_VTLB_SETS];

	if (e->valid)
		host_evict(e->space, e->vpn);
	*e = (struct entry){ true, vpn, m, rights, 0, s };
}

uint32_t arch_vtlb_remove(struct space *s, vpn_t vpn, uint32_t rights)
{
	struct entry *e = find(s, vpn);
	uint32_t bits;

	if (!e)
		return 0;
	bits = e->bits;
	e->bits = 0;
	e->rights &= ~rights;
	if (!(e->rights & TAGMA_R))
		e->valid = false;
	stale++;
	return bits;
}

uint32_t arch_vtlb_test_clear(struct space *s, vpn_t vpn)
{
	struct entry *e = find(s, vpn);
	uint32_t bits = e ? e->bits : 0;

	if (e)
		e->bits = 0;
	return bits;
}

void arch_vtlb_sync(void) { stale = 0; }

void arch_io_remove(struct space *s, uint32_t port)
{
	io[space_slot(s) % MAX_SPACES][port / 64] &= ~(1ull << port % 64);
	stale++;
}

bool host_io_allowed(const struct space *s, uint32_t port)
{
	return io[space_slot(s) % MAX_SPACES][port / 64] >> port % 64 & 1;
}

int arch_space_init(struct space *s)
{
	s->arch.live = true;
	s->arch.small = 0;
	return 0;
}

bool arch_space_exit(struct space *s)
{
	s->arch.live = false;
	memset(vtlb[space_slot(s) % MAX_SPACES], 0, sizeof(vtlb[0]));
	memset(io[space_slot(s) % MAX_SPACES], 0, sizeof(io[0]));
	return true;
}

bool arch_space_small(struct space *s, uint32_t bytes)
{
	s->arch.small = bytes;
	return bytes != 0;
}

uint32_t arch_space_small_size(const struct space *s) { return s->arch.small; }

enum vtlb_result host_access(struct space *s, vpn_t vpn, uint32_t want)
{
	struct entry *e = vpn & MAPDB_PORT ? NULL : find(s, vpn);

	if (!e || !(e->rights & want)) {
		enum vtlb_result r = vtlb_miss(s, vpn, want);

		if (r != VTLB_FILLED)
			return r;
		if (vpn & MAPDB_PORT) {
			io[space_slot(s) % MAX_SPACES][(vpn & 0xffffu) / 64] |= 1ull << vpn % 64;
			return r;
		}
		e = find(s, vpn);
		if (!e || !(e->rights & want))
			return VTLB_FAULT;
	}
	e->bits |= TAGMA_MAP_ACCESSED | (want == TAGMA_W ? TAGMA_MAP_DIRTY : 0);
	return VTLB_FILLED;
}

uint32_t host_vtlb_count(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < MAX_SPACES; i++)
		for (uint32_t j = 0; j < HOST_VTLB_SETS; j++)
			n += vtlb[i][j].valid;
	return n;
}

static bool io_check(uint32_t slot)
{
	struct space *s = space_at(slot);

	for (uint32_t w = 0; w < 65536 / 64; w++) {
		for (uint64_t bits = io[slot][w]; bits; bits &= bits - 1) {
			uint32_t p = w * 64 + (uint32_t)__builtin_ctzll(bits);

			if (mapdb_lookup(s, MAPDB_PORT | p).rights)
				continue;
			fprintf(stderr, "space %u: port %x open but not mapped\n", slot, p);
			return false;
		}
	}
	return true;
}

bool host_vtlb_check(void)
{
	if (stale) {
		fprintf(stderr, "%u stale TLB entries\n", stale);
		return false;
	}
	for (uint32_t i = 0; i < MIN(MAX_SPACES, space_pool.nr); i++) {
		struct entry *e = vtlb[i];

		for (uint32_t j = 0; j < HOST_VTLB_SETS; j++, e++) {
			struct mapping m;

			if (!e->valid)
				continue;
			m = mapdb_lookup(e->space, e->vpn);
			if (mfn_eq(m.mfn, e->mfn) && !(e->rights & ~m.rights))
				continue;
			fprintf(stderr,
				"VTLB of space %u page %x: frame %x rights %x, allowed %x %x\n", i,
				e->vpn, e->mfn.n, e->rights, m.mfn.n, m.rights);
			return false;
		}
		if (space_at(i)->obj.id && !io_check(i))
			return false;
	}
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/domain.h>
#include <hv/mapdb.h>
#include <host.h>
#include <mapdb_driver.h>
#include <model_l4.h>
#include <stdio.h>
#include <string.h>

/* Neighbours, a group's edges, far ends: what walks and hash chains could get wrong. */
static const vpn_t vpns[MODEL_PAGES] = {
	0x100, 0x101, 0x13f, 0x140, 0x12345, 0xfffff, MAPDB_PORT | 0x3f8, MAPDB_PORT | 0xffff,
};

static struct model model;
static struct space *spaces[MODEL_SPACES]; /* 0 and 1 are the roots of two domains */
static mfn_t frames[MODEL_FRAMES];
static struct domain *domains[2];

void driver_init(unsigned nr_nodes)
{
	memset(&model, 0, sizeof(model));
	world_init(512, nr_nodes);
	for (uint16_t i = 0; i < 2; i++) {
		domains[i] = world_domain(i, 64);
		spaces[i] = domains[i]->root;
	}
	for (unsigned i = 2; i < MODEL_SPACES; i++)
		spaces[i] = space_load(domains[i % 2], 0, i);
	for (unsigned i = 0; i < MODEL_FRAMES; i++) {
		frames[i] = frame_alloc(domains[i % 2]->domid, 0);
		if (domain_physmap_set(domains[i % 2], vpns[i / 2], frames[i]) ||
		    model_populate(&model, i % 2, i / 2, i))
			fprintf(stderr, "driver_init: frame %u\n", i);
	}
	model.max_nodes = nr_nodes;
	model_flush_space(&model, 0); /* the ports to their holder */
}

static bool differ(const char *what, unsigned s, unsigned v, long got, long want)
{
	fprintf(stderr, "%s of space %u page %u: %lx, the model has %lx\n", what, s, v,
		(unsigned long)got, (unsigned long)want);
	return false;
}

static bool compare_page(unsigned s, unsigned v)
{
	struct mapping m = mapdb_lookup(spaces[s], vpns[v]);
	const struct model_entry *e = &model.at[s][v];
	int real = model_sigma(&model, s, v);

	if (m.rights != e->rights)
		return differ("rights", s, v, m.rights, e->rights);
	if (real >= 0 && real < MODEL_FRAMES && !mfn_eq(m.mfn, frames[real]))
		return differ("frame", s, v, m.mfn.n, frames[real].n);
	if ((m.node != 0) != (e->kind != MODEL_NIL && !e->first))
		return differ("node", s, v, m.node, e->first);
	return true;
}

/* A walk over a whole space finds what is mapped, and nothing before it. */
static bool compare_walk(unsigned s, bool port)
{
	vpn_t v = port ? MAPDB_PORT : 0, end = v + (port ? 0x10000 : 0x100000);
	unsigned found = 0, want = 0;

	for (unsigned i = 0; i < MODEL_PAGES; i++)
		want += !(vpns[i] & MAPDB_PORT) == !port && model.at[s][i].kind != MODEL_NIL;

	for (; (v = mapdb_next(spaces[s], v, end)) < end; v++)
		found += mapdb_lookup(spaces[s], v).rights != 0;
	return found == want || differ("walk", s, port, found, want);
}

static bool compare(uint64_t nr)
{
	unsigned nodes = model_nodes(&model);

	for (unsigned s = 0; s < MODEL_SPACES; s++)
		for (unsigned v = 0; v < MODEL_PAGES; v++)
			if (!compare_page(s, v))
				return false;
	if (mapdb_count() != nodes)
		return differ("nodes", 0, 0, mapdb_count(), nodes);
	if (domains[0]->nr_nodes + domains[1]->nr_nodes != nodes)
		return differ("domains' nodes", 0, 0, domains[0]->nr_nodes, nodes);
	if (!mapdb_check() || !host_vtlb_check())
		return false;
	if (nr % 64)
		return true;
	for (unsigned s = 0; s < MODEL_SPACES; s++)
		if (!compare_walk(s, false) || (s && !compare_walk(s, true)))
			return false;
	return frame_check();
}

static int transfer(unsigned s, unsigned v, unsigned t, unsigned w, unsigned rights, bool grant)
{
	int r;

	do {
		r = grant ? host_grant(spaces[s], vpns[v], spaces[t], vpns[w], rights)
			  : host_map(spaces[s], vpns[v], spaces[t], vpns[w], rights);
	} while (r == MAPDB_RESTART);
	return r;
}

static bool step_transfer(unsigned s, unsigned v, unsigned t, unsigned w, unsigned rights,
			  bool grant)
{
	int got = transfer(s, v, t, w, rights, grant);
	int want = grant ? model_grant(&model, s, v, t, w, rights)
			 : model_map(&model, s, v, t, w, rights);

	return got == want || differ(grant ? "grant" : "map", s, v, got, want);
}

static bool step_access(unsigned s, unsigned v, unsigned arg)
{
	static const unsigned wants[] = { TAGMA_R, TAGMA_W, TAGMA_X };
	static const enum vtlb_result results[] = { VTLB_FAULT, VTLB_FILLED, VTLB_PROTECTION };
	unsigned want = wants[arg % 3];
	enum vtlb_result got = host_access(spaces[s], vpns[v], want);
	enum vtlb_result expect = results[model_access(&model, s, v, want)];

	return got == expect || differ("access", s, v, (long)got, (long)expect);
}

static bool step_status(unsigned s, unsigned v)
{
	uint32_t got = host_status(spaces[s], vpns[v]), want = model_status(&model, s, v);

	return got == want || differ("status", s, v, got, want);
}

static bool step_populate(unsigned s, unsigned v, unsigned real)
{
	int got = domain_physmap_set(domains[s], vpns[v], frames[real]);
	int want = model_populate(&model, s, v, real);

	return got == want || differ("populate", s, v, got, want);
}

static bool step_rare(unsigned s, unsigned v, unsigned arg)
{
	switch (arg % 32) {
	case 0:
		while (!mapdb_flush_space(spaces[s]))
			;
		model_flush_space(&model, s);
		return true;
	case 1:
		while (!mapdb_flush_frame(frames[v % MODEL_FRAMES]))
			;
		model_flush_real(&model, v % MODEL_FRAMES);
		return true;
	default:
		return step_populate(s % 2, v % MODEL_MEM, arg / 2u % MODEL_FRAMES);
	}
}

/* Most operations on empty pages teach nothing: take the next page that is mapped. */
static void seek_mapped(unsigned *s, unsigned *v)
{
	for (unsigned i = *s * MODEL_PAGES + *v, n = MODEL_SPACES * MODEL_PAGES; n; n--, i++) {
		*s = i / MODEL_PAGES % MODEL_SPACES;
		*v = i % MODEL_PAGES;
		if (model.at[*s][*v].kind != MODEL_NIL)
			return;
	}
}

bool driver_step(const struct driver_op *in, uint64_t nr)
{
	unsigned s = in->s % MODEL_SPACES, t = in->t % MODEL_SPACES;
	unsigned v = in->v % MODEL_PAGES, w = in->w % MODEL_PAGES;
	unsigned rights = in->arg & TAGMA_RWX, op = in->op % 32;
	bool ok = true;

	if (in->arg & 0xe0)
		seek_mapped(&s, &v);
	if (in->arg & 0x10)
		rights |= TAGMA_RW;
	if (op < 15) {
		if (v >= MODEL_MEM && in->w & 0x80)
			w = v;
		ok = step_transfer(s, v, t, w, rights, op == 14);
	} else if (op < 17) {
		while (!host_flush(spaces[s], vpns[v], rights, in->arg & 8))
			;
		model_flush(&model, s, v, rights, in->arg & 8);
	} else if (op < 25) {
		ok = step_access(s, v, in->arg);
	} else if (op < 27) {
		ok = step_status(s, v);
	} else if (op < 29) {
		host_evict(spaces[s], vpns[v]);
	} else {
		ok = step_rare(s, v, in->arg);
	}
	if (ok && compare(nr))
		return true;
	fprintf(stderr, "after operation %llu: op %u s %u v %u t %u w %u arg %x\n",
		(unsigned long long)nr, op, s, v, t, w, in->arg);
	return false;
}

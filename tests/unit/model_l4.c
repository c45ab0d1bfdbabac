/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <hv/mapdb.h>
#include <model_l4.h>
#include <public/tagma.h>

#define FOR_ALL(s, v)                               \
	for (unsigned s = 0; s < MODEL_SPACES; s++) \
		for (unsigned v = 0; v < MODEL_PAGES; v++)

static bool is_port(unsigned v) { return v >= MODEL_MEM; }

static unsigned normal(unsigned v, unsigned rights)
{
	if (is_port(v))
		return (rights & TAGMA_RW) == TAGMA_RW ? TAGMA_RW : 0;
	return rights & TAGMA_R ? rights & TAGMA_RWX : 0;
}

int model_sigma(const struct model *m, unsigned s, unsigned v)
{
	const struct model_entry *e = &m->at[s][v];

	if (e->kind == MODEL_NIL)
		return -1;
	return e->kind == MODEL_REAL ? (int)e->real : model_sigma(m, e->space, e->page);
}

unsigned model_nodes(const struct model *m)
{
	unsigned n = 0;

	FOR_ALL(s, v)
	n += m->at[s][v].kind != MODEL_NIL && !m->at[s][v].first;
	return n;
}

static bool links_to(const struct model_entry *e, unsigned s, unsigned v)
{
	return e->kind == MODEL_LINK && e->space == s && e->page == v;
}

/* flush (σ, v) := for all σ'(v') = (σ, v): σ'(v') := nil, recursively */
static void flush(struct model *m, unsigned s, unsigned v)
{
	FOR_ALL(t, w)
	{
		if (!links_to(&m->at[t][w], s, v))
			continue;
		flush(m, t, w);
		m->at[t][w] = (struct model_entry){ 0 };
	}
}

/* σ(v) ⇐ x */
static void replace(struct model *m, unsigned s, unsigned v, struct model_entry x)
{
	flush(m, s, v);
	m->at[s][v] = x;
}

/* A port that nobody has is σ0's again, and so its holder's. */
static void return_ports(struct model *m)
{
	for (unsigned p = MODEL_MEM; p < MODEL_PAGES; p++) {
		bool held = false;

		for (unsigned s = 0; s < MODEL_SPACES; s++)
			held |= m->at[s][p].kind == MODEL_REAL;
		if (!held)
			m->at[m->port_holder][p] = (struct model_entry){
				.kind = MODEL_REAL,
				.real = MODEL_FRAMES + p,
				.first = true,
				.rights = TAGMA_RW,
			};
	}
}

static bool derives(const struct model *m, unsigned s, unsigned v, unsigned t, unsigned w)
{
	const struct model_entry *e = &m->at[s][v];

	if (s == t && v == w)
		return true;
	return e->kind == MODEL_LINK && derives(m, e->space, e->page, t, w);
}

static int check(const struct model *m, unsigned s, unsigned v, unsigned t, unsigned w,
		 unsigned rights)
{
	const struct model_entry *e = &m->at[s][v];

	if ((is_port(v) || is_port(w)) && v != w)
		return -EINVAL;
	if (e->kind == MODEL_NIL)
		return MAPDB_NOTHING;
	if (!normal(v, e->rights & rights))
		return -EINVAL;
	if (m->at[t][w].first || derives(m, s, v, t, w))
		return -EEXIST;
	return 0;
}

static bool full(const struct model *m, unsigned t, unsigned w)
{
	return m->at[t][w].kind == MODEL_NIL && model_nodes(m) == m->max_nodes;
}

int model_map(struct model *m, unsigned s, unsigned v, unsigned t, unsigned w, unsigned rights)
{
	int r = check(m, s, v, t, w, rights);

	if (!r && full(m, t, w))
		r = -ENOMEM;
	if (!r)
		replace(m, t, w,
			(struct model_entry){
				.kind = MODEL_LINK,
				.space = s,
				.page = v,
				.rights = normal(v, m->at[s][v].rights & rights),
			});
	return r;
}

int model_grant(struct model *m, unsigned s, unsigned v, unsigned t, unsigned w, unsigned rights)
{
	struct model_entry x = m->at[s][v];
	int r = check(m, s, v, t, w, rights);

	if (!r && m->at[s][v].first && full(m, t, w))
		r = -ENOMEM;
	if (r)
		return r;
	x.rights = normal(v, x.rights & rights);
	x.first = false;
	x.seen = 0;
	replace(m, t, w, x);
	replace(m, s, v, (struct model_entry){ 0 });
	return 0;
}

static void take(struct model *m, unsigned s, unsigned v, unsigned rights)
{
	struct model_entry *e = &m->at[s][v];

	e->rights = normal(v, e->rights & ~rights);
	if (!e->rights)
		replace(m, s, v, (struct model_entry){ 0 });
}

static void flush_rights(struct model *m, unsigned s, unsigned v, unsigned rights)
{
	FOR_ALL(t, w)
	{
		if (!links_to(&m->at[t][w], s, v))
			continue;
		flush_rights(m, t, w, rights);
		take(m, t, w, rights);
	}
}

void model_flush(struct model *m, unsigned s, unsigned v, unsigned rights, bool self)
{
	if (m->at[s][v].kind == MODEL_NIL)
		return;
	flush_rights(m, s, v, rights);
	if (self && !m->at[s][v].first)
		take(m, s, v, rights);
	return_ports(m);
}

void model_flush_space(struct model *m, unsigned s)
{
	for (unsigned v = 0; v < MODEL_PAGES; v++)
		if (!m->at[s][v].first)
			replace(m, s, v, (struct model_entry){ 0 });
	return_ports(m);
}

void model_flush_real(struct model *m, unsigned real)
{
	FOR_ALL(s, v)
	{
		struct model_entry *e = &m->at[s][v];

		if (e->kind != MODEL_REAL || e->real != real)
			continue;
		flush(m, s, v);
		if (!e->first)
			*e = (struct model_entry){ 0 };
	}
}

int model_populate(struct model *m, unsigned s, unsigned v, unsigned real)
{
	FOR_ALL(t, w)
	if (m->at[t][w].kind == MODEL_REAL && m->at[t][w].real == real)
		return -EINVAL;
	if (m->at[s][v].kind != MODEL_NIL)
		return -EEXIST;
	m->at[s][v] = (struct model_entry){
		.kind = MODEL_REAL,
		.real = real,
		.first = true,
		.rights = TAGMA_RWX,
	};
	return 0;
}

int model_access(struct model *m, unsigned s, unsigned v, unsigned want)
{
	unsigned bits = TAGMA_MAP_ACCESSED | (want == TAGMA_W ? TAGMA_MAP_DIRTY : 0);
	struct model_entry *e = &m->at[s][v];

	if (e->kind == MODEL_NIL)
		return 0;
	if (!(e->rights & want))
		return 2;
	if (is_port(v))
		return 1;
	/* Everybody from whom the page came is told. */
	for (; e->kind == MODEL_LINK; e = &m->at[e->space][e->page])
		e->seen |= bits;
	e->seen |= bits;
	m->real_seen[e->real] |= bits;
	return 1;
}

unsigned model_status(struct model *m, unsigned s, unsigned v)
{
	struct model_entry *e = &m->at[s][v];
	unsigned *seen = e->first ? &m->real_seen[e->real] : &e->seen;
	unsigned bits = *seen;

	if (e->kind == MODEL_NIL || is_port(v))
		return 0;
	*seen = 0;
	return bits;
}

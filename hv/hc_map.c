/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map hypercall: map, grant, flush and status of flexpages. An operation walks
 * what the source space has, not every page of the flexpage, and stops at preemption
 * points; how far it came then stands in the guest's own struct tagma_map.
 */
#include <hv/arch.h>
#include <hv/flexpage.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/preempt.h>
#include <hv/signal.h>
#include <hv/space.h>
#include <hv/thread.h>

#define SEARCH_MAX 16u /* pages that could be mapped while one is searched for */

struct op {
	uint32_t cmd;
	struct tagma_map a; /* the guest's, read once */
	struct space *src, *dst;
	struct thread *signal; /* of a message page; NULL none */
	struct flexpage fp;
	vpn_t to;      /* page of dst for fp.first */
	uint32_t pos;  /* pages of fp done */
	uint32_t work; /* since the last preemption point */
};

/* Where the destination starts. All of it must lie in the space. */
static int check_dst(struct op *o)
{
	if (flexpage_is_port(&o->fp)) {
		o->to = o->fp.first;
		return o->a.dst == (o->fp.first & 0xffffu) << 16 ? 0 : -XEN_EINVAL;
	}
	if (o->a.dst & PAGE_MASK)
		return -XEN_EINVAL;
	o->to = o->a.dst >> PAGE_SHIFT;
	return o->to + o->fp.nr <= 1u << (32 - PAGE_SHIFT) ? 0 : -XEN_EINVAL;
}

static int op_check(struct op *o, struct domain *caller)
{
	bool transfer = o->cmd == TAGMA_MAP_map || o->cmd == TAGMA_MAP_grant;
	uint32_t flags = o->cmd == TAGMA_MAP_flush ? TAGMA_MAP_F_SELF : 0;
	int err = 0;

	if (!flexpage_decode(o->a.src, &o->fp) || o->a.progress > o->fp.nr)
		return -XEN_EINVAL;
	if (o->cmd != TAGMA_MAP_status && ((o->a.flags & ~flags) || !o->fp.rights))
		return -XEN_EINVAL;
	o->src = space_get(caller, o->a.src_space, &err);
	if (!o->src)
		return err;
	o->pos = o->a.progress;
	if (o->cmd == TAGMA_MAP_message) {
		o->signal = signal_thread(caller, o->src, o->a.dst_space, &err);
		return err;
	}
	if (!transfer)
		return 0;
	o->dst = space_get(caller, o->a.dst_space, &err);
	return o->dst ? check_dst(o) : err;
}

/* One page. 0, MAPDB_NOTHING, MAPDB_RESTART or an error. */
static int op_page(struct op *o, vpn_t vpn)
{
	vpn_t to = o->to + (vpn - o->fp.first);
	struct mapping made;
	uint32_t rights, bits;

	switch (o->cmd) {
	case TAGMA_MAP_map:
		return mapdb_map(o->src, vpn, o->dst, to, o->fp.rights, &made);
	case TAGMA_MAP_grant:
		return mapdb_grant(o->src, vpn, o->dst, to, o->fp.rights, &made);
	case TAGMA_MAP_flush:
		return mapdb_flush(o->src, vpn, o->fp.rights, o->a.flags & TAGMA_MAP_F_SELF);
	default:
		break;
	}
	rights = mapdb_lookup(o->src, vpn).rights;
	if (!rights)
		return MAPDB_NOTHING;
	if (o->cmd == TAGMA_MAP_message)
		return signal_mark(o->src, vpn, o->signal);
	bits = mapdb_status(o->src, vpn);
	if (bits == MAPDB_MORE)
		return MAPDB_RESTART;
	o->a.flags |= rights | bits;
	return 0;
}

/* True to stop here: every MAPDB_BATCH pages, or when a page alone used that much up. */
static bool op_pause(struct op *o, uint32_t work)
{
	o->work += work;
	if (o->work < MAPDB_BATCH)
		return false;
	o->work = 0;
	arch_vtlb_sync();
	return preempt_point();
}

/* 0 when the whole flexpage is done, HC_RESTART at o->pos, or an error. */
static long op_run(struct op *o)
{
	while (o->pos < o->fp.nr) {
		vpn_t vpn = o->fp.first + o->pos;
		uint32_t work = 1;
		int r = op_page(o, vpn);

		if (r == MAPDB_NOTHING) {
			/* Of a single page, to say so is of use. */
			if (o->fp.nr == 1 && (o->dst || o->cmd == TAGMA_MAP_message))
				return -XEN_EINVAL;
			vpn = mapdb_next(o->src, vpn + 1, o->fp.first + o->fp.nr) - o->fp.first;
			work += MIN((vpn - o->pos) / 16, SEARCH_MAX);
			o->pos = vpn;
		} else if (r == MAPDB_RESTART) {
			work = MAPDB_BATCH;
		} else if (r) {
			return r;
		} else {
			o->pos++;
		}
		if (op_pause(o, work) && o->pos < o->fp.nr)
			return HC_RESTART;
	}
	return 0;
}

/* Only what the operation answers is written: flags of a status, and progress. */
static int op_answer(struct thread *t, const struct op *o, gva_t at)
{
	struct tagma_map a = o->a;

	a.progress = o->pos;
	return copy_to_guest(t->space, GVA(at.a + offsetof(struct tagma_map, flags)), &a.flags,
			     sizeof(a.flags) + sizeof(a.progress), NULL);
}

static long op_do(struct thread *t, struct op *o, gva_t at)
{
	uint32_t started;
	long r;

	if (copy_from_guest(t->space, &o->a, at, sizeof(o->a), NULL))
		return -XEN_EFAULT;
	r = op_check(o, t->domain);
	if (r)
		return r;
	started = o->pos;
	if (o->cmd == TAGMA_MAP_status) {
		/* The answer grows over the calls that a long one takes. */
		o->a.flags &= started ? TAGMA_RWX | TAGMA_MAP_ACCESSED | TAGMA_MAP_DIRTY : 0;
		if (!guest_ptr(t->space, at, TAGMA_W)) /* bits would be read and lost */
			return -XEN_EFAULT;
	}
	r = op_run(o);
	arch_vtlb_sync();
	if (o->fp.nr == 1 && o->cmd != TAGMA_MAP_status)
		return r;
	if (op_answer(t, o, at) && (!r || r == HC_RESTART)) /* or it would restart for ever */
		r = -XEN_EFAULT;
	return r;
}

_Static_assert(offsetof(struct tagma_map, progress) == offsetof(struct tagma_map, flags) + 4,
	       "op_answer writes both at once");

long hc_map(struct thread *t, uint32_t cmd, gva_t ops, uint32_t count)
{
	struct op o = { .cmd = cmd };

	if (cmd > TAGMA_MAP_message)
		return -XEN_ENOSYS;
	for (uint32_t done = 0; done < count; done++) {
		gva_t at = GVA(ops.a + (uint64_t)done * sizeof(struct tagma_map));
		long r = op_do(t, &o, at);

		if (r)
			return done ? (long)done : r;
		/* At most as many as fit a signed result; the stub asks for the rest. */
		if (done == INT32_MAX - 1 || (op_pause(&o, 1) && done + 1 < count))
			return (long)done + 1;
	}
	return (long)count;
}

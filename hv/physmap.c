/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's physmap: gpn → frame, the first level of every space it builds.
 *
 *	domain->physmap ──> [1024 leaves: mfn of a table, 0 none] ──> [1024 mfns, 0 none]
 *
 * Both levels are frames of the hypervisor's own. Lock: the kernel lock.
 */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/mapdb.h>
#include <hv/mapdb_node.h>
#include <hv/preempt.h>
#include <hv/signal.h>
#include <hv/space.h>

#define REBUILD_BATCH 1024u /* frame records looked at between preemption points */

_Static_assert(PHYSMAP_SIZE * sizeof(uint32_t) == PAGE_SIZE, "a leaf is a frame");

mfn_t domain_physmap_get(const struct domain *d, uint32_t gpn) { return physmap_get(d, gpn); }

/* First page in [gpn, end) that may have an entry. Looks into two leaves at most. */
uint32_t physmap_next(const struct domain *d, uint32_t gpn, uint32_t end)
{
	for (unsigned leaves = 0; gpn < end && leaves < 2;) {
		const uint32_t *leaf = physmap_leaf(d, gpn);

		if (!leaf) {
			gpn = (gpn | (PHYSMAP_SIZE - 1)) + 1;
			continue;
		}
		leaves++;
		do {
			if (leaf[gpn % PHYSMAP_SIZE])
				return gpn;
			gpn++;
		} while (gpn < end && gpn % PHYSMAP_SIZE);
	}
	return MIN(gpn, end);
}

uint32_t domain_physmap_end(const struct domain *d)
{
	for (uint32_t i = PHYSMAP_SIZE; d->physmap && i-- > 0;) {
		const uint32_t *leaf = physmap_leaf(d, i << PHYSMAP_BITS);

		for (uint32_t j = PHYSMAP_SIZE; leaf && j-- > 0;)
			if (leaf[j])
				return (i << PHYSMAP_BITS) + j + 1;
	}
	return 0;
}

static int leaf_make(struct domain *d, uint32_t gpn)
{
	mfn_t m;

	if (!d->physmap) {
		m = frame_alloc(FRAME_OWNER_HV, 0);
		if (!mfn_ok(m))
			return -XEN_ENOMEM;
		d->physmap = frame_ptr(m);
	}
	if (!d->physmap[gpn >> PHYSMAP_BITS]) {
		m = frame_alloc(FRAME_OWNER_HV, 0);
		if (!mfn_ok(m))
			return -XEN_ENOMEM;
		d->physmap[gpn >> PHYSMAP_BITS] = m.n;
	}
	return 0;
}

int domain_physmap_set(struct domain *d, uint32_t gpn, mfn_t m)
{
	struct frame *f = frame_of(m);
	int r;

	if (gpn >= PHYSMAP_SIZE * PHYSMAP_SIZE || !f || f->gpn != GPN_NONE)
		return -XEN_EINVAL;
	if (f->child[0] || f->child[1]) /* granted away, and somebody still has it */
		return -XEN_EINVAL;
	if (d->root && mapdb_lookup(d->root, gpn).rights)
		return -XEN_EEXIST;
	r = leaf_make(d, gpn);
	if (r)
		return r;
	physmap_leaf(d, gpn)[gpn % PHYSMAP_SIZE] = m.n;
	f->gpn = gpn;
	return 0;
}

void physmap_remove(struct domain *d, uint32_t gpn)
{
	uint32_t *leaf = physmap_leaf(d, gpn);
	struct frame *f;

	if (!leaf || !leaf[gpn % PHYSMAP_SIZE])
		return;
	mapdb_epoch++;
	f = frame_at((mfn_t){ leaf[gpn % PHYSMAP_SIZE] });
	if (d->root)
		f->flags |= mapdb_to_frame_bits(arch_vtlb_remove(d->root, gpn, TAGMA_RWX));
	if (d->root && (f->flags & FRAME_MESSAGE))
		signal_unmapped(d->root, gpn, (mfn_t){ leaf[gpn % PHYSMAP_SIZE] });
	leaf[gpn % PHYSMAP_SIZE] = 0;
	f->gpn = GPN_NONE;
}

void domain_physmap_clear(struct domain *d, uint32_t gpn)
{
	physmap_remove(d, gpn);
	arch_vtlb_sync();
}

int domain_populate(struct domain *d, uint32_t gpn)
{
	mfn_t m;
	int r;

	if (d->nr_pages >= d->max_pages)
		return -XEN_ENOMEM;
	m = frame_alloc(d->domid, d->colours);
	if (!mfn_ok(m))
		return -XEN_ENOMEM;
	r = domain_physmap_set(d, gpn, m);
	if (r) {
		frame_free(m);
		return r;
	}
	d->nr_pages++;
	return 0;
}

static int rebuild_page(struct domain *d, mfn_t m)
{
	const struct frame *f = frame_of(m);

	if (!f || f->owner != d->domid)
		return 0;
	d->nr_pages++;
	if (f->gpn == GPN_NONE)
		return 0;
	if (leaf_make(d, f->gpn))
		return -XEN_ENOMEM;
	physmap_leaf(d, f->gpn)[f->gpn % PHYSMAP_SIZE] = m.n;
	return 0;
}

int domain_physmap_rebuild(struct domain *d)
{
	while (d->reap < frame_limit()) {
		for (uint32_t n = 0; n < REBUILD_BATCH && d->reap < frame_limit(); n++, d->reap++)
			if (rebuild_page(d, (mfn_t){ d->reap }))
				return -XEN_ENOMEM;
		if (preempt_point())
			return HC_RESTART;
	}
	return 0;
}

void domain_physmap_free(struct domain *d)
{
	if (!d->physmap)
		return;
	for (uint32_t i = 0; i < PHYSMAP_SIZE; i++)
		if (d->physmap[i])
			frame_free((mfn_t){ d->physmap[i] });
	frame_free(frame_mfn(d->physmap));
	d->physmap = NULL;
}

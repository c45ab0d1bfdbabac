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
#include <hv/mapdb.h>
#include <hv/mapdb_node.h>
#include <hv/signal.h>
#include <hv/space.h>

#define LEAF_BITS 10
#define LEAF_SIZE (1u << LEAF_BITS)
#define MAX_GPN (LEAF_SIZE * LEAF_SIZE)

_Static_assert(LEAF_SIZE * sizeof(uint32_t) == PAGE_SIZE, "a leaf is a frame");

static uint32_t *leaf_of(const struct domain *d, uint32_t gpn)
{
	if (gpn >= MAX_GPN || !d->physmap || !d->physmap[gpn >> LEAF_BITS])
		return NULL;
	return frame_ptr((mfn_t){ d->physmap[gpn >> LEAF_BITS] });
}

mfn_t domain_physmap_get(const struct domain *d, uint32_t gpn)
{
	const uint32_t *leaf = leaf_of(d, gpn);

	if (!leaf)
		return MFN_NONE;
	return (mfn_t){ leaf[gpn % LEAF_SIZE] };
}

/* First page in [gpn, end) that may have an entry. Looks into two leaves at most. */
uint32_t physmap_next(const struct domain *d, uint32_t gpn, uint32_t end)
{
	for (unsigned leaves = 0; gpn < end && leaves < 2;) {
		const uint32_t *leaf = leaf_of(d, gpn);

		if (!leaf) {
			gpn = (gpn | (LEAF_SIZE - 1)) + 1;
			continue;
		}
		leaves++;
		do {
			if (leaf[gpn % LEAF_SIZE])
				return gpn;
			gpn++;
		} while (gpn < end && gpn % LEAF_SIZE);
	}
	return MIN(gpn, end);
}

uint32_t domain_physmap_end(const struct domain *d)
{
	for (uint32_t i = LEAF_SIZE; d->physmap && i-- > 0;) {
		const uint32_t *leaf = leaf_of(d, i << LEAF_BITS);

		for (uint32_t j = LEAF_SIZE; leaf && j-- > 0;)
			if (leaf[j])
				return (i << LEAF_BITS) + j + 1;
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
	if (!d->physmap[gpn >> LEAF_BITS]) {
		m = frame_alloc(FRAME_OWNER_HV, 0);
		if (!mfn_ok(m))
			return -XEN_ENOMEM;
		d->physmap[gpn >> LEAF_BITS] = m.n;
	}
	return 0;
}

int domain_physmap_set(struct domain *d, uint32_t gpn, mfn_t m)
{
	struct frame *f = frame_of(m);
	int r;

	if (gpn >= MAX_GPN || !f || f->gpn != GPN_NONE)
		return -XEN_EINVAL;
	if (f->child[0] || f->child[1]) /* granted away, and somebody still has it */
		return -XEN_EINVAL;
	if (d->root && mapdb_lookup(d->root, gpn).rights)
		return -XEN_EEXIST;
	r = leaf_make(d, gpn);
	if (r)
		return r;
	leaf_of(d, gpn)[gpn % LEAF_SIZE] = m.n;
	f->gpn = gpn;
	return 0;
}

void physmap_remove(struct domain *d, uint32_t gpn)
{
	uint32_t *leaf = leaf_of(d, gpn);
	struct frame *f;

	if (!leaf || !leaf[gpn % LEAF_SIZE])
		return;
	f = frame_of((mfn_t){ leaf[gpn % LEAF_SIZE] });
	if (d->root)
		f->flags |= mapdb_to_frame_bits(arch_vtlb_remove(d->root, gpn, TAGMA_RWX));
	if (d->root && (f->flags & FRAME_MESSAGE))
		signal_unmapped(d->root, gpn, (mfn_t){ leaf[gpn % LEAF_SIZE] });
	leaf[gpn % LEAF_SIZE] = 0;
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

void domain_physmap_free(struct domain *d)
{
	if (!d->physmap)
		return;
	for (uint32_t i = 0; i < LEAF_SIZE; i++)
		if (d->physmap[i])
			frame_free((mfn_t){ d->physmap[i] });
	frame_free(frame_mfn(d->physmap));
	d->physmap = NULL;
}

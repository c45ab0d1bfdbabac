/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of a domain, as Xen's memory_op for 32-bit callers: layouts below. Guests
 * name pages (gpns) and never see frames, so what Xen calls GMFN is a gpn too.
 */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/mapdb.h>
#include <hv/preempt.h>
#include <hv/thread.h>
#include <xen/memory.h>

#define MEMOP_CMD_MASK 0x3fu /* Xen's: the first extent of a restart is in the bits above */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_BATCH 16u	    /* extents between preemption points */
#define GPN_LIMIT 0x100000u /* 4 GB */

#define E820_RAM 1u
#define E820_MAX 128u

struct compat_reservation {
	uint32_t extent_start, nr_extents, extent_order, mem_flags;
	uint16_t domid, pad;
};
_Static_assert(sizeof(struct compat_reservation) == 20, "i386 xen_memory_reservation");

struct compat_memory_map {
	uint32_t nr_entries, buffer;
};
_Static_assert(sizeof(struct compat_memory_map) == 8, "i386 xen_memory_map");

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));
_Static_assert(sizeof(struct e820_entry) == 20, "BIOS layout");

/* One page of d goes, with all mappings of it. 1 done, 0 call again, or -errno. */
static int release_page(struct domain *d, uint32_t gpn)
{
	mfn_t m = domain_physmap_get(d, gpn);

	if (!mfn_ok(m))
		return -XEN_EINVAL;
	if (frame_of(m)->pins)
		return -XEN_EBUSY;
	if (!mapdb_flush_frame(m))
		return 0;
	domain_physmap_clear(d, gpn);
	d->nr_pages--;
	arch_vtlb_sync();
	frame_free(m);
	return 1;
}

static int change_page(struct domain *d, uint32_t cmd, uint32_t gpn)
{
	int r;

	if (gpn >= GPN_LIMIT)
		return -XEN_EINVAL;
	if (cmd == XENMEM_decrease_reservation)
		return release_page(d, gpn);
	r = domain_populate(d, gpn);
	return r ? r : 1;
}

/* Returns the number of extents done, as Xen does: fewer than asked means failure. */
static long change_reservation(struct thread *t, uint32_t op, gva_t arg)
{
	uint32_t cmd = op & MEMOP_CMD_MASK, first = op >> MEMOP_EXTENT_SHIFT, i, gpn;
	struct compat_reservation r;
	struct domain *d;
	int err, done;

	if (copy_from_guest(t->space, &r, arg, sizeof(r), NULL))
		return -XEN_EFAULT;
	if (r.extent_order || r.mem_flags || r.nr_extents > GPN_LIMIT || first > r.nr_extents)
		return -XEN_EINVAL;
	d = domain_get(t->domain, r.domid, &err);
	if (!d)
		return err;
	for (i = first; i < r.nr_extents; i++) {
		done = 0;
		if (i == first || (i - first) % MEMOP_BATCH || !preempt_point()) {
			if (copy_from_guest(t->space, &gpn, GVA(r.extent_start + 4ull * i),
					    sizeof(gpn), NULL))
				break;
			done = change_page(d, cmd, gpn);
		}
		if (done < 0)
			break;
		if (!done) {
			arch_hc_set_arg(t, 0, cmd | i << MEMOP_EXTENT_SHIFT);
			return HC_RESTART;
		}
	}
	arch_hc_set_arg(t, 0, cmd);
	return (long)i;
}

static long reservation_size(struct thread *t, uint32_t cmd, gva_t arg)
{
	struct domain *d;
	domid_t domid;
	int err;

	if (copy_from_guest(t->space, &domid, arg, sizeof(domid), NULL))
		return -XEN_EFAULT;
	d = domain_get(t->domain, domid, &err);
	if (!d)
		return err;
	return (long)(cmd == XENMEM_current_reservation ? d->nr_pages : d->max_pages);
}

/* Runs of pages that are there, in order, as RAM. */
static long memory_map(struct thread *t, gva_t arg)
{
	const struct domain *d = t->domain;
	uint32_t gpn = 0, end = domain_physmap_end(d), max;
	struct compat_memory_map map;

	if (copy_from_guest(t->space, &map, arg, sizeof(map), NULL))
		return -XEN_EFAULT;
	max = MIN(map.nr_entries, E820_MAX);
	for (map.nr_entries = 0; map.nr_entries < max && gpn < end; map.nr_entries++) {
		gva_t to = GVA(map.buffer + map.nr_entries * sizeof(struct e820_entry));
		struct e820_entry e = { .type = E820_RAM };

		while (!mfn_ok(domain_physmap_get(d, gpn)))
			gpn++;
		for (e.addr = (uint64_t)gpn << PAGE_SHIFT; mfn_ok(domain_physmap_get(d, gpn));
		     gpn++)
			e.size += PAGE_SIZE;
		if (copy_to_guest(t->space, to, &e, sizeof(e), NULL))
			return -XEN_EFAULT;
	}
	return copy_to_guest(t->space, arg, &map, sizeof(map), NULL);
}

long hc_memory_op(struct thread *t, uint32_t op, gva_t arg)
{
	switch (op & MEMOP_CMD_MASK) {
	case XENMEM_populate_physmap:
	case XENMEM_decrease_reservation:
		return change_reservation(t, op, arg);
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
		return reservation_size(t, op & MEMOP_CMD_MASK, arg);
	case XENMEM_memory_map:
		return memory_map(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

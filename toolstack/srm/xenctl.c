/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "srm/xenctl.h"

static int domctl(struct xen_domctl *op, uint32_t cmd, uint32_t domid)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = (domid_t)domid;
	return (int)HYPERVISOR_domctl(op);
}

static int sysctl(struct xen_sysctl *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return (int)HYPERVISOR_sysctl(op);
}

int xc_create(uint32_t *domid)
{
	struct xen_domctl op = { .u.createdomain = { .max_vcpus = 1 } };
	int err = domctl(&op, XEN_DOMCTL_createdomain, *domid);

	*domid = op.domain;
	return err;
}

int xc_destroy(uint32_t domid)
{
	struct xen_domctl op = { 0 };

	return domctl(&op, XEN_DOMCTL_destroydomain, domid);
}

int xc_pause(uint32_t domid)
{
	struct xen_domctl op = { 0 };

	return domctl(&op, XEN_DOMCTL_pausedomain, domid);
}

int xc_unpause(uint32_t domid)
{
	struct xen_domctl op = { 0 };

	return domctl(&op, XEN_DOMCTL_unpausedomain, domid);
}

int xc_max_mem(uint32_t domid, uint64_t kb)
{
	struct xen_domctl op = { .u.max_mem.max_memkb = kb };

	return domctl(&op, XEN_DOMCTL_max_mem, domid);
}

int xc_info(uint32_t domid, struct xen_domctl_getdomaininfo *out)
{
	struct xen_domctl op = { 0 };
	int err = domctl(&op, XEN_DOMCTL_getdomaininfo, domid);

	if (err)
		return err;
	*out = op.u.getdomaininfo;
	/* Xen answers with the next one there is. */
	return out->domain == domid ? 0 : -ESRCH;
}

int xc_vcpu(uint32_t domid, uint32_t vcpu, struct xen_domctl_getvcpuinfo *out)
{
	struct xen_domctl op = { .u.getvcpuinfo.vcpu = vcpu };
	int err = domctl(&op, XEN_DOMCTL_getvcpuinfo, domid);

	*out = op.u.getvcpuinfo;
	return err;
}

/* Returns how many pages were done. */
static uint32_t reservation(uint32_t cmd, uint32_t domid, uint32_t first, uint32_t nr)
{
	static xen_pfn_t gpns[512];
	uint32_t done = 0;

	while (done < nr) {
		uint32_t n = nr - done < 512 ? nr - done : 512;
		struct xen_memory_reservation r = {
			.nr_extents = n,
			.domid = (domid_t)domid,
		};
		long ret;

		for (uint32_t i = 0; i < n; i++)
			gpns[i] = first + done + i;
		set_xen_guest_handle(r.extent_start, gpns);
		ret = HYPERVISOR_memory_op(cmd, &r);
		if (ret > 0)
			done += (uint32_t)ret;
		if (ret != (long)n)
			break;
	}
	return done;
}

int xc_populate(uint32_t domid, uint32_t first, uint32_t nr)
{
	uint32_t done = reservation(XENMEM_populate_physmap, domid, first, nr);

	if (done == nr)
		return 0;
	xc_release(domid, first, done);
	return -ENOMEM;
}

void xc_release(uint32_t domid, uint32_t first, uint32_t nr)
{
	reservation(XENMEM_decrease_reservation, domid, first, nr);
}

int xc_physinfo(struct xen_sysctl_physinfo *out)
{
	struct xen_sysctl op = { 0 };
	int err = sysctl(&op, XEN_SYSCTL_physinfo);

	*out = op.u.physinfo;
	return err;
}

uint64_t xc_free_kb(void)
{
	struct xen_sysctl_physinfo p;

	return xc_physinfo(&p) ? 0 : p.free_pages * (PAGE_SIZE / 1024);
}

int xc_readconsole(char *buf, uint32_t size, uint32_t *index, bool first, bool clear)
{
	struct xen_sysctl op = {
		.u.readconsole = {
			.incremental = !first,
			.clear = clear,
			.index = *index,
			.count = size,
		},
	};
	int err;

	set_xen_guest_handle(op.u.readconsole.buffer, buf);
	err = sysctl(&op, XEN_SYSCTL_readconsole);
	if (err)
		return err;
	*index = op.u.readconsole.index;
	return (int)(op.u.readconsole.count < size ? op.u.readconsole.count : size);
}

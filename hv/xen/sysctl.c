/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's controls of the machine, for domains that control others. */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/domain_info.h>
#include <hv/guest.h>
#include <hv/thread.h>
#include <xen/sysctl.h>

#define LIST_MAX 64u   /* domains in one call: the caller goes on behind the last */
#define READ_MAX 4096u /* bytes of the log in one call */

_Static_assert(sizeof(struct xen_sysctl) == 136, "the same for 32-bit callers");

static gva_t handle(const void *p) { return GVA((uintptr_t)p); }

static long physinfo(struct thread *t, struct xen_sysctl *op)
{
	(void)t;
	op->u.physinfo = (struct xen_sysctl_physinfo){
		.threads_per_core = 1,
		.cores_per_socket = 1,
		.nr_cpus = 1,
		.nr_nodes = 1,
		.cpu_khz = arch_time_khz(),
		.capabilities = XEN_SYSCTL_PHYSCAP_pv,
		.total_pages = frame_total(),
		.free_pages = frame_count_free(),
		.max_mfn = frame_limit() - 1,
	};
	return 0;
}

static long domain_info_list(struct thread *t, struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
	gva_t buf = handle(l->buffer.p);
	uint32_t domid = l->first_domain, max = MIN(l->max_domains, LIST_MAX), n = 0;
	const struct domain *d;

	for (; n < max && (d = domain_next(domid)); n++, domid = d->domid + 1u) {
		struct xen_domctl_getdomaininfo info;

		domain_fill_info(d, &info);
		if (copy_to_guest(t->space, GVA(buf.a + n * sizeof(info)), &info, sizeof(info),
				  NULL))
			return -XEN_EFAULT;
	}
	l->num_domains = n;
	return 0;
}

/* Xen's index has 32 bits; the log's position is the nearest one to its end that fits it. */
static uint64_t position_of(uint32_t index)
{
	uint64_t end = console_written();

	return end - (uint32_t)((uint32_t)end - index);
}

static long readconsole(struct thread *t, struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *r = &op->u.readconsole;
	static uint64_t cleared; /* `dmesg -c` reads from here */
	uint64_t pos = r->incremental ? position_of(r->index) : cleared;
	uint32_t done = 0, max = MIN(r->count, READ_MAX);
	gva_t buf = handle(r->buffer.p);
	char chunk[128];

	while (done < max) {
		size_t n = console_read(&pos, chunk, MIN(sizeof(chunk), (size_t)(max - done)));

		if (!n)
			break;
		if (copy_to_guest(t->space, GVA(buf.a + done), chunk, n, NULL))
			return -XEN_EFAULT;
		done += (uint32_t)n;
	}
	if (r->clear)
		cleared = pos;
	r->count = done;
	r->index = (uint32_t)pos;
	return 0;
}

static long cpu_info(struct thread *t, struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *c = &op->u.getcpuinfo;
	struct xen_sysctl_cpuinfo info = { .idletime = this_cpu()->idle_ns };

	c->nr_cpus = MIN(c->max_cpus, 1u);
	if (c->nr_cpus && copy_to_guest(t->space, handle(c->info.p), &info, sizeof(info), NULL))
		return -XEN_EFAULT;
	return 0;
}

long hc_sysctl(struct thread *t, gva_t arg)
{
	static long (*const ops[])(struct thread * t, struct xen_sysctl * op) = {
		[XEN_SYSCTL_physinfo] = physinfo,
		[XEN_SYSCTL_getdomaininfolist] = domain_info_list,
		[XEN_SYSCTL_readconsole] = readconsole,
		[XEN_SYSCTL_getcpuinfo] = cpu_info,
	};
	struct xen_sysctl op;
	long r;

	if (copy_from_guest(t->space, &op, arg, sizeof(op), NULL))
		return -XEN_EFAULT;
	if (!t->domain->control)
		return -XEN_EPERM;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -XEN_EACCES;
	if (op.cmd >= ARRAY_SIZE(ops) || !ops[op.cmd])
		return -XEN_ENOSYS;
	r = ops[op.cmd](t, &op);
	return r ? r : copy_to_guest(t->space, arg, &op, sizeof(op), NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/domain_info.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/domctl.h>

struct domain *domain_next(uint32_t domid)
{
	list_for_each (l, &domain_list) {
		struct domain *d = list_entry(l, struct domain, link);

		if (d->domid >= domid)
			return d;
	}
	return NULL;
}

bool domain_is_running(const struct domain *d)
{
	list_for_each (s, &d->spaces)
		list_for_each (t, &list_entry(s, struct space, dom_link)->threads)
			if (thread_runnable(list_entry(t, struct thread, space_link)))
				return true;
	return false;
}

static uint32_t info_flags(const struct domain *d)
{
	uint32_t flags = 0;

	if (d->dying)
		flags |= XEN_DOMINF_dying;
	if (d->shutdown)
		flags |= XEN_DOMINF_shutdown | (d->shutdown - 1) << XEN_DOMINF_shutdownshift;
	/* What a shutdown adds is no pause by the controller. */
	if (!d->dying && d->pause_count > (d->shutdown ? 1u : 0u))
		flags |= XEN_DOMINF_paused;
	return flags | (domain_is_running(d) ? XEN_DOMINF_running : XEN_DOMINF_blocked);
}

void domain_fill_info(const struct domain *d, struct xen_domctl_getdomaininfo *i)
{
	memset(i, 0, sizeof(*i));
	i->domain = d->domid;
	i->flags = info_flags(d);
	i->tot_pages = d->nr_pages;
	i->max_pages = d->max_pages;
	i->shared_info_frame = d->shared_info ? frame_of(d->shared_info_mfn)->gpn : 0;
	i->cpu_time = domain_run_ns(d);
	i->nr_online_vcpus = d->vcpu[0].thread ? 1 : 0;
	i->max_vcpu_id = d->nr_vcpus - 1;
	i->gpaddr_bits = 32;
	memcpy(i->handle, d->handle, sizeof(i->handle));
}

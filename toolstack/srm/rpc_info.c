/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers to the host's questions. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/time.h>

#include "srm/srm.h"
#include "srm/xenctl.h"

#define KB_PER_PAGE (PAGE_SIZE / 1024)

int dom_info(const struct dom *d, struct xen_domctl_getdomaininfo *i)
{
	const struct tagma_saved_domain *s = &d->saved;

	if (!d->away)
		return xc_info(d->domid, i);
	*i = (struct xen_domctl_getdomaininfo){
		.domain = (domid_t)d->domid,
		.flags = s->flags & TAGMA_SAVED_RUNNABLE ? XEN_DOMINF_running : XEN_DOMINF_blocked,
		.tot_pages = s->nr_pages,
		.nr_online_vcpus = s->shared_info != 0,
		.cpu_time = s->run_ns,
	};
	if (s->shutdown)
		i->flags |= XEN_DOMINF_shutdown | (s->shutdown - 1) << XEN_DOMINF_shutdownshift;
	if (s->pause_count > (s->shutdown ? 1u : 0u))
		i->flags |= XEN_DOMINF_paused;
	return 0;
}

static void fill_live(struct proto_domain *out, const struct xen_domctl_getdomaininfo *i)
{
	uint32_t reason = i->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	struct tagma_domain_info info = { .domid = i->domain };

	if (!HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, &info) && info.flags & TAGMA_DOMAIN_F_SMALL)
		out->state |= PROTO_DOM_SMALL;
	if (i->flags & XEN_DOMINF_dying)
		out->state |= PROTO_DOM_DYING;
	if (i->flags & XEN_DOMINF_shutdown) {
		out->state |= reason == SHUTDOWN_crash || reason == SHUTDOWN_watchdog
				      ? PROTO_DOM_SHUTDOWN | PROTO_DOM_CRASHED
				      : PROTO_DOM_SHUTDOWN;
		out->reason = reason;
	} else if (i->flags & XEN_DOMINF_paused) {
		out->state |= PROTO_DOM_PAUSED;
	} else {
		out->state |= i->flags & XEN_DOMINF_running ? PROTO_DOM_RUNNING : PROTO_DOM_BLOCKED;
	}
	out->mem_kb = i->tot_pages * KB_PER_PAGE;
	out->vcpus = i->nr_online_vcpus;
	out->cpu_ns = i->cpu_time;
}

static void fill_domain(struct proto_domain *out, const struct dom *d)
{
	struct xen_domctl_getdomaininfo info;

	*out = (struct proto_domain){
		.domid = d->domid,
		.max_kb = d->cfg.c.mem_kb,
		.prio = d->cfg.c.prio,
		.cap = d->cfg.c.cap,
		.colours = d->cfg.c.colours,
		.console_end = d->con.end,
		.cookie = d->cfg.c.cookie,
		.reason = d->reason,
	};
	strlcpy(out->name, d->cfg.c.name, sizeof(out->name));
	if (d->away)
		out->state = PROTO_DOM_AWAY;
	if (d->gone || dom_info(d, &info))
		out->state = PROTO_DOM_GONE;
	else
		fill_live(out, &info);
}

static void fill_self(struct proto_domain *out)
{
	struct xen_domctl_getdomaininfo info;

	*out = (struct proto_domain){ .prio = 255, .name = "srm" };
	if (!xc_info(0, &info))
		fill_live(out, &info);
	out->max_kb = out->mem_kb;
}

int info_list(struct pbuf *in, struct pbuf *out)
{
	static struct proto_list list;
	struct proto_index m;
	const struct dom *d;

	proto_index(in, &m);
	if (!pbuf_done(in))
		return -EINVAL;
	list.nr = list.next = 0;
	if (m.first == 0)
		fill_self(&list.d[list.nr++]);
	for (d = dom_next(m.first); d; d = dom_next(d->domid + 1)) {
		if (list.nr == PROTO_LIST_MAX) {
			list.next = d->domid;
			break;
		}
		fill_domain(&list.d[list.nr++], d);
	}
	proto_list(out, &list);
	return 0;
}

int info_sysinfo(struct pbuf *out)
{
	static struct proto_sysinfo m;
	static char text[1024];
	struct tagma_machine machine;
	struct xen_sysctl_physinfo p;
	char extra[16] = "";
	long version = HYPERVISOR_xen_version(XENVER_version, 0);
	int err = xc_physinfo(&p);

	if (err)
		return err;
	memset(&m, 0, sizeof(m));
	HYPERVISOR_xen_version(XENVER_extraversion, extra);
	snprintf(m.version, sizeof(m.version), "%ld.%ld%.15s", version >> 16, version & 0xffff,
		 extra);
	if (HYPERVISOR_xen_version(XENVER_capabilities, text) >= 0)
		strlcpy(m.caps, text, sizeof(m.caps));
	if (HYPERVISOR_xen_version(XENVER_commandline, text) >= 0)
		strlcpy(m.cmdline, text, sizeof(m.cmdline));
	m.nr_cpus = p.nr_cpus;
	m.cpu_khz = p.cpu_khz;
	m.total_kb = p.total_pages * KB_PER_PAGE;
	m.free_kb = p.free_pages * KB_PER_PAGE;
	m.outstanding_kb = p.outstanding_pages * KB_PER_PAGE;
	if (!HYPERVISOR_tagma_debug(TAGMA_DEBUG_machine, &machine)) {
		snprintf(m.cpu, sizeof(m.cpu), "%.*s", (int)sizeof(machine.cpu), machine.cpu);
		m.nr_colours = machine.nr_colours;
	}
	m.max_domains = DOMID_FIRST_RESERVED; /* as long as there is memory */
	m.nr_domains = 1;
	list_for_each (l, &dom_list) {
		m.nr_domains += !list_entry(l, struct dom, link)->gone;
	}
	m.uptime_ns = time_ns();
	m.rx_frames = line_rx()->frames;
	m.rx_garbage = line_rx()->garbage;
	m.rx_lost = line_rx()->lost;
	proto_sysinfo(out, &m);
	return 0;
}

int info_counters(struct pbuf *in, struct pbuf *out)
{
	static struct tagma_counters c;
	static struct proto_counters reply;
	struct proto_index m;
	uint32_t nr;
	int err;

	proto_index(in, &m);
	if (!pbuf_done(in))
		return -EINVAL;
	err = (int)HYPERVISOR_tagma_debug(TAGMA_DEBUG_counters, &c);
	if (err)
		return err;
	nr = c.nr < TAGMA_MAX_COUNTERS ? c.nr : TAGMA_MAX_COUNTERS;
	reply.nr = reply.next = 0;
	for (uint32_t i = m.first; i < nr; i++) {
		struct proto_counter *to = &reply.c[reply.nr];

		if (reply.nr == PROTO_COUNTERS_MAX) {
			reply.next = i;
			break;
		}
		snprintf(to->name, sizeof(to->name), "%.23s", c.c[i].name);
		to->value = c.c[i].value;
		reply.nr++;
	}
	proto_counters(out, &reply);
	return 0;
}

int info_dmesg(struct pbuf *in, struct pbuf *out)
{
	static struct proto_text text;
	struct proto_dmesg m;
	int n;

	proto_dmesg(in, &m);
	if (!pbuf_done(in))
		return -EINVAL;
	text.next = m.index;
	n = xc_readconsole(text.text, PROTO_TEXT, &text.next, m.index == 0, m.clear != 0);
	if (n < 0)
		return n;
	text.len = (uint16_t)n;
	proto_text(out, &text);
	return 0;
}

int info_vcpus(struct pbuf *in, struct pbuf *out)
{
	static struct proto_vcpus reply;
	struct xen_domctl_getdomaininfo info;
	const struct dom *d;
	struct proto_domid m;

	proto_domid(in, &m);
	if (!pbuf_done(in))
		return -EINVAL;
	reply.nr = 0;
	d = dom_find(m.domid);
	if (d && d->away) {
		bool runnable = d->saved.flags & TAGMA_SAVED_RUNNABLE;

		reply.v[reply.nr++] = (struct proto_vcpu){
			.online = d->saved.shared_info != 0,
			.blocked = !runnable,
			.cpu_ns = d->saved.run_ns,
		};
		proto_vcpus(out, &reply);
		return 0;
	}
	if (xc_info(m.domid, &info))
		return -ESRCH;
	for (uint32_t i = 0; i <= info.max_vcpu_id && i < PROTO_VCPUS_MAX; i++) {
		struct xen_domctl_getvcpuinfo v;

		if (xc_vcpu(m.domid, i, &v))
			break;
		reply.v[reply.nr++] = (struct proto_vcpu){
			.vcpu = i,
			.cpu = v.cpu,
			.online = v.online,
			.blocked = v.blocked,
			.running = v.running,
			.cpu_ns = v.cpu_time,
		};
	}
	proto_vcpus(out, &reply);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The domains: one record each, from creation until the host has its last words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/event.h>
#include <tagma/mem.h>

#include "srm/srm.h"
#include "srm/xenctl.h"

/* One that crashes sooner than this is not started again: it would crash again. */
#define RESTART_NS (2000 * NS_PER_MS)

struct list dom_list = LIST_INIT(dom_list);
static bool look_for_deaths;

static void on_dom_exc(void *arg, uint32_t port)
{
	(void)arg;
	(void)port;
	look_for_deaths = true;
}

void domains_init(void)
{
	int port = event_bind_virq(VIRQ_DOM_EXC, on_dom_exc, 0);

	if (port < 0)
		log_line("no VIRQ_DOM_EXC: error %d", -port);
	else
		event_unmask((uint32_t)port);
}

struct dom *dom_find_any(uint32_t domid)
{
	list_for_each (l, &dom_list) {
		struct dom *d = list_entry(l, struct dom, link);

		if (d->domid == domid)
			return d;
	}
	return 0;
}

struct dom *dom_find(uint32_t domid)
{
	struct dom *d = dom_find_any(domid);

	return d && !d->gone ? d : 0;
}

struct dom *dom_next(uint32_t domid)
{
	struct dom *best = 0;

	list_for_each (l, &dom_list) {
		struct dom *d = list_entry(l, struct dom, link);

		if (d->domid >= domid && (!best || d->domid < best->domid))
			best = d;
	}
	return best;
}

struct dom *dom_by_name(const char *name)
{
	list_for_each (l, &dom_list) {
		struct dom *d = list_entry(l, struct dom, link);

		if (!d->gone && !strcmp(d->cfg.c.name, name))
			return d;
	}
	return 0;
}

void dom_event(const struct dom *d, enum proto_event_kind kind, uint32_t arg, uint32_t action)
{
	struct proto_event ev = {
		.kind = (uint16_t)kind,
		.action = (uint16_t)action,
		.domid = d->domid,
		.arg = arg,
	};

	strlcpy(ev.text, d->cfg.c.name, sizeof(ev.text));
	rpc_event(&ev);
}

static void dom_forget(struct dom *d)
{
	list_del(&d->link);
	image_put(d->cfg.kernel);
	image_put(d->cfg.ramdisk);
	con_free(&d->con);
	free(d);
}

/* All that the living domain holds of ours and of the machine's. */
static int dom_release(struct dom *d)
{
	int err = d->domid ? xc_destroy(d->domid) : 0;

	swap_forget(d->domid);
	if (d->con.port)
		event_close(d->con.port);
	if (d->control_port)
		event_close(d->control_port);
	d->con.port = d->control_port = 0;
	/* The domain's mappings of these went with it. */
	if (d->con.page)
		page_put((void *)(uintptr_t)d->con.page);
	if (d->control)
		page_put((void *)(uintptr_t)d->control);
	d->con.page = 0;
	d->control = 0;
	return err;
}

/* Room for one more record: the console of the domain that died first goes. */
static void dom_make_room(void)
{
	struct dom *oldest = 0;
	unsigned int n = 0;

	list_for_each (l, &dom_list) {
		struct dom *d = list_entry(l, struct dom, link);

		n++;
		if (d->gone && !oldest)
			oldest = d;
	}
	if (n >= SRM_DOMAINS && oldest)
		dom_forget(oldest);
}

static struct dom *dom_new(const struct dom_config *cfg)
{
	struct dom *d;

	dom_make_room();
	d = calloc(1, sizeof(*d));
	if (!d)
		return 0;
	con_init(&d->con);
	if (!d->con.ring) {
		free(d);
		return 0;
	}
	list_init(&d->link);
	d->cfg = *cfg;
	if (!d->cfg.c.prio)
		d->cfg.c.prio = SRM_DEFAULT_PRIO;
	return d;
}

static int name_check(const struct dom_config *cfg, struct fit_error *e)
{
	const char *name = cfg->c.name;

	if (!*name)
		return fit_fail(e, "domain", "name", "missing");
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~')
			return fit_fail(e, "domain", "name",
					"has a character that is no letter, digit or sign");
	if (!strcmp(name, "srm") || dom_by_name(name))
		return fit_fail(e, name, "name", "is in use");
	return 0;
}

struct dom *dom_create(const struct dom_config *cfg, uint32_t domid, struct fit_error *e, int *err)
{
	struct dom *d = 0;

	*err = -EEXIST;
	if (!name_check(cfg, e)) {
		*err = -ENOMEM;
		d = dom_new(cfg);
		if (!d)
			fit_fail(e, cfg->c.name, 0, "srm is out of memory");
	}
	if (!d) {
		image_put(cfg->kernel);
		image_put(cfg->ramdisk);
		return 0;
	}
	*err = build_domain(d, domid, e);
	if (*err) {
		dom_release(d);
		dom_forget(d);
		return 0;
	}
	list_add_tail(&dom_list, &d->link);
	d->started_ns = now_ns();
	d->paused = cfg->c.paused;
	dom_event(d, PROTO_EV_CREATED, 0, 0);
	if (!d->paused)
		xc_unpause(d->domid);
	return d;
}

/* What an ended domain's configuration says. */
static uint32_t action_for(const struct dom *d)
{
	switch (d->reason) {
	case SHUTDOWN_poweroff:
		return d->cfg.c.on_poweroff;
	case SHUTDOWN_reboot:
		return d->cfg.c.on_reboot;
	case SHUTDOWN_crash:
	case SHUTDOWN_watchdog:
		if (d->cfg.c.on_crash == PROTO_ON_RESTART &&
		    now_ns() - d->started_ns < RESTART_NS) {
			log_line("domain %s: crashed too soon after its start; it is not restarted",
				 d->cfg.c.name);
			return PROTO_ON_DESTROY;
		}
		return d->cfg.c.on_crash;
	default:
		return PROTO_ON_PRESERVE;
	}
}

static void dom_look(struct dom *d)
{
	struct xen_domctl_getdomaininfo info;

	if (d->gone || d->ended || dom_info(d, &info) || !(info.flags & XEN_DOMINF_shutdown))
		return;
	d->ended = true;
	d->reason = info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	d->action = action_for(d);
	d->reap = d->action != PROTO_ON_PRESERVE;
	shutdown_ended(d);
	dom_event(d, PROTO_EV_SHUTDOWN, d->reason, d->action);
}

int dom_destroy(struct dom *d, uint32_t event_arg)
{
	int err = swap_in(d);

	if (err)
		return err;
	con_work(d); /* its last words, as far as there is room */
	err = dom_release(d);
	shutdown_ended(d);
	image_put(d->cfg.kernel);
	image_put(d->cfg.ramdisk);
	d->cfg.kernel = d->cfg.ramdisk = 0;
	d->gone = true;
	d->reap = false;
	if (event_arg != UINT32_MAX)
		dom_event(d, PROTO_EV_DESTROYED, event_arg, 0);
	return err;
}

static void dom_restart(struct dom *d)
{
	struct dom_config cfg = d->cfg;
	struct fit_error e;
	struct dom *next;
	int err;

	image_get(cfg.kernel);
	image_get(cfg.ramdisk);
	cfg.c.paused = 0;
	if (dom_destroy(d, UINT32_MAX) && !d->gone)
		return; /* it is away, and will be tried again */
	next = dom_create(&cfg, 0, &e, &err);
	if (next) {
		dom_event(d, PROTO_EV_RESTARTED, next->domid, 0);
		return;
	}
	log_line("%s", e.text);
	dom_event(d, PROTO_EV_DESTROYED, d->reason + 1, 0);
}

static void dom_reap(struct dom *d)
{
	/* While the host reads, wait until all of the console is ours. */
	if (!con_drained(d))
		return;
	if (d->action == PROTO_ON_RESTART)
		dom_restart(d);
	else
		dom_destroy(d, d->reason + 1);
}

static bool dom_work(struct dom *d)
{
	bool busy = con_work(d);

	if (!d->gone)
		shutdown_check(d);
	if (d->reap)
		dom_reap(d);
	if (con_wants_tick(&d->con) || d->reap)
		need_tick();
	return busy;
}

bool domains_work(void)
{
	bool busy = false, look = look_for_deaths;
	struct dom *d;

	look_for_deaths = false;
	/* By id: a record may go, or a new one come, while the others have their turn. */
	for (uint32_t id = 0; (d = dom_next(id));) {
		id = d->domid + 1;
		if (look)
			dom_look(d);
		busy |= dom_work(d);
		if (d->gone && d->con.over)
			dom_forget(d);
	}
	swap_work();
	return busy;
}

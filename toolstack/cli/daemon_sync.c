/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to domains, as the daemon sees it: events when the line is good,
 * and a comparison with the target's list when frames were lost. Either way each
 * domain has a console here from its creation to after its end.
 */
#include <stdio.h>
#include <string.h>

#include "cli/daemon.h"

/* A domain's last output follows its end within this; longer means the target forgot. */
#define SETTLE_NS 10000000000ull
#define KEPT_NS 500000000ull

static void attach_done(struct daemon *d, struct request *r, uint16_t status, struct pbuf *body)
{
	struct proto_attach m;
	struct console *c;

	proto_attach(body, &m);
	for (c = d->consoles; c && (c->domid != r->domid || c->over); c = c->next)
		;
	if (!c)
		return;
	if (status || !pbuf_done(body)) {
		/* No such console any more: what we have is all there will be. */
		c->settling = c->gone = c->final_known = true;
		c->final = c->end;
		return;
	}
	if (m.from > c->end)
		c->start = c->end = m.from;
	if (c->asked_end) {
		c->final_known = true;
		c->final = m.end;
	}
	console_input_at(c, m.input);
	c->in.limit = m.input + m.window;
	console_ack(d, c, true);
}

static void attach(struct daemon *d, struct console *c)
{
	struct proto_attach m = { .domid = c->domid, .from = c->end };
	uint8_t body[64];
	struct pbuf b = pbuf_writer(body, sizeof(body));
	struct request *r;

	m.window = CONSOLE_WINDOW;
	proto_attach(&b, &m);
	r = line_request(d, PROTO_ATTACH, body, b.pos);
	r->domid = c->domid;
	r->done = attach_done;
}

static struct console *appear(struct daemon *d, uint32_t domid, const char *name)
{
	struct console *c = console_find(d, domid);

	if (c || domid == 0)
		return c;
	c = console_add(d, domid, name);
	if (d->ready)
		attach(d, c);
	return c;
}

/* Before its answer to hello srm would have forgotten it again. */
void sync_start(struct daemon *d)
{
	struct console *c;

	d->ready = true;
	for (c = d->consoles; c; c = c->next)
		attach(d, c);
	sync_list(d);
}

/* The domain will print nothing new, but the end of its output may still be on the way. */
static void settle(struct console *c)
{
	if (c->settling || c->over)
		return;
	c->settling = true;
	c->settle_ns = now_ns();
}

static void on_shutdown(struct daemon *d, const struct proto_event *ev)
{
	struct console *c = appear(d, ev->domid, ev->text);

	if (!c)
		return;
	c->end_code = ev->arg + 1;
	c->action = ev->action;
	settle(c);
}

static void on_destroyed(struct daemon *d, const struct proto_event *ev)
{
	struct console *c = console_find(d, ev->domid);

	if (!c)
		return;
	if (!c->end_code)
		c->end_code = ev->arg;
	c->gone = true;
	settle(c);
}

static void on_restarted(struct daemon *d, const struct proto_event *ev)
{
	struct console *c = console_find(d, ev->domid);

	if (c) {
		c->successor = ev->arg;
		c->action = PROTO_ON_RESTART;
		c->gone = true;
		settle(c);
	}
	appear(d, ev->arg, ev->text);
}

void sync_event(struct daemon *d, const struct proto_event *ev)
{
	struct console *c;

	switch (ev->kind) {
	case PROTO_EV_LOG:
		memcpy(d->logs[d->nr_logs++ % SRM_LOGS], ev->text, PROTO_ERROR);
		break;
	case PROTO_EV_CREATED:
		appear(d, ev->domid, ev->text);
		break;
	case PROTO_EV_SHUTDOWN:
		on_shutdown(d, ev);
		break;
	case PROTO_EV_DESTROYED:
		on_destroyed(d, ev);
		break;
	case PROTO_EV_RESTARTED:
		on_restarted(d, ev);
		break;
	case PROTO_EV_RENAMED:
		c = console_find(d, ev->domid);
		if (c)
			snprintf(c->name, sizeof(c->name), "%.*s", PROTO_NAME - 1, ev->text);
		break;
	}
	client_event(d, ev);
}

static void ask_list(struct daemon *d, uint32_t first);

/* Domains that the list no longer has were destroyed while we were not told. */
static void vanish(struct daemon *d)
{
	struct console *c;
	uint32_t i;

	for (c = d->consoles; c; c = c->next) {
		struct proto_event ev = { .kind = PROTO_EV_DESTROYED, .domid = c->domid };

		for (i = 0; i < d->nr_seen && d->seen[i] != c->domid; i++)
			;
		if (!c->gone && i == d->nr_seen)
			sync_event(d, &ev);
	}
}

static void list_entry(struct daemon *d, const struct proto_domain *p)
{
	struct proto_event ev = { .kind = PROTO_EV_SHUTDOWN,
				  .domid = p->domid,
				  .arg = p->reason,
				  .action = PROTO_ON_PRESERVE };
	struct console *c;

	if (p->state & PROTO_DOM_GONE)
		return;
	if (d->nr_seen < MAX_SEEN)
		d->seen[d->nr_seen++] = p->domid;
	c = appear(d, p->domid, p->name);
	if (c && p->state & PROTO_DOM_SHUTDOWN && !c->settling && !c->over)
		sync_event(d, &ev);
}

static void list_done(struct daemon *d, struct request *r, uint16_t status, struct pbuf *body)
{
	struct proto_list l;

	(void)r;
	proto_list(body, &l);
	d->listing = false;
	if (!status && pbuf_done(body)) {
		for (uint32_t i = 0; i < l.nr; i++)
			list_entry(d, &l.d[i]);
		if (l.next && d->nr_seen < MAX_SEEN) {
			ask_list(d, l.next);
			return;
		}
		if (!l.next)
			vanish(d);
	}
	daemon_tell(d, 'R', "");
}

static void ask_list(struct daemon *d, uint32_t first)
{
	struct proto_index m = { first };
	uint8_t body[8];
	struct pbuf b = pbuf_writer(body, sizeof(body));

	d->listing = true;
	proto_index(&b, &m);
	line_request(d, PROTO_LIST, body, b.pos)->done = list_done;
}

void sync_list(struct daemon *d)
{
	if (d->listing)
		return;
	d->nr_seen = 0;
	ask_list(d, 0);
}

static bool settled(const struct console *c, uint64_t now)
{
	if (now - c->settle_ns > SETTLE_NS)
		return true;
	if (!c->final_known || c->end < c->final)
		return false;
	return c->action != PROTO_ON_RESTART || c->successor || c->gone;
}

void sync_tick(struct daemon *d)
{
	uint64_t now = now_ns();
	struct console *c;

	for (c = d->consoles; c; c = c->next) {
		if (!c->settling || c->over)
			continue;
		/* srm has emptied the ring of a domain it keeps by now, and can say where it ends.
		 */
		if (!c->gone && !c->asked_end && c->action == PROTO_ON_PRESERVE &&
		    now - c->settle_ns > KEPT_NS) {
			c->asked_end = true;
			attach(d, c);
		}
		/* A client that does not read holds it up: that is no reason to give up. */
		if (c->window < CONSOLE_WINDOW / 2)
			c->settle_ns = now;
		c->over = settled(c, now);
	}
	if (d->ready && d->rx.lost != d->lost) {
		d->lost = d->rx.lost;
		sync_list(d);
	}
}

const char *sync_log_about(const struct daemon *d, const char *name)
{
	unsigned oldest = d->nr_logs > SRM_LOGS ? d->nr_logs - SRM_LOGS : 0;

	for (unsigned i = d->nr_logs; i-- > oldest;)
		if (strstr(d->logs[i % SRM_LOGS], name))
			return d->logs[i % SRM_LOGS];
	return "";
}

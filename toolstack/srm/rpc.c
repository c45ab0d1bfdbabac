/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of the host. Each is answered once it is done; the last answers are kept, so
 * that a request that comes again, because its answer was lost, is not done again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tagma/hypercall.h>

#include "srm/srm.h"
#include "srm/uart.h"
#include "srm/xenctl.h"

#define KEPT 16

static struct {
	uint32_t id;
	bool pending; /* not answered yet */
	size_t len;
	uint8_t payload[PROTO_MAX_PAYLOAD];
} kept[KEPT];
static unsigned int kept_next;

/* The request being handled. */
struct request {
	struct proto_rpc rpc;
	struct pbuf in, out;
	struct fit_error e; /* for the user, if it fails */
	bool later;	    /* answered later, by rpc_reply() */
};

static int kept_find(uint32_t id)
{
	for (int i = 0; i < KEPT; i++)
		if (kept[i].id == id)
			return i;
	return -1;
}

static void reply_begin(struct pbuf *b, uint32_t id, uint16_t op, int err)
{
	struct proto_rpc r = { .id = id,
			       .op = (uint16_t)(op | PROTO_REPLY),
			       .status = (uint16_t)-err };

	proto_rpc(b, &r);
}

static void reply_send(int slot, const struct pbuf *b)
{
	kept[slot].len = b->pos;
	kept[slot].pending = false;
	line_send(PROTO_CH_RPC, kept[slot].payload, kept[slot].len);
}

void rpc_reply(uint32_t id, uint16_t op, int err, const char *text)
{
	int slot = kept_find(id);
	struct pbuf b;
	char line[PROTO_ERROR];

	if (slot < 0)
		return;
	b = pbuf_writer(kept[slot].payload, sizeof(kept[slot].payload));
	reply_begin(&b, id, op, err);
	strlcpy(line, text, sizeof(line));
	if (err)
		pbuf_str(&b, line, sizeof(line));
	reply_send(slot, &b);
}

void rpc_event(const struct proto_event *ev)
{
	struct proto_event copy = *ev;
	uint8_t buf[PROTO_ERROR + 32];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	proto_event(&b, &copy);
	line_send(PROTO_CH_EVENT, buf, b.pos);
}

static int rpc_fail(struct request *r, int err, const char *where, const char *what)
{
	fit_fail(&r->e, where, 0, what);
	return err;
}

/* The whole body, and the domain it names. */
static struct dom *rpc_dom(struct request *r, uint32_t domid, bool dead_too, int *err)
{
	struct dom *d = dead_too ? dom_find_any(domid) : dom_find(domid);
	char text[64];

	*err = 0;
	if (!pbuf_done(&r->in)) {
		*err = -EINVAL;
		return 0;
	}
	if (d)
		return d;
	snprintf(text, sizeof(text),
		 domid ? "no domain %u" : "not for domain %u, the resource manager", domid);
	*err = rpc_fail(r, domid ? -ESRCH : -EPERM, 0, text);
	return 0;
}

static int rpc_hello(struct request *r)
{
	struct proto_hello m = { 0 };

	proto_hello(&r->in, &m);
	if (!pbuf_done(&r->in))
		return -EINVAL;
	if (m.version != PROTO_VERSION)
		return rpc_fail(r, -EINVAL, "protocol", "the target speaks another version");
	upload_drop_all();
	list_for_each (l, &dom_list) {
		con_detach(&list_entry(l, struct dom, link)->con);
	}
	/* Ids of another session mean nothing here. */
	for (int i = 0; i < KEPT; i++)
		if (kept[i].id != r->rpc.id)
			kept[i].id = 0;
	strlcpy(m.banner, "tagma srm", sizeof(m.banner));
	proto_hello(&r->out, &m);
	return 0;
}

static int rpc_create(struct request *r)
{
	static struct proto_create m;
	struct dom_config cfg;
	struct proto_domid reply;
	struct dom *d;
	int err = 0;

	proto_create(&r->in, &m);
	if (!pbuf_done(&r->in))
		return -EINVAL;
	cfg = (struct dom_config){ .c = m };
	cfg.kernel = upload_take(m.kernel, &r->e, &err);
	if (!err)
		cfg.ramdisk = upload_take(m.ramdisk, &r->e, &err);
	else
		upload_drop(m.ramdisk);
	if (!err && !cfg.kernel)
		err = rpc_fail(r, -EINVAL, m.name, "kernel: missing");
	if (err) {
		image_put(cfg.kernel);
		image_put(cfg.ramdisk);
		return err;
	}
	d = dom_create(&cfg, 0, &r->e, &err);
	if (!d)
		return err;
	reply.domid = d->domid;
	proto_domid(&r->out, &reply);
	return 0;
}

static int rpc_pause(struct request *r, bool pause)
{
	struct proto_domid m;
	struct dom *d;
	int err;

	proto_domid(&r->in, &m);
	d = rpc_dom(r, m.domid, false, &err);
	if (!d || d->paused == pause)
		return err;
	if (d->away)
		swap_pause(d, pause);
	else
		err = pause ? xc_pause(d->domid) : xc_unpause(d->domid);
	if (err)
		return err;
	d->paused = pause;
	dom_event(d, pause ? PROTO_EV_PAUSED : PROTO_EV_UNPAUSED, 0, 0);
	return 0;
}

static int rpc_destroy(struct request *r)
{
	struct proto_domid m;
	struct dom *d;
	int err;

	proto_domid(&r->in, &m);
	d = rpc_dom(r, m.domid, false, &err);
	return d ? dom_destroy(d, 0) : err;
}

static int rpc_shutdown(struct request *r)
{
	struct proto_shutdown m;
	struct dom *d;
	int err;

	proto_shutdown(&r->in, &m);
	d = rpc_dom(r, m.domid, false, &err);
	if (!d)
		return err;
	err = shutdown_request(d, &m, r->rpc.id, r->rpc.op);
	if (err == -EBUSY)
		return rpc_fail(r, err, d->cfg.c.name, "is paused and cannot answer");
	if (err)
		return rpc_fail(r, err, d->cfg.c.name, "has ended already");
	r->later = true;
	return 0;
}

static int rpc_rename(struct request *r)
{
	struct proto_rename m;
	struct dom *d, *other;
	int err;

	proto_rename(&r->in, &m);
	d = rpc_dom(r, m.domid, false, &err);
	if (!d)
		return err;
	other = dom_by_name(m.name);
	if (!*m.name || !strcmp(m.name, "srm") || (other && other != d))
		return rpc_fail(r, -EEXIST, m.name, "is no name that can be used");
	strlcpy(d->cfg.c.name, m.name, sizeof(d->cfg.c.name));
	dom_event(d, PROTO_EV_RENAMED, 0, 0);
	return 0;
}

static int rpc_attach(struct request *r)
{
	struct proto_attach m;
	struct dom *d;
	int err;

	proto_attach(&r->in, &m);
	d = rpc_dom(r, m.domid, true, &err);
	if (!d)
		return err;
	err = con_attach(d, &m);
	proto_attach(&r->out, &m);
	return err;
}

static int rpc_detach(struct request *r)
{
	struct proto_domid m;
	struct dom *d;
	int err;

	proto_domid(&r->in, &m);
	d = rpc_dom(r, m.domid, true, &err);
	if (d)
		con_detach(&d->con);
	return err;
}

static int rpc_upload(struct request *r)
{
	struct proto_upload m;
	int err;

	proto_upload(&r->in, &m);
	if (!pbuf_done(&r->in))
		return -EINVAL;
	err = upload_open(&m, &r->e);
	if (!err)
		proto_upload(&r->out, &m);
	return err;
}

static int rpc_upload_drop(struct request *r)
{
	struct proto_domid m;

	proto_domid(&r->in, &m);
	return pbuf_done(&r->in) ? upload_drop(m.domid) : -EINVAL;
}

static int rpc_check(struct request *r)
{
	if (!HYPERVISOR_tagma_debug(TAGMA_DEBUG_check, 0))
		return 0;
	return rpc_fail(r, -EILSEQ, "hypervisor", "an invariant is broken; see dmesg");
}

static int rpc_poweroff(struct request *r)
{
	struct proto_poweroff m;
	int slot = kept_find(r->rpc.id);
	struct pbuf b;

	proto_poweroff(&r->in, &m);
	if (!pbuf_done(&r->in))
		return -EINVAL;
	b = pbuf_writer(kept[slot].payload, sizeof(kept[slot].payload));
	reply_begin(&b, r->rpc.id, r->rpc.op, 0);
	reply_send(slot, &b);
	uart_flush();
	guest_shutdown(m.reboot ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

static int rpc_run(struct request *r)
{
	switch (r->rpc.op) {
	case PROTO_HELLO:
		return rpc_hello(r);
	case PROTO_LIST:
		return info_list(&r->in, &r->out);
	case PROTO_CREATE:
		return rpc_create(r);
	case PROTO_DESTROY:
		return rpc_destroy(r);
	case PROTO_PAUSE:
	case PROTO_UNPAUSE:
		return rpc_pause(r, r->rpc.op == PROTO_PAUSE);
	case PROTO_SHUTDOWN:
		return rpc_shutdown(r);
	case PROTO_RENAME:
		return rpc_rename(r);
	case PROTO_SYSINFO:
		return info_sysinfo(&r->out);
	case PROTO_COUNTERS:
		return info_counters(&r->in, &r->out);
	case PROTO_DMESG:
		return info_dmesg(&r->in, &r->out);
	case PROTO_VCPU_LIST:
		return info_vcpus(&r->in, &r->out);
	case PROTO_DEBUG_CHECK:
		return rpc_check(r);
	case PROTO_POWEROFF:
		return rpc_poweroff(r);
	case PROTO_ATTACH:
		return rpc_attach(r);
	case PROTO_DETACH:
		return rpc_detach(r);
	case PROTO_UPLOAD:
		return rpc_upload(r);
	case PROTO_UPLOAD_DROP:
		return rpc_upload_drop(r);
	default:
		return rpc_fail(r, -ENOSYS, 0, "the target does not know this request");
	}
}

/* A slot for a new request: the oldest whose answer has been given. */
static int kept_new(uint32_t id)
{
	for (int i = 0; i < KEPT; i++) {
		unsigned int slot = kept_next++ % KEPT;

		if (kept[slot].id && kept[slot].pending)
			continue;
		kept[slot].id = id;
		kept[slot].pending = true;
		return (int)slot;
	}
	return -1;
}

void rpc_frame(const uint8_t *payload, size_t len)
{
	static struct request r;
	int slot, err;

	r = (struct request){ .in = pbuf_reader(payload, len) };
	proto_rpc(&r.in, &r.rpc);
	if (r.in.bad || !r.rpc.id || (r.rpc.op & PROTO_REPLY))
		return;
	slot = kept_find(r.rpc.id);
	if (slot >= 0) {
		if (!kept[slot].pending)
			line_send(PROTO_CH_RPC, kept[slot].payload, kept[slot].len);
		return;
	}
	slot = kept_new(r.rpc.id);
	if (slot < 0)
		return; /* all wait for guests; it will come again */
	r.out = pbuf_writer(kept[slot].payload, sizeof(kept[slot].payload));
	reply_begin(&r.out, r.rpc.id, r.rpc.op, 0);
	err = rpc_run(&r);
	if (r.later)
		return;
	if (!err && r.out.bad)
		err = -EMSGSIZE;
	if (err)
		rpc_reply(r.rpc.id, r.rpc.op, err, r.e.text[0] ? r.e.text : strerror(err));
	else
		reply_send(slot, &r.out);
}

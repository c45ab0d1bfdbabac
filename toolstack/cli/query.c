/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "cli/query.h"
#include "lib/file.h"

#define MAX_DOMAINS 4096 /* more than any target has: a list that does not end is a bad list */

static int bad_reply(struct err *e) { return err_set(e, "the target's reply makes no sense"); }

int query_domains(struct conn *c, struct domains *out, struct err *e)
{
	struct proto_index idx = { 0 };
	struct proto_list l;
	struct pbuf in;

	*out = (struct domains){ 0 };
	do {
		uint8_t buf[8];
		struct pbuf b = pbuf_writer(buf, sizeof(buf));

		proto_index(&b, &idx);
		if (conn_call(c, PROTO_LIST, &b, &in, e)) {
			domains_free(out);
			return -1;
		}
		proto_list(&in, &l);
		if (!pbuf_done(&in) || (l.next && l.next <= idx.first) || out->nr > MAX_DOMAINS) {
			domains_free(out);
			return bad_reply(e);
		}
		out->d = xrealloc(out->d, (out->nr + l.nr + 1) * sizeof(*out->d));
		for (uint32_t i = 0; i < l.nr; i++)
			if (!(l.d[i].state & PROTO_DOM_GONE))
				out->d[out->nr++] = l.d[i];
		idx.first = l.next;
	} while (l.next);
	return 0;
}

void domains_free(struct domains *l)
{
	free(l->d);
	*l = (struct domains){ 0 };
}

int query_domain(struct conn *c, const char *who, struct proto_domain *out, struct err *e)
{
	struct domains l;
	unsigned long id;
	char *end;
	size_t i;

	if (query_domains(c, &l, e))
		return -1;
	id = strtoul(who, &end, 10);
	for (i = 0; i < l.nr; i++)
		if (*who && !*end ? l.d[i].domid == id : !strcmp(l.d[i].name, who))
			break;
	if (i < l.nr)
		*out = l.d[i];
	else
		err_set(e, "%s is an invalid domain identifier: no such domain", who);
	i = i < l.nr;
	domains_free(&l);
	return i ? 0 : -1;
}

int query_sysinfo(struct conn *c, struct proto_sysinfo *out, struct err *e)
{
	struct pbuf in;

	if (conn_call(c, PROTO_SYSINFO, NULL, &in, e))
		return -1;
	proto_sysinfo(&in, out);
	return pbuf_done(&in) ? 0 : bad_reply(e);
}

int query_vcpus(struct conn *c, uint32_t domid, struct proto_vcpus *out, struct err *e)
{
	struct proto_domid m = { domid };
	uint8_t buf[8];
	struct pbuf b = pbuf_writer(buf, sizeof(buf)), in;

	proto_domid(&b, &m);
	if (conn_call(c, PROTO_VCPU_LIST, &b, &in, e))
		return -1;
	proto_vcpus(&in, out);
	return pbuf_done(&in) ? 0 : bad_reply(e);
}

int query_domain_op(struct conn *c, uint16_t op, uint32_t domid, struct err *e)
{
	struct proto_domid m = { domid };
	uint8_t buf[8];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	proto_domid(&b, &m);
	return conn_call(c, op, &b, NULL, e);
}

/* The fifth letter is why a domain that is shut down did so. */
void state_letters(const struct proto_domain *d, char *out)
{
	static const char reasons[] = "-rscwS";
	uint32_t s = d->state;

	out[0] = s & PROTO_DOM_RUNNING ? 'r' : '-';
	out[1] = s & PROTO_DOM_BLOCKED ? 'b' : '-';
	out[2] = s & PROTO_DOM_PAUSED ? 'p' : '-';
	out[3] = s & PROTO_DOM_SHUTDOWN ? 's' : '-';
	out[4] = '-';
	if (s & PROTO_DOM_SHUTDOWN)
		out[4] = d->reason < sizeof(reasons) - 1 ? reasons[d->reason] : '?';
	if (s & PROTO_DOM_CRASHED)
		out[4] = 'c';
	out[5] = s & PROTO_DOM_DYING ? 'd' : '-';
	out[6] = '\0';
}

const char *shutdown_name(uint32_t reason)
{
	static const char *const names[] = { "poweroff", "reboot",   "suspend",
					     "crash",	 "watchdog", "soft_reset" };

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "unknown";
}

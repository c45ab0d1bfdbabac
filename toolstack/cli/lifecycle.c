/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs that change a domain: destroy, pause, unpause, shutdown, reboot, rename. */
#include <stdio.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/query.h"
#include "cli/tagma.h"

#define WAIT_NS 60000000000ull

/* One verb, one domain, one request that carries its id. */
static int simple(struct cli *cli, int argc, char **argv, uint16_t op)
{
	struct proto_domain d;
	struct conn *c;
	struct err e;
	int ret = EXIT_OK;

	c = cli_open_domain(cli, argc, argv, 1, &d);
	if (!c)
		return EXIT_FAIL;
	if (cli->dry_run) {
		printf("would %s domain '%s' (id %u)\n", cli->verb->name, d.name, d.domid);
	} else if (query_domain_op(c, op, d.domid, &e)) {
		err_prefix(&e, "%s '%s'", cli->verb->name, d.name);
		ret = cli_fail(&e);
	}
	conn_close(c);
	return ret;
}

static int destroy(struct cli *cli, int argc, char **argv)
{
	return simple(cli, argc, argv, PROTO_DESTROY);
}

static int pause_domain(struct cli *cli, int argc, char **argv)
{
	return simple(cli, argc, argv, PROTO_PAUSE);
}

static int unpause(struct cli *cli, int argc, char **argv)
{
	return simple(cli, argc, argv, PROTO_UNPAUSE);
}

static int send_shutdown(struct conn *c, uint32_t domid, bool reboot, struct err *e)
{
	struct proto_shutdown m = { domid, reboot };
	uint8_t buf[16];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	proto_shutdown(&b, &m);
	return conn_call(c, PROTO_SHUTDOWN, &b, NULL, e);
}

struct waiting {
	const struct domains *l;
	bool ended[64];
};

static void on_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct waiting *w = arg;
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_event ev;

	if (channel != PROTO_CH_EVENT)
		return;
	proto_event(&b, &ev);
	if (!pbuf_done(&b) || (ev.kind != PROTO_EV_SHUTDOWN && ev.kind != PROTO_EV_DESTROYED))
		return;
	for (size_t i = 0; i < w->l->nr && i < 64; i++)
		if (w->l->d[i].domid == ev.domid)
			w->ended[i] = true;
}

static int wait_ended(struct conn *c, struct waiting *w)
{
	uint64_t begin = now_ns();
	size_t i;

	for (;;) {
		for (i = 0; i < w->l->nr && i < 64 && w->ended[i]; i++)
			;
		if (i == w->l->nr || i == 64)
			return EXIT_OK;
		if (now_ns() - begin > WAIT_NS) {
			cli_note("'%s' has not ended within a minute", w->l->d[i].name);
			return EXIT_FAIL;
		}
		if (conn_poll(c, 500, -1, NULL)) {
			cli_note("the machine ended");
			return EXIT_FAIL;
		}
	}
}

/* Asks each; what it asked for stays in l, what failed was told. */
static int ask_all(struct cli *cli, struct conn *c, const struct domains *l, bool reboot)
{
	struct err e;
	int ret = EXIT_OK;

	for (size_t i = 0; i < l->nr; i++) {
		const struct proto_domain *d = &l->d[i];

		if (cli->dry_run) {
			printf("would %s domain '%s' (id %u)\n", cli->verb->name, d->name,
			       d->domid);
		} else if (send_shutdown(c, d->domid, reboot, &e)) {
			ret = cli_fail(&e);
		}
	}
	return ret;
}

static int shutdown_some(struct cli *cli, struct conn *c, struct domains *l, bool reboot, bool wait)
{
	struct waiting w = { .l = l };
	struct err e;
	int ret;

	conn_listen(c, on_frame, &w);
	if (wait && conn_call(c, DAEMON_SUBSCRIBE, NULL, NULL, &e))
		return cli_fail(&e);
	ret = ask_all(cli, c, l, reboot);
	if (ret == EXIT_OK && wait && !cli->dry_run)
		ret = wait_ended(c, &w);
	conn_listen(c, NULL, NULL);
	return ret;
}

/* All guests that still run: not srm, which is the machine's. */
static int running_guests(struct conn *c, struct domains *l, struct err *e)
{
	size_t n = 0;

	if (query_domains(c, l, e))
		return -1;
	for (size_t i = 0; i < l->nr; i++)
		if (l->d[i].domid && !(l->d[i].state & PROTO_DOM_SHUTDOWN))
			l->d[n++] = l->d[i];
	l->nr = n;
	return 0;
}

static int shutdown_verb(struct cli *cli, int argc, char **argv, bool reboot)
{
	static const struct option longs[] = { { "all", no_argument, NULL, 'a' },
					       { "wait", no_argument, NULL, 'w' },
					       { 0 } };
	bool all = false, wait = false;
	struct domains l = { 0 };
	struct proto_domain one;
	struct conn *c;
	struct err e;
	int opt, ret;

	while ((opt = cli_getopt(cli, argc, argv, "aw", longs)) != -1) {
		all |= opt == 'a';
		wait |= opt == 'w';
	}
	cli_nargs(cli, argc, all ? 0 : 1, all ? 0 : 1);
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	ret = all ? running_guests(c, &l, &e) : query_domain(c, argv[optind], &one, &e);
	if (ret) {
		ret = cli_fail(&e);
	} else {
		struct domains single = { &one, 1 };

		ret = shutdown_some(cli, c, all ? &l : &single, reboot, wait);
	}
	domains_free(&l);
	conn_close(c);
	return ret;
}

static int shutdown_domain(struct cli *cli, int argc, char **argv)
{
	return shutdown_verb(cli, argc, argv, false);
}

static int reboot(struct cli *cli, int argc, char **argv)
{
	return shutdown_verb(cli, argc, argv, true);
}

static int send_rename(struct conn *c, uint32_t domid, const char *name, struct err *e)
{
	struct proto_rename m = { .domid = domid };
	uint8_t buf[64];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	if (strlen(name) >= sizeof(m.name))
		return err_set(e, "'%s' is longer than %d characters", name, PROTO_NAME - 1);
	strcpy(m.name, name);
	proto_rename(&b, &m);
	return conn_call(c, PROTO_RENAME, &b, NULL, e);
}

static int rename_domain(struct cli *cli, int argc, char **argv)
{
	struct proto_domain d;
	struct conn *c;
	struct err e;
	int ret = EXIT_OK;

	c = cli_open_domain(cli, argc, argv, 2, &d);
	if (!c)
		return EXIT_FAIL;
	if (cli->dry_run) {
		printf("would rename domain '%s' (id %u) to '%s'\n", d.name, d.domid,
		       argv[optind + 1]);
	} else if (send_rename(c, d.domid, argv[optind + 1], &e)) {
		err_prefix(&e, "rename '%s'", d.name);
		ret = cli_fail(&e);
	}
	conn_close(c);
	return ret;
}

#define SHUTDOWN_OPTIONS "  -a, --all   all domains\n  -w, --wait  until the domain has ended\n"

const struct verb verb_destroy = {
	"destroy", "DOMAIN", "End a domain at once", NULL, "  tagma destroy rtos\n", destroy,
};
const struct verb verb_pause = {
	"pause",
	"DOMAIN",
	"Stop a domain where it is",
	NULL,
	"  $ tagma pause rtos\n  $ tagma list rtos          its state now shows a p\n",
	pause_domain,
};
const struct verb verb_unpause = {
	"unpause", "DOMAIN", "Let a paused domain go on", NULL, "  tagma unpause rtos\n", unpause,
};
const struct verb verb_shutdown = {
	"shutdown",
	"-a|DOMAIN",
	"Ask a domain to shut down",
	SHUTDOWN_OPTIONS,
	"  tagma shutdown -w linux\n",
	shutdown_domain,
};
const struct verb verb_reboot = {
	"reboot",
	"-a|DOMAIN",
	"Ask a domain to reboot; it comes back under a new id",
	SHUTDOWN_OPTIONS,
	"  tagma reboot linux\n",
	reboot,
};
const struct verb verb_rename = {
	"rename",
	"DOMAIN NAME",
	"Give a domain another name",
	NULL,
	"  tagma rename linux shell\n",
	rename_domain,
};

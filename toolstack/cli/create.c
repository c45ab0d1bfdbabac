/* SPDX-License-Identifier: GPL-2.0-only */
/* create: a domain on a running machine, its images sent over the control channel. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/console.h"
#include "cli/machine.h"
#include "cli/out.h"
#include "cli/qemu.h"
#include "cli/query.h"
#include "cli/tagma.h"
#include "cli/tty.h"
#include "cli/upload.h"
#include "lib/guest.h"

/* The list was checked when the config was read; bits beyond 63 name no colour here. */
static int colour_mask(const char *list, uint64_t *mask, struct err *e)
{
	unsigned long lo, hi;
	char *end;

	*mask = 0;
	if (!*list)
		return 0;
	if (config_check_ranges(list, 63, e))
		return err_prefix(e, "llc_colors");
	while (*list) {
		lo = hi = strtoul(list, &end, 10);
		if (*end == '-')
			hi = strtoul(end + 1, &end, 10);
		for (; lo <= hi; lo++)
			*mask |= 1ull << lo;
		list = end + (*end == ',');
	}
	return 0;
}

static int fill_request(const struct config *cfg, bool paused, struct proto_create *m,
			struct err *e)
{
	*m = (struct proto_create){
		.mem_kb = cfg->memory_mb << 10,
		.vcpus = cfg->vcpus,
		.prio = cfg->priority,
		.cap = cfg->cap,
		.on_poweroff = (uint8_t)cfg->on_poweroff,
		.on_reboot = (uint8_t)cfg->on_reboot,
		.on_crash = (uint8_t)cfg->on_crash,
		.paused = paused,
	};
	_Static_assert((int)CONFIG_DESTROY == PROTO_ON_DESTROY &&
			       (int)CONFIG_RESTART == PROTO_ON_RESTART &&
			       (int)CONFIG_PRESERVE == PROTO_ON_PRESERVE,
		       "actions are sent as they are");
	_Static_assert(sizeof(m->name) > CONFIG_MAX_NAME && sizeof(m->cmdline) > CONFIG_MAX_CMDLINE,
		       "strings fit");
	strcpy(m->name, cfg->name);
	strcpy(m->cmdline, cfg->cmdline);
	memcpy(&m->cookie, cfg->uuid, sizeof(m->cookie));
	return colour_mask(cfg->llc_colors, &m->colours, e);
}

static int send_create(struct conn *c, const struct guest *g, bool paused, uint32_t *domid,
		       struct err *e)
{
	uint8_t buf[PROTO_MAX_PAYLOAD];
	struct pbuf b = pbuf_writer(buf, sizeof(buf)), in;
	struct proto_create m;
	struct proto_domid d;

	if (fill_request(g->cfg, paused, &m, e))
		return -1;
	if (upload(c, g->cfg->kernel, &g->kernel, g->kernel_sha, &m.kernel, e))
		return -1;
	if (g->cfg->ramdisk &&
	    upload(c, g->cfg->ramdisk, &g->ramdisk, g->ramdisk_sha, &m.ramdisk, e))
		return -1;
	proto_create(&b, &m);
	if (conn_call(c, PROTO_CREATE, &b, &in, e))
		return -1;
	proto_domid(&in, &d);
	if (!pbuf_done(&in))
		return err_set(e, "the target's reply makes no sense");
	*domid = d.domid;
	return 0;
}

static int attach(struct conn *c, uint32_t domid, const char *name)
{
	struct console_end end = { 0 };
	char who[16];
	struct err e;

	snprintf(who, sizeof(who), "%u", domid);
	tty_catch_signals();
	switch (console_follow(c, who, DAEMON_CONSOLE_ALL, &end, &e)) {
	case CONSOLE_OVER:
		return console_verdict(name, &end);
	case CONSOLE_SIGNAL:
		return 128 + tty_signal();
	case CONSOLE_DETACHED:
		return EXIT_OK;
	default:
		return cli_fail(&e);
	}
}

/* The kind of the machine that runs; without one, what --machine says. */
static const struct board *machine_board(const struct cli *cli)
{
	struct machine_state s;
	struct err e;
	struct machine *m = machine_open(cli->machine, &e);
	const struct board *b = m && !machine_load(m, &s) ? board_find(s.kind) : NULL;

	machine_close(m);
	return b ? b : cli->board;
}

static int create_dry(const struct cli *cli, const struct guest *g)
{
	return out_json(json_pack("{s:s, s:o, s:I, s:I}", "machine", cli->machine, "domain",
				  out_config(g->cfg), "kernel_bytes", (json_int_t)g->kernel.size,
				  "ramdisk_bytes", (json_int_t)g->ramdisk.size));
}

static int create_guest(struct cli *cli, const struct guest *g, bool paused, bool console)
{
	struct conn *c = cli_connect(cli);
	uint32_t domid = 0;
	struct err e;
	int ret = EXIT_OK;

	if (!c)
		return EXIT_FAIL;
	if (send_create(c, g, paused, &domid, &e)) {
		err_prefix(&e, "%s: domain '%s' was not created", g->cfg->path, g->cfg->name);
		ret = cli_fail(&e);
	} else if (console) {
		ret = attach(c, domid, g->cfg->name);
	} else if (cli->json) {
		ret = out_json(json_pack("{s:i, s:s}", "domid", (int)domid, "name", g->cfg->name));
	} else {
		cli_verbose(cli, "domain '%s' has id %u", g->cfg->name, domid);
	}
	conn_close(c);
	return ret;
}

static int create(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "console", no_argument, NULL, 'c' },
					       { "paused", no_argument, NULL, 'p' },
					       { 0 } };
	bool paused = false, console = false;
	const struct board *board;
	char *overrides, *libdir;
	struct guest *g;
	struct err e;
	int opt, ret;

	while ((opt = cli_getopt(cli, argc, argv, "cp", longs)) != -1) {
		paused |= opt == 'p';
		console |= opt == 'c';
	}
	cli_nargs(cli, argc, 1, INT_MAX);
	for (int i = optind + 1; i < argc; i++)
		if (!guest_is_override(argv[i]))
			return cli_usage(cli, "'%s' is not key=value", argv[i]);
	overrides = guest_overrides(argc, argv, optind + 1);
	board = machine_board(cli);
	libdir = lib_path(board, "");
	g = guest_load(argv[optind], overrides, board, libdir, &e);
	free(libdir);
	free(overrides);
	if (!g)
		return cli_fail(&e);
	ret = cli->dry_run ? create_dry(cli, g) : create_guest(cli, g, paused, console);
	guest_free(g);
	return ret;
}

/* What is kept, to stdout. The list is asked for first, so that the daemon has heard by then
 * of an end that the user has seen in one. */
static int dump(struct conn *c, const char *who)
{
	struct console_end end = { 0 };
	struct domains l;
	struct err e;

	if (query_domains(c, &l, &e))
		return cli_fail(&e);
	domains_free(&l);
	switch (console_session(c, who, DAEMON_CONSOLE_ALL | DAEMON_CONSOLE_DUMP, &end, &e)) {
	case CONSOLE_FAILED:
		return cli_fail(&e);
	case CONSOLE_SIGNAL:
		return 128 + tty_signal();
	default:
		return EXIT_OK;
	}
}

static int attach_running(struct conn *c, const char *who, uint32_t flags)
{
	struct console_end end = { 0 };
	struct err e;

	switch (console_follow(c, who, flags, &end, &e)) {
	case CONSOLE_FAILED:
		return cli_fail(&e);
	case CONSOLE_SIGNAL:
		return 128 + tty_signal();
	case CONSOLE_OVER:
		cli_note("domain '%s' has ended: %s", who,
			 end.code ? shutdown_name(end.code - 1) : "destroyed");
		return EXIT_OK;
	default:
		return EXIT_OK;
	}
}

static int console(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "all", no_argument, NULL, 'a' },
					       { "dump", no_argument, NULL, 'd' },
					       { 0 } };
	bool only_dump = false;
	struct conn *c;
	uint32_t flags = 0;
	int opt, ret;

	while ((opt = cli_getopt(cli, argc, argv, "ad", longs)) != -1) {
		flags |= opt == 'a' ? DAEMON_CONSOLE_ALL : 0;
		only_dump |= opt == 'd';
	}
	cli_nargs(cli, argc, 1, 1);
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	tty_catch_signals();
	ret = only_dump ? dump(c, argv[optind]) : attach_running(c, argv[optind], flags);
	conn_close(c);
	return ret;
}

const struct verb verb_create = {
	"create",
	"CFG",
	"Create a domain on a running machine",
	"  -c, --console  attach to its console\n  -p, --paused   leave it paused: see 'unpause'\n",
	"  $ cat rtos.cfg\n"
	"  name   = \"rtos\"\n"
	"  kernel = \"../build/x86/guests/rtos.elf\"   # beside this file, or from here\n"
	"  memory = 4                                 # MB\n"
	"  $ tagma create rtos.cfg\n"
	"  $ tagma create rtos.cfg 'name=\"rtos2\"' memory=8     the same, but\n",
	create,
};
const struct verb verb_console = {
	"console",
	"DOMAIN",
	"Attach to a domain's console; ^] leaves",
	"  -a, --all  begin with all output that was kept, seen before or not\n"
	"  -d, --dump  print what was kept, and do not attach\n",
	"  $ tagma console linux\n"
	"\n  Shows what nobody has seen yet, then what comes. A domain that has ended keeps\n"
	"  its console until its machine goes down: this is how to see why it ended.\n",
	console,
};

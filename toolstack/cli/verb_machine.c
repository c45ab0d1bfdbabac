/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs about whole machines: up, down, run, machines. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/console.h"
#include "cli/out.h"
#include "cli/query.h"
#include "cli/tty.h"
#include "cli/up.h"

/* Options and configs of `up` and `run`. An exit code >= 0 if something is wrong. */
static int parse(struct cli *cli, struct up *u, int argc, char **argv)
{
	struct err e;
	int opt, ret;

	up_init(u);
	while ((opt = cli_getopt(cli, argc, argv, UP_SHORTS, up_longs)) != -1) {
		ret = up_option(cli, u, opt);
		if (ret >= 0)
			return ret;
	}
	return up_load(u, cli->board, argc, argv, &e) ? cli_fail(&e) : -1;
}

/* What srm said about a domain that it did not start. */
static void explain_missing(struct conn *c, const char *name)
{
	char copy[PROTO_NAME], log[PROTO_ERROR] = "";
	uint8_t body[PROTO_NAME + 2];
	struct pbuf b = pbuf_writer(body, sizeof(body)), in;
	struct err e;

	snprintf(copy, sizeof(copy), "%s", name);
	pbuf_str(&b, copy, sizeof(copy));
	if (!conn_call(c, DAEMON_LOG, &b, &in, &e))
		pbuf_str(&in, log, sizeof(log));
	cli_note("domain '%s' did not start: %s", name, *log ? log : "see tagma dmesg");
}

/* A domain that has started and ended already has at least a console. */
static int missing_domains(struct conn *c, const struct up *u)
{
	struct err e;
	int missing = 0;

	for (size_t i = 0; i < u->nr_guests; i++) {
		struct daemon_console m = { .flags = DAEMON_CONSOLE_PEEK };
		uint8_t body[PROTO_NAME + 16];
		struct pbuf b = pbuf_writer(body, sizeof(body));

		snprintf(m.name, sizeof(m.name), "%s", u->guests[i]->cfg->name);
		daemon_console(&b, &m);
		if (conn_call(c, DAEMON_CONSOLE, &b, NULL, &e)) {
			explain_missing(c, m.name);
			missing++;
		}
	}
	return missing;
}

static int up(struct cli *cli, int argc, char **argv)
{
	struct conn *c;
	struct up u;
	int ret = parse(cli, &u, argc, argv);

	if (ret < 0 && cli->dry_run) {
		ret = up_dry_run(&u, cli->machine);
	} else if (ret < 0) {
		tty_catch_signals();
		ret = up_start(cli, &u, cli->machine);
		c = ret == EXIT_OK ? cli_connect(cli) : NULL;
		if (c && missing_domains(c, &u))
			ret = EXIT_FAIL;
		conn_close(c);
	}
	up_free(&u);
	return ret;
}

static int down(struct cli *cli, int argc, char **argv)
{
	while (cli_getopt(cli, argc, argv, "", NULL) != -1)
		;
	cli_nargs(cli, argc, 0, 0);
	if (cli->dry_run) {
		printf("would power off machine '%s'\n", cli->machine);
		return EXIT_OK;
	}
	return up_stop(cli->machine);
}

static int tie(struct conn *c, bool tied)
{
	struct err e;

	return conn_call(c, tied ? DAEMON_TIE : DAEMON_UNTIE, NULL, NULL, &e) ? cli_fail(&e)
									      : EXIT_OK;
}

/* The console of the first domain, until it ends or the user leaves. */
static int run_console(struct cli *cli, struct conn *c, const char *domain, bool *leave_up)
{
	struct console_end end = { 0 };
	struct err e;

	if (isatty(STDIN_FILENO))
		cli_note("console of '%s' on machine '%s'; leave with ^]", domain, cli->machine);
	switch (console_follow(c, domain, DAEMON_CONSOLE_ALL, &end, &e)) {
	case CONSOLE_OVER:
		return console_verdict(domain, &end);
	case CONSOLE_SIGNAL:
		return 128 + tty_signal();
	case CONSOLE_DETACHED:
		tie(c, false);
		*leave_up = true;
		fprintf(stderr,
			"\ntagma: machine '%s' goes on. Come back with: tagma -m %s console %s\n"
			"tagma: end it with: tagma -m %s down\n",
			cli->machine, cli->machine, domain, cli->machine);
		return EXIT_OK;
	default:
		return cli_fail(&e);
	}
}

static int run_up(struct cli *cli, struct up *u)
{
	bool leave_up = false;
	struct conn *c;
	int ret;

	tty_catch_signals();
	ret = up_start(cli, u, cli->machine);
	if (ret != EXIT_OK)
		return ret;
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	/* If this process dies, by whatever cause, its machine must not stay behind. */
	ret = tie(c, true);
	if (ret == EXIT_OK && missing_domains(c, u))
		ret = EXIT_FAIL;
	if (ret == EXIT_OK)
		ret = run_console(cli, c, u->guests[0]->cfg->name, &leave_up);
	/* Nothing to stop if the machine itself is what ended. */
	if (!leave_up && !conn_poll(c, 0, -1, NULL))
		up_stop(cli->machine);
	conn_close(c);
	return ret;
}

static int run(struct cli *cli, int argc, char **argv)
{
	char name[MACHINE_MAX_NAME];
	struct up u;
	int ret = parse(cli, &u, argc, argv);

	if (ret < 0 && !u.nr_guests)
		ret = cli_usage(cli, "'run' requires at least 1 config");
	if (ret < 0) {
		if (!cli->machine_given) {
			snprintf(name, sizeof(name), "run-%ld", (long)getpid());
			cli->machine = name;
		}
		ret = cli->dry_run ? up_dry_run(&u, cli->machine) : run_up(cli, &u);
	}
	up_free(&u);
	return ret;
}

static const char *life_name(enum machine_life l)
{
	return l == MACHINE_ALIVE ? "up" : l == MACHINE_DEAD ? "dead" : "-";
}

static void show_machine(const struct machine *m, json_t *out)
{
	enum machine_life life = machine_life(m);
	struct machine_state s;
	char when[32] = "-";
	struct tm tm;

	if (machine_load(m, &s))
		s = (struct machine_state){ 0 };
	if (out) {
		json_array_append_new(out,
				      json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:I, s:s}", "name",
						m->name, "state", life_name(life), "qemu_pid",
						(int)s.qemu.pid, "accel", s.accel, "boot", s.boot,
						"memory_mb", (int)s.memory_mb, "started",
						(json_int_t)s.started, "directory", m->dir));
		return;
	}
	if (s.started && localtime_r(&s.started, &tm))
		strftime(when, sizeof(when), "%F %T", &tm);
	printf("%-32s %-5s %7ld %5u %-5s %-8s %s\n", m->name, life_name(life), (long)s.qemu.pid,
	       s.memory_mb, s.accel, s.boot, when);
}

static int machines(struct cli *cli, int argc, char **argv)
{
	json_t *out = NULL;
	struct err e;
	char **names;

	while (cli_getopt(cli, argc, argv, "", NULL) != -1)
		;
	cli_nargs(cli, argc, 0, 0);
	names = machine_names(&e);
	if (!names)
		return cli_fail(&e);
	if (cli->json)
		out = json_array();
	else
		printf("%-32s %-5s %7s %5s %-5s %-8s %s\n", "Name", "State", "PID", "Mem", "Accel",
		       "Boot", "Started");
	for (char **n = names; *n; n++) {
		struct machine *m = machine_open(*n, &e);

		if (m && machine_life(m) != MACHINE_ABSENT)
			show_machine(m, out);
		machine_close(m);
	}
	machine_names_free(names);
	return out ? out_json(out) : EXIT_OK;
}

const struct verb verb_up = {
	"up",
	"[CFG...]",
	"Start a machine, with these domains in its boot image",
	up_options,
	"  $ tagma up examples/rtos.cfg\n"
	"  $ tagma list                        what runs there\n"
	"  $ tagma create examples/linuxlike.cfg\n"
	"  $ tagma down\n",
	up,
};
const struct verb verb_down = {
	"down",
	"",
	"Power a machine off; by force if it does not answer",
	NULL,
	"  tagma -m second down\n",
	down,
};
const struct verb verb_run = {
	"run",
	"CFG...",
	"Start a machine with these domains, show the first one's console, stop when it ends",
	up_options,
	"  $ tagma run examples/linuxlike.cfg examples/rtos.cfg\n"
	"  $ echo 'uname -a; exit' | tagma run examples/linuxlike.cfg\n"
	"\n  ^] leaves the console; the machine then goes on without you.\n"
	"  Exit code: 0 if the domain powered off, 3 if it crashed, 4 if it ended otherwise.\n",
	run,
};
const struct verb verb_machines = {
	"machines", "", "List the machines of this user", NULL, "  tagma machines --json\n",
	machines,
};

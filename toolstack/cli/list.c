/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs that ask about domains: list, vcpu-list, domid, domname, uptime. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/query.h"
#include "cli/tagma.h"

/* All domains, or those that the arguments name. */
static int select_domains(struct conn *c, int argc, char **argv, struct domains *out, struct err *e)
{
	if (optind == argc)
		return query_domains(c, out, e);
	*out = (struct domains){ calloc((size_t)argc, sizeof(*out->d)), 0 };
	for (; optind < argc; optind++)
		if (!out->d || query_domain(c, argv[optind], &out->d[out->nr++], e)) {
			domains_free(out);
			return -1;
		}
	return 0;
}

static void print_list(const struct domains *l, bool verbose)
{
	char state[7];

	/* xl's own columns, to the blank: scripts cut them. */
	printf("Name                                        ID   Mem VCPUs\tState\tTime(s)%s\n",
	       verbose ? "   Prio  Cap     Max KB          Colours  Space  Reason" : "");
	for (size_t i = 0; i < l->nr; i++) {
		const struct proto_domain *d = &l->d[i];

		state_letters(d, state);
		printf("%-40s %5u %5" PRIu64 " %5u     %s  %8.1f", d->name, d->domid,
		       d->mem_kb / 1024, d->vcpus, state, (double)d->cpu_ns / 1e9);
		if (verbose)
			printf("   %4u %4u %10" PRIu64 " %16" PRIx64 "  %s  %s", d->prio, d->cap,
			       d->max_kb, d->colours,
			       d->state & PROTO_DOM_AWAY    ? " away"
			       : d->state & PROTO_DOM_SMALL ? "small"
							    : "large",
			       d->state & PROTO_DOM_SHUTDOWN ? shutdown_name(d->reason) : "-");
		putchar('\n');
	}
}

static int json_domains(const struct domains *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->nr; i++)
		json_array_append_new(a, out_domain(&l->d[i]));
	return out_json(a);
}

static int list(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "long", no_argument, NULL, 'l' }, { 0 } };
	struct domains l;
	struct conn *c;
	struct err e;
	int opt, ret;

	while ((opt = cli_getopt(cli, argc, argv, "l", longs)) != -1)
		cli->json |= opt == 'l';
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	ret = select_domains(c, argc, argv, &l, &e) ? cli_fail(&e) : EXIT_OK;
	if (ret == EXIT_OK) {
		if (cli->json)
			ret = json_domains(&l);
		else
			print_list(&l, cli->verbose > 0);
		domains_free(&l);
	}
	conn_close(c);
	return ret;
}

static json_t *json_vcpu(const struct proto_domain *d, const struct proto_vcpu *v)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:b, s:b, s:b, s:I}", "name", d->name, "domid",
			 (int)d->domid, "vcpu", (int)v->vcpu, "cpu", (int)v->cpu, "online",
			 (int)v->online, "running", (int)v->running, "blocked", (int)v->blocked,
			 "time_ns", (json_int_t)v->cpu_ns);
}

static void print_vcpu(const struct proto_domain *d, const struct proto_vcpu *v)
{
	printf("%-32s %5u %5u", d->name, d->domid, v->vcpu);
	if (v->online)
		printf("%5u %3c%c- ", v->cpu, v->running ? 'r' : '-', v->blocked ? 'b' : '-');
	else
		printf("%5c %3c%cp ", '-', '-', '-');
	/* Machines have one CPU so far, so every affinity is to all of them. */
	printf("%9.1f  all / all\n", (double)v->cpu_ns / 1e9);
}

static int show_vcpus(struct conn *c, const struct domains *l, json_t *a, struct err *e)
{
	struct proto_vcpus v;

	if (!a)
		printf("%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU", "State",
		       "Time(s)", "Affinity (Hard / Soft)");
	for (size_t i = 0; i < l->nr; i++) {
		if (query_vcpus(c, l->d[i].domid, &v, e))
			return -1;
		for (uint32_t k = 0; k < v.nr; k++)
			if (a)
				json_array_append_new(a, json_vcpu(&l->d[i], &v.v[k]));
			else
				print_vcpu(&l->d[i], &v.v[k]);
	}
	return 0;
}

static int vcpu_list(struct cli *cli, int argc, char **argv)
{
	json_t *a = NULL;
	struct domains l;
	struct conn *c;
	struct err e;
	int ret;

	while (cli_getopt(cli, argc, argv, "", NULL) != -1)
		;
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	if (cli->json)
		a = json_array();
	ret = select_domains(c, argc, argv, &l, &e);
	if (!ret) {
		ret = show_vcpus(c, &l, a, &e);
		domains_free(&l);
	}
	conn_close(c);
	if (!ret && a)
		return out_json(a);
	json_decref(a);
	return ret ? cli_fail(&e) : EXIT_OK;
}

/* domid and domname: one argument, one word. */
static int translate(struct cli *cli, int argc, char **argv, bool to_id)
{
	struct proto_domain d;
	struct conn *c;
	int ret = EXIT_OK;

	c = cli_open_domain(cli, argc, argv, 1, &d);
	if (!c)
		return EXIT_FAIL;
	if (cli->json)
		ret = out_json(json_pack("{s:i, s:s}", "domid", (int)d.domid, "name", d.name));
	else if (to_id)
		printf("%u\n", d.domid);
	else
		puts(d.name);
	conn_close(c);
	return ret;
}

static int domid(struct cli *cli, int argc, char **argv)
{
	return translate(cli, argc, argv, true);
}

static int domname(struct cli *cli, int argc, char **argv)
{
	return translate(cli, argc, argv, false);
}

static int uptime(struct cli *cli, int argc, char **argv)
{
	struct proto_sysinfo s;
	unsigned long sec;
	struct conn *c;
	struct err e;
	int ret = EXIT_OK;

	c = cli_open(cli, argc, argv, 0);
	if (!c)
		return EXIT_FAIL;
	if (query_sysinfo(c, &s, &e)) {
		ret = cli_fail(&e);
	} else if (cli->json) {
		ret = out_json(json_pack("{s:s, s:f}", "machine", cli->machine, "uptime_seconds",
					 (double)s.uptime_ns / 1e9));
	} else {
		sec = (unsigned long)(s.uptime_ns / 1000000000u);
		printf("%-33s %4s %s\n%-33s %4d %lu days, %2lu:%02lu:%02lu\n", "Name", "ID",
		       "Uptime", cli->machine, 0, sec / 86400, sec / 3600 % 24, sec / 60 % 60,
		       sec % 60);
	}
	conn_close(c);
	return ret;
}

const struct verb verb_list = {
	"list",
	"[DOMAIN...]",
	"List domains: memory, state, processor time",
	"  -l, --long   the same as --json\n  -v           also priority, CPU cap, colours, where "
	"it is and why it "
	"shut down\n",
	"  $ tagma list\n"
	"  Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
	"  srm                                          0     8     1     -b----       0.1\n"
	"  linux                                        1    32     1     r-----       2.3\n"
	"\n  r running, b blocked, p paused, s shut down, c crashed, d dying\n",
	list,
};
const struct verb verb_vcpu_list = {
	"vcpu-list",
	"[DOMAIN...]",
	"List the virtual processors of domains",
	NULL,
	"  tagma vcpu-list rtos\n",
	vcpu_list,
};
const struct verb verb_domid = {
	"domid", "NAME", "Print the id of the domain of that name", NULL, "  tagma domid rtos\n",
	domid,
};
const struct verb verb_domname = {
	"domname",
	"DOMID",
	"Print the name of the domain with that id",
	NULL,
	"  tagma domname 2\n",
	domname,
};
const struct verb verb_uptime = {
	"uptime",	    "",	    "Print for how long the machine has been running", NULL,
	"  tagma uptime\n", uptime,
};

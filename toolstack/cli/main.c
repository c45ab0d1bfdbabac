/* SPDX-License-Identifier: GPL-2.0-only */
/* tagma: the command line tool. Options, then a verb; each verb is in a file of its group. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/query.h"
#include "cli/tagma.h"

enum { OPT_JSON = 256, OPT_MACHINE };

#define COMMON_SHORT "hvNm:"
#define COMMON_LONG                                                                             \
	{ "help", no_argument, NULL, 'h' }, { "verbose", no_argument, NULL, 'v' },              \
		{ "dry-run", no_argument, NULL, 'N' }, { "json", no_argument, NULL, OPT_JSON }, \
		{ "machine-name", required_argument, NULL, 'm' },                               \
	{                                                                                       \
		"machine", required_argument, NULL, OPT_MACHINE                                 \
	}

#define NR_COMMON 6
#define MAX_LONG 32

static const struct option common_long[NR_COMMON] = { COMMON_LONG };

/* False if it is no common option. */
static bool common_option(struct cli *cli, int opt)
{
	switch (opt) {
	case 'h':
		if (cli->verb)
			help_verb(cli->verb);
		else
			help_all();
		exit(EXIT_OK);
	case 'v':
		cli->verbose++;
		return true;
	case 'N':
		cli->dry_run = true;
		return true;
	case 'm':
		cli->machine = optarg;
		cli->machine_given = true;
		return true;
	case OPT_JSON:
		cli->json = true;
		return true;
	case OPT_MACHINE:
		cli->board = board_find(optarg);
		if (!cli->board)
			exit(cli_usage(cli, "--machine %s: the kinds are %s", optarg,
				       board_names()));
		return true;
	default:
		return false;
	}
}

int cli_getopt(struct cli *cli, int argc, char **argv, const char *shorts,
	       const struct option *longs)
{
	struct option all[MAX_LONG + NR_COMMON + 1] = { 0 };
	char all_short[64];
	size_t n = 0;
	int opt;

	for (; longs && longs[n].name && n < MAX_LONG; n++)
		all[n] = longs[n];
	memcpy(all + n, common_long, sizeof(common_long));
	snprintf(all_short, sizeof(all_short), "%s%s", COMMON_SHORT, shorts);
	while ((opt = getopt_long(argc, argv, all_short, all, NULL)) != -1) {
		if (opt == '?')
			exit(cli_usage(cli, NULL));
		if (!common_option(cli, opt))
			return opt;
	}
	return -1;
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (fmt) {
		fputs("tagma: ", stderr);
		va_start(ap, fmt);
		vfprintf(stderr, fmt, ap);
		va_end(ap);
		fputc('\n', stderr);
	}
	if (cli->verb)
		fprintf(stderr, "Usage: tagma %s [options] %s\nTry: tagma help %s\n",
			cli->verb->name, cli->verb->args, cli->verb->name);
	else
		fputs("Usage: tagma [options] VERB ...\nTry: tagma help\n", stderr);
	return EXIT_USAGE;
}

void cli_nargs(const struct cli *cli, int argc, int min, int max)
{
	int n = argc - optind;

	if (n < min)
		exit(cli_usage(cli, "'%s' requires at least %d argument%s", cli->verb->name, min,
			       min == 1 ? "" : "s"));
	if (n > max)
		exit(cli_usage(cli, "'%s' takes at most %d argument%s", cli->verb->name, max,
			       max == 1 ? "" : "s"));
}

bool cli_number(const char *s, unsigned long min, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(s, &end, 10);
	return !errno && *s >= '0' && *s <= '9' && !*end && *out >= min && *out <= max;
}

int cli_fail(const struct err *e)
{
	fprintf(stderr, "tagma: %s\n", e->text);
	return EXIT_FAIL;
}

void cli_note(const char *fmt, ...)
{
	va_list ap;

	fputs("tagma: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void cli_verbose(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (!cli->verbose)
		return;
	fputs("tagma: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

struct conn *cli_connect(const struct cli *cli)
{
	struct conn *c;
	struct err e;

	c = conn_open(cli->machine, &e);
	if (!c)
		cli_fail(&e);
	return c;
}

struct conn *cli_open(struct cli *cli, int argc, char **argv, int nargs)
{
	while (cli_getopt(cli, argc, argv, "", NULL) != -1)
		;
	cli_nargs(cli, argc, nargs, nargs);
	return cli_connect(cli);
}

struct conn *cli_open_domain(struct cli *cli, int argc, char **argv, int nargs,
			     struct proto_domain *d)
{
	struct conn *c = cli_open(cli, argc, argv, nargs);
	struct err e;

	if (!c || !query_domain(c, argv[optind], d, &e))
		return c;
	cli_fail(&e);
	conn_close(c);
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { COMMON_LONG, { 0 } };
	struct cli cli = { .machine = "default", .board = board_default };
	int opt, ret;

	while ((opt = getopt_long(argc, argv, "+" COMMON_SHORT, longs, NULL)) != -1)
		if (!common_option(&cli, opt))
			return cli_usage(&cli, NULL);
	if (optind == argc) {
		help_all();
		return EXIT_USAGE;
	}
	cli.verb = verb_find(argv[optind]);
	if (!cli.verb) {
		cli_note("unknown verb '%s'; tagma help lists them", argv[optind]);
		return EXIT_USAGE;
	}
	argc -= optind;
	argv += optind;
	optind = 0; /* GNU: start over with another vector */
	ret = cli.verb->run(&cli, argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		perror("tagma: stdout");
		ret = ret ? ret : EXIT_FAIL;
	}
	return ret;
}

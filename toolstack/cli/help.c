/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of verbs, and what `help` says about each. */
#include <stdio.h>
#include <string.h>

#include "cli/tagma.h"

const struct verb *const verbs[] = {
	&verb_up,	&verb_down,    &verb_run,     &verb_machines,  &verb_create,
	&verb_destroy,	&verb_list,    &verb_console, &verb_pause,     &verb_unpause,
	&verb_shutdown, &verb_reboot,  &verb_rename,  &verb_info,      &verb_dmesg,
	&verb_check,	&verb_domid,   &verb_domname, &verb_vcpu_list, &verb_uptime,
	&verb_top,	&verb_mkimage, &verb_image,   &verb_help,      NULL,
};

const struct verb *verb_find(const char *name)
{
	for (const struct verb *const *v = verbs; *v; v++)
		if (!strcmp((*v)->name, name))
			return *v;
	return NULL;
}

void help_verb(const struct verb *v)
{
	printf("Usage: tagma [-v] [-N] [-m NAME] %s [options] %s\n\n%s.\n", v->name, v->args,
	       v->summary);
	if (v->options)
		printf("\nOptions:\n%s", v->options);
	if (v->example)
		printf("\nExample:\n%s", v->example);
}

void help_all(void)
{
	puts("Usage: tagma [-v] [-N] [-m NAME] VERB [options] ...\n\nVerbs:");
	for (const struct verb *const *v = verbs; *v; v++)
		printf("  %-10s %s\n", (*v)->name, (*v)->summary);
	puts("\nOptions of every verb:\n"
	     "  -m, --machine-name NAME  which machine, when there are several (default: default)\n"
	     "      --machine KIND       what kind of machine: pc (default), malta\n"
	     "      --json               queries print JSON\n"
	     "  -N, --dry-run            only print what would be done\n"
	     "  -v, --verbose            say more\n"
	     "  -h, --help               help on a verb\n\n"
	     "A first session:\n"
	     "  tagma run examples/linuxlike.cfg     boot a machine with a shell; ^] leaves it\n"
	     "  tagma help run                       what else 'run' can do");
}

static int help(struct cli *cli, int argc, char **argv)
{
	const struct verb *v;

	while (cli_getopt(cli, argc, argv, "", NULL) != -1)
		;
	cli_nargs(cli, argc, 0, 1);
	if (optind == argc) {
		help_all();
		return EXIT_OK;
	}
	v = verb_find(argv[optind]);
	if (!v)
		return cli_usage(cli, "unknown verb '%s'", argv[optind]);
	help_verb(v);
	return EXIT_OK;
}

const struct verb verb_help = {
	"help", "[VERB]", "List the verbs, or explain one", NULL, "  tagma help create\n", help,
};

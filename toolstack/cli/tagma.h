/* SPDX-License-Identifier: GPL-2.0-only */
/* What all verbs share: the command line, messages, exit codes. */
#ifndef CLI_TAGMA_H
#define CLI_TAGMA_H

#include <getopt.h>
#include <stdbool.h>

#include "cli/client.h"
#include "lib/board.h"
#include "lib/err.h"

/* As xl has them; a domain's end tells on from 3. */
#define EXIT_OK 0
#define EXIT_FAIL 1
#define EXIT_USAGE 2
#define EXIT_CRASHED 3 /* run: the domain crashed */
#define EXIT_ENDED 4   /* run: it ended otherwise than by powering off: destroyed, watchdog ... */

struct verb;

struct cli {
	const struct verb *verb;
	const char *machine; /* name; "default" unless given */
	bool machine_given;
	const struct board *board; /* its kind, where one is made or built for */
	bool json, dry_run;
	int verbose;
};

struct verb {
	const char *name, *args, *summary;
	const char *options; /* lines of its own options, or NULL */
	const char *example; /* what a newcomer would type, and sees */
	int (*run)(struct cli *cli, int argc, char **argv);
};

extern const struct verb *const verbs[]; /* ends with NULL */
const struct verb *verb_find(const char *name);
void help_verb(const struct verb *v);
void help_all(void);

/*
 * getopt_long over the verb's own options and the common ones, which it handles.
 * Returns the next own option, -1 at the end. Unknown options end the program
 * with EXIT_USAGE, --help with EXIT_OK. Long-only options start at OPT_OWN.
 */
#define OPT_OWN 512
int cli_getopt(struct cli *cli, int argc, char **argv, const char *shorts,
	       const struct option *longs);
/* Ends the program with EXIT_USAGE unless min to max arguments are left. */
void cli_nargs(const struct cli *cli, int argc, int min, int max);
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool cli_number(const char *s, unsigned long min, unsigned long max, unsigned long *out);

/* "tagma: ..." on stderr. cli_fail returns EXIT_FAIL. */
int cli_fail(const struct err *e);
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Only with -v. */
void cli_verbose(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Connects to the machine of -m; NULL after an error line. */
struct conn *cli_connect(const struct cli *cli);
/* The same for a verb without options of its own, and with nargs arguments. */
struct conn *cli_open(struct cli *cli, int argc, char **argv, int nargs);
/* Also looks up the domain that the first argument names. NULL: the user has been told. */
struct conn *cli_open_domain(struct cli *cli, int argc, char **argv, int nargs,
			     struct proto_domain *d);

extern const struct verb verb_up, verb_down, verb_run, verb_machines, verb_create, verb_destroy,
	verb_list, verb_console, verb_pause, verb_unpause, verb_shutdown, verb_reboot, verb_rename,
	verb_info, verb_dmesg, verb_check, verb_domid, verb_domname, verb_vcpu_list, verb_uptime,
	verb_top, verb_mkimage, verb_image, verb_help;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* top: who uses the processor, from one interval to the next. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/query.h"
#include "cli/tagma.h"
#include "cli/tty.h"

struct sample {
	struct domains l;
	struct proto_sysinfo s;
};

static int take(struct conn *c, struct sample *out, struct err *e)
{
	*out = (struct sample){ 0 };
	if (query_sysinfo(c, &out->s, e))
		return -1;
	return query_domains(c, &out->l, e);
}

static uint64_t cpu_before(const struct sample *old, uint32_t domid)
{
	for (size_t i = 0; i < old->l.nr; i++)
		if (old->l.d[i].domid == domid)
			return old->l.d[i].cpu_ns;
	return 0;
}

static void print_sample(const struct sample *old, const struct sample *new)
{
	double span = (double)(new->s.uptime_ns - old->s.uptime_ns);
	double total = new->s.total_kb ? (double)new->s.total_kb : 1;

	printf("tagma top - up %.1f s, %zu domains, memory %" PRIu64 "k total, %" PRIu64 "k free\n",
	       (double)new->s.uptime_ns / 1e9, new->l.nr, new->s.total_kb, new->s.free_kb);
	printf("%-24s %-6s %10s %7s %10s %7s %5s\n", "NAME", "STATE", "CPU(sec)", "CPU(%)",
	       "MEM(k)", "MEM(%)", "VCPUS");
	for (size_t i = 0; i < new->l.nr; i++) {
		const struct proto_domain *d = &new->l.d[i];
		uint64_t before = cpu_before(old, d->domid);
		double used = d->cpu_ns > before ? (double)(d->cpu_ns - before) : 0;
		char state[7];

		state_letters(d, state);
		printf("%-24s %-6s %10.1f %7.1f %10" PRIu64 " %7.1f %5u\n", d->name, state,
		       (double)d->cpu_ns / 1e9, span > 0 ? 100 * used / span : 0, d->mem_kb,
		       100 * (double)d->mem_kb / total, d->vcpus);
	}
	fflush(stdout);
}

/* False if the user wants no more. */
static bool wait_interval(struct conn *c, unsigned delay_s)
{
	for (unsigned i = 0; i < delay_s * 10 && !tty_signal(); i++)
		if (conn_poll(c, 100, -1, NULL))
			break;
	return !tty_signal();
}

static int show(struct conn *c, unsigned delay_s, unsigned long rounds, bool batch)
{
	struct sample old, new;
	struct err e;
	int ret = EXIT_OK;

	if (take(c, &old, &e))
		return cli_fail(&e);
	for (unsigned long n = 0; (!rounds || n < rounds) && wait_interval(c, delay_s); n++) {
		if (take(c, &new, &e)) {
			ret = cli_fail(&e);
			break;
		}
		if (!batch)
			fputs("\033[H\033[J", stdout);
		print_sample(&old, &new);
		domains_free(&old.l);
		old = new;
	}
	domains_free(&old.l);
	return ret;
}

static int top(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "batch", no_argument, NULL, 'b' },
					       { "delay", required_argument, NULL, 'd' },
					       { "iterations", required_argument, NULL, 'i' },
					       { 0 } };
	unsigned long delay = 1, rounds = 0;
	bool batch = !isatty(STDOUT_FILENO);
	struct conn *c;
	int opt, ret;

	while ((opt = cli_getopt(cli, argc, argv, "bd:i:", longs)) != -1) {
		batch |= opt == 'b';
		if (opt == 'd' && !cli_number(optarg, 1, 3600, &delay))
			return cli_usage(cli, "'%s' is not a number of seconds", optarg);
		if (opt == 'i' && !cli_number(optarg, 1, 1000000, &rounds))
			return cli_usage(cli, "'%s' is not a number of rounds", optarg);
	}
	cli_nargs(cli, argc, 0, 0);
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	tty_catch_signals();
	ret = show(c, (unsigned)delay, rounds, batch);
	conn_close(c);
	return ret;
}

const struct verb verb_top = {
	"top",
	"",
	"Show who uses the processor, again and again; ^C ends it",
	"  -b, --batch           one table after the other, without clearing the screen\n"
	"  -d, --delay SEC       between tables (1)\n"
	"  -i, --iterations N    end after so many\n",
	"  tagma top -b -i 3\n",
	top,
};

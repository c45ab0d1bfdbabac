/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs about the hypervisor: info, dmesg, check. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/query.h"
#include "cli/tagma.h"
#include "lib/file.h"

static void line_str(const char *key, const char *value) { printf("%-23s: %s\n", key, value); }

static void line_u64(const char *key, uint64_t value)
{
	printf("%-23s: %" PRIu64 "\n", key, value);
}

static int counters(struct conn *c, json_t *out, struct err *e)
{
	struct proto_counters r;
	struct proto_index idx = { 0 };
	struct pbuf in;

	do {
		uint8_t buf[8];
		struct pbuf b = pbuf_writer(buf, sizeof(buf));

		proto_index(&b, &idx);
		if (conn_call(c, PROTO_COUNTERS, &b, &in, e))
			return -1;
		proto_counters(&in, &r);
		if (!pbuf_done(&in) || (r.next && r.next <= idx.first))
			return err_set(e, "the target's reply makes no sense");
		for (uint32_t i = 0; i < r.nr; i++)
			if (out)
				json_object_set_new(out, r.c[i].name,
						    json_integer((json_int_t)r.c[i].value));
			else
				line_u64(r.c[i].name, r.c[i].value);
		idx.first = r.next;
	} while (r.next);
	return 0;
}

static void print_info(const struct cli *cli, const struct proto_sysinfo *s,
		       const struct machine_state *m)
{
	line_str("host", cli->machine);
	line_str("version", s->version);
	line_str("machine", m->kind);
	line_u64("nr_cpus", s->nr_cpus);
	printf("%-23s: %u.%03u\n", "cpu_mhz", s->cpu_khz / 1000, s->cpu_khz % 1000);
	line_str("cpu_model", s->cpu);
	line_str("xen_caps", s->caps);
	line_u64("total_memory", s->total_kb / 1024);
	line_u64("free_memory", s->free_kb / 1024);
	line_u64("outstanding_claims", s->outstanding_kb / 1024);
	line_u64("nr_domains", s->nr_domains);
	line_u64("max_domains", s->max_domains);
	line_u64("llc_colours", s->nr_colours);
	line_str("xen_commandline", s->cmdline);
	printf("%-23s: %.1f\n", "uptime_seconds", (double)s->uptime_ns / 1e9);
	printf("%-23s: %" PRIu64 " frames, %" PRIu64 " lost, %" PRIu64 " bytes garbage\n",
	       "control_line", s->rx_frames, s->rx_lost, s->rx_garbage);
	line_str("accel", m->accel);
	line_str("boot", m->boot);
	line_u64("qemu_pid", (uint64_t)m->qemu.pid);
}

static json_t *json_info(const struct cli *cli, const struct proto_sysinfo *s,
			 const struct machine_state *m)
{
	return json_pack(
		"{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:I, s:I, s:I, s:i, s:i, s:i, s:s, s:f, s:I,"
		" s:I, s:I, s:s, s:s, s:i}",
		"host", cli->machine, "version", s->version, "machine", m->kind, "nr_cpus",
		(int)s->nr_cpus, "cpu_khz", (int)s->cpu_khz, "cpu_model", s->cpu, "xen_caps",
		s->caps, "total_memory_kb", (json_int_t)s->total_kb, "free_memory_kb",
		(json_int_t)s->free_kb, "outstanding_memory_kb", (json_int_t)s->outstanding_kb,
		"nr_domains", (int)s->nr_domains, "max_domains", (int)s->max_domains, "llc_colours",
		(int)s->nr_colours, "xen_commandline", s->cmdline, "uptime_seconds",
		(double)s->uptime_ns / 1e9, "rx_frames", (json_int_t)s->rx_frames, "rx_lost",
		(json_int_t)s->rx_lost, "rx_garbage", (json_int_t)s->rx_garbage, "accel", m->accel,
		"boot", m->boot, "qemu_pid", (int)m->qemu.pid);
}

/* JSON has the counters always, the table with -v. */
static int show_info(const struct cli *cli, struct conn *c)
{
	struct err e;
	struct machine *m = machine_open(cli->machine, &e);
	struct machine_state state = { 0 };
	struct proto_sysinfo s;
	json_t *j, *list;

	if (m && machine_load(m, &state))
		state = (struct machine_state){ 0 };
	machine_close(m);
	if (query_sysinfo(c, &s, &e))
		return cli_fail(&e);
	if (!cli->json) {
		print_info(cli, &s, &state);
		return cli->verbose && counters(c, NULL, &e) ? cli_fail(&e) : EXIT_OK;
	}
	j = json_info(cli, &s, &state);
	list = json_object();
	if (counters(c, list, &e)) {
		json_decref(j);
		json_decref(list);
		return cli_fail(&e);
	}
	json_object_set_new(j, "counters", list);
	return out_json(j);
}

static int info(struct cli *cli, int argc, char **argv)
{
	struct conn *c;
	int ret;

	while (cli_getopt(cli, argc, argv, "n", NULL) != -1)
		; /* -n, xl's for NUMA, shows nothing more on these machines */
	cli_nargs(cli, argc, 0, 0);
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	ret = show_info(cli, c);
	conn_close(c);
	return ret;
}

/* Guests write to this log too: nothing in it may drive the terminal, or break JSON. */
static void make_plain(char *s)
{
	for (; *s; s++)
		if (*s != '\n' && *s != '\t' && !isprint((unsigned char)*s))
			*s = *s == '\r' ? ' ' : '?';
}

static int print_log(char *text, bool json)
{
	json_t *lines;
	char *line, *save = NULL;

	make_plain(text);
	if (!json) {
		fputs(text, stdout);
		return EXIT_OK;
	}
	lines = json_array();
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		json_array_append_new(lines, json_string(line));
	return out_json(json_pack("{s:o}", "lines", lines));
}

static int fetch_log(struct conn *c, bool clear, struct queue *out, struct err *e)
{
	struct proto_dmesg m = { 0 };
	struct proto_text t;
	struct pbuf in;

	do {
		uint8_t buf[16];
		struct pbuf b = pbuf_writer(buf, sizeof(buf));

		m.clear = clear;
		proto_dmesg(&b, &m);
		if (conn_call(c, PROTO_DMESG, &b, &in, e))
			return -1;
		proto_text(&in, &t);
		if (!pbuf_done(&in))
			return err_set(e, "the target's reply makes no sense");
		queue_put(out, t.text, t.len);
		m.index = t.next;
	} while (t.len && out->len < (16u << 20));
	queue_put(out, "", 1);
	return 0;
}

/* What the daemon wrote down from the serial line: also there when the hypervisor hangs. */
static int serial_log(const struct cli *cli)
{
	struct machine *m;
	struct blob b;
	struct err e;
	char *path;
	int ret;

	m = machine_open(cli->machine, &e);
	if (!m)
		return cli_fail(&e);
	path = machine_path(m, "hv.log");
	ret = file_read(path, FILE_MAX_IMAGE, &b, &e) ? cli_fail(&e)
						      : print_log((char *)b.data, cli->json);
	blob_free(&b);
	free(path);
	machine_close(m);
	return ret;
}

static int dmesg(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "clear", no_argument, NULL, 'c' },
					       { "serial", no_argument, NULL, 's' },
					       { 0 } };
	bool clear = false, serial = false;
	struct queue text = { 0 };
	struct conn *c;
	struct err e;
	int opt, ret;

	while ((opt = cli_getopt(cli, argc, argv, "cs", longs)) != -1) {
		clear |= opt == 'c';
		serial |= opt == 's';
	}
	cli_nargs(cli, argc, 0, 0);
	if (serial)
		return serial_log(cli);
	c = cli_connect(cli);
	if (!c)
		return EXIT_FAIL;
	if (fetch_log(c, clear, &text, &e))
		ret = cli_fail(&e);
	else
		ret = print_log((char *)text.data + text.start, cli->json);
	queue_free(&text);
	conn_close(c);
	return ret;
}

static int check(struct cli *cli, int argc, char **argv)
{
	struct conn *c;
	struct err e;
	int ret;

	c = cli_open(cli, argc, argv, 0);
	if (!c)
		return EXIT_FAIL;
	ret = conn_call(c, PROTO_DEBUG_CHECK, NULL, NULL, &e);
	conn_close(c);
	if (cli->json)
		return ret |
		       out_json(json_pack("{s:b, s:s}", "ok", !ret, "error", ret ? e.text : ""));
	if (ret)
		return cli_fail(&e);
	puts("all invariants hold");
	return EXIT_OK;
}

const struct verb verb_info = {
	"info",
	"",
	"Show the machine and its hypervisor",
	"  -v         also the hypervisor's counters\n",
	"  tagma info --json | jq .free_memory_kb\n",
	info,
};
const struct verb verb_dmesg = {
	"dmesg",
	"",
	"Show the hypervisor's log",
	"  -c, --clear   and empty it\n"
	"  -s, --serial  the log as it came over the serial line: works when all else hangs\n",
	"  tagma dmesg | tail\n",
	dmesg,
};
const struct verb verb_check = {
	"check",
	"",
	"Have the hypervisor check its own data structures",
	NULL,
	"  $ tagma check && echo fine\n",
	check,
};

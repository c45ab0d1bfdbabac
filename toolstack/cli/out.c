/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/query.h"
#include "cli/tagma.h"

int out_json(json_t *j)
{
	struct err e;
	int ret;

	if (!j) {
		err_set(&e, "out of memory, or the target sent text that is not UTF-8");
		return cli_fail(&e);
	}
	ret = json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(j);
	return ret ? EXIT_FAIL : EXIT_OK;
}

json_t *out_domain(const struct proto_domain *d)
{
	char state[7];
	json_t *j;

	state_letters(d, state);
	j = json_pack("{s:i, s:s, s:I, s:I, s:i, s:s, s:I, s:i, s:i, s:I}", "domid", (int)d->domid,
		      "name", d->name, "memory_kb", (json_int_t)d->mem_kb, "maxmem_kb",
		      (json_int_t)d->max_kb, "vcpus", (int)d->vcpus, "state", state, "time_ns",
		      (json_int_t)d->cpu_ns, "priority", (int)d->prio, "cap", (int)d->cap,
		      "llc_colors", (json_int_t)d->colours);
	if (j)
		json_object_set_new(j, "small_space", json_boolean(d->state & PROTO_DOM_SMALL));
	if (j && d->state & PROTO_DOM_SHUTDOWN)
		json_object_set_new(j, "shutdown_reason", json_string(shutdown_name(d->reason)));
	return j;
}

json_t *out_config(const struct config *c)
{
	char uuid[37];

	config_uuid_text(c->uuid, uuid);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s?, s:s, s:i, s:i, s:i, s:s, s:i, s:i, s:s, s:s, s:s, s:s,"
		" s:s}",
		"config", c->path, "name", c->name, "type", config_type_name(c->type), "kernel",
		c->kernel, "ramdisk", c->ramdisk, "cmdline", c->cmdline, "memory",
		(int)c->memory_mb, "maxmem", (int)c->maxmem_mb, "vcpus", (int)c->vcpus, "cpus",
		c->cpus, "priority", (int)c->priority, "cap", (int)c->cap, "llc_colors",
		c->llc_colors, "on_poweroff", config_action_name(c->on_poweroff), "on_reboot",
		config_action_name(c->on_reboot), "on_crash", config_action_name(c->on_crash),
		"uuid", uuid);
}

void out_progress(const char *fmt, ...)
{
	va_list ap;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\033[K", stderr);
}

void out_progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

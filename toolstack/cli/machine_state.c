/* SPDX-License-Identifier: GPL-2.0-only */
/* state.json: what others may know of a machine without asking its daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/machine.h"
#include "lib/file.h"

static json_t *process_json(struct process p)
{
	return json_pack("{s:I, s:I}", "pid", (json_int_t)p.pid, "start", (json_int_t)p.start);
}

int machine_save(const struct machine *m, const struct machine_state *s, struct err *e)
{
	json_t *j = json_pack("{s:s, s:s, s:o, s:o, s:I, s:s, s:s, s:i}", "name", m->name, "kind",
			      s->kind, "daemon", process_json(s->daemon), "qemu",
			      process_json(s->qemu), "started", (json_int_t)s->started, "accel",
			      s->accel, "boot", s->boot, "memory_mb", (int)s->memory_mb);
	char *text = j ? json_dumps(j, JSON_INDENT(2)) : NULL,
	     *path = machine_path(m, "state.json");
	int ret = text ? file_write(path, text, strlen(text), e)
		       : err_set(e, "%s: out of memory", path);

	json_decref(j);
	free(text);
	free(path);
	return ret;
}

int machine_load(const struct machine *m, struct machine_state *s)
{
	char *path = machine_path(m, "state.json");
	json_t *j = json_load_file(path, 0, NULL);
	json_int_t dpid, dstart, qpid, qstart, started;
	const char *accel, *boot, *kind;
	int mem, ret;

	free(path);
	*s = (struct machine_state){ 0 };
	ret = json_unpack(j, "{s:s, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:s, s:s, s:i}", "kind", &kind,
			  "daemon", "pid", &dpid, "start", &dstart, "qemu", "pid", &qpid, "start",
			  &qstart, "started", &started, "accel", &accel, "boot", &boot, "memory_mb",
			  &mem);
	if (!ret) {
		s->daemon = (struct process){ (pid_t)dpid, (uint64_t)dstart };
		s->qemu = (struct process){ (pid_t)qpid, (uint64_t)qstart };
		s->started = (time_t)started;
		snprintf(s->kind, sizeof(s->kind), "%s", kind);
		snprintf(s->accel, sizeof(s->accel), "%s", accel);
		snprintf(s->boot, sizeof(s->boot), "%s", boot);
		s->memory_mb = (unsigned)mem;
	}
	json_decref(j);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of an xl.cfg: one handler each, which checks the value and stores it. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cfgscan.h"
#include "lib/config_keys.h"
#include "lib/file.h"

int config_line_fail(struct config_parse *p, int line, const char *what)
{
	if (!line)
		return err_set(p->e, "%s: %s", p->path, what);
	if (p->file_lines && line > p->file_lines)
		return err_set(p->e, "command line: %s", what);
	return err_set(p->e, "%s:%d: %s", p->path, line, what);
}

int config_key_fail(struct config_parse *p, const char *key, const char *what)
{
	char text[sizeof(p->e->text)];

	snprintf(text, sizeof(text), "%s: %.400s", key, what);
	return config_line_fail(p, cfgscan_line(p->text, p->size, key), text);
}

/* 1 and the value, 0 if the key is absent, -1 if it is not a single value. */
static int get_string(struct config_parse *p, const char *key, const char **out)
{
	int ret = xlu_cfg_get_string(p->xlu, key, out, 1);

	if (ret == ESRCH)
		return 0;
	return ret ? config_key_fail(p, key, "wants a single value, not a list") : 1;
}

static int get_u32(struct config_parse *p, const char *key, uint32_t min, uint32_t max,
		   uint32_t *out)
{
	char what[96], *end;
	const char *s;
	long v;
	int ret = get_string(p, key, &s);

	if (ret <= 0)
		return ret;
	errno = 0;
	v = strtol(s, &end, 0);
	if (errno || end == s || *end || v < (long)min || v > (long)max) {
		snprintf(what, sizeof(what), "'%.32s' is not a number from %u to %u", s, min, max);
		return config_key_fail(p, key, what);
	}
	*out = (uint32_t)v;
	return 1;
}

static int copy_string(struct config_parse *p, const char *key, size_t max, char **out)
{
	char what[64];
	const char *s;
	int ret = get_string(p, key, &s);

	if (ret <= 0)
		return ret;
	if (strlen(s) > max) {
		snprintf(what, sizeof(what), "longer than %zu characters", max);
		return config_key_fail(p, key, what);
	}
	free(*out);
	*out = xstrdup(s);
	return 1;
}

static int key_name(struct config_parse *p, const char *key)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	int ret = copy_string(p, key, CONFIG_MAX_NAME, &p->c->name);
	const char *s = p->c->name;

	if (ret <= 0)
		return ret;
	if (!*s || s[strspn(s, set)])
		return config_key_fail(p, key,
				       "letters, digits and . _ + - only, and at least one");
	/* Every verb takes a name or a domid; a name must not look like the other. */
	if (!s[strspn(s, "0123456789")])
		return config_key_fail(p, key, "a name of digits only would read as a domain id");
	return 1;
}

/* A relative file is looked for beside the config first, then in the working directory. */
static char *resolve(const char *config, const char *file)
{
	const char *slash = strrchr(config, '/');
	char *beside;

	if (*file == '/' || !slash)
		return xstrdup(file);
	beside = xasprintf("%.*s/%s", (int)(slash - config), config, file);
	if (access(beside, F_OK) == 0 || access(file, F_OK) != 0)
		return beside;
	free(beside);
	return xstrdup(file);
}

static int get_path(struct config_parse *p, const char *key, char **out)
{
	const char *s;
	int ret = get_string(p, key, &s);

	if (ret <= 0)
		return ret;
	if (!*s)
		return config_key_fail(p, key, "is empty");
	free(*out);
	*out = resolve(p->path, s);
	return 1;
}

static int key_kernel(struct config_parse *p, const char *key)
{
	return get_path(p, key, &p->c->kernel);
}
static int key_ramdisk(struct config_parse *p, const char *key)
{
	return get_path(p, key, &p->c->ramdisk);
}

static int key_cmdline(struct config_parse *p, const char *key)
{
	return copy_string(p, key, CONFIG_MAX_CMDLINE, &p->c->cmdline);
}

/* xl's older name for cmdline, or a part of it. */
static int key_extra(struct config_parse *p, const char *key)
{
	const char *extra, *cmdline;

	if (get_string(p, key, &extra) > 0 &&
	    xlu_cfg_get_string(p->xlu, "cmdline", &cmdline, 1) == 0)
		return config_key_fail(p, key, "give either cmdline or extra, not both");
	return copy_string(p, key, CONFIG_MAX_CMDLINE, &p->c->cmdline);
}

static int key_memory(struct config_parse *p, const char *key)
{
	return get_u32(p, key, 1, CONFIG_MAX_MEMORY_MB, &p->c->memory_mb);
}

static int key_maxmem(struct config_parse *p, const char *key)
{
	return get_u32(p, key, 1, CONFIG_MAX_MEMORY_MB, &p->c->maxmem_mb);
}

static int key_vcpus(struct config_parse *p, const char *key)
{
	return get_u32(p, key, 1, CONFIG_MAX_VCPUS, &p->c->vcpus);
}

static int key_priority(struct config_parse *p, const char *key)
{
	return get_u32(p, key, 1, 255, &p->c->priority);
}

static int key_cap(struct config_parse *p, const char *key)
{
	return get_u32(p, key, 0, 100, &p->c->cap);
}

int config_check_ranges(const char *list, unsigned long max, struct err *e)
{
	unsigned long lo, hi;
	const char *s = list;
	char *end;

	for (;;) {
		/* strtoul takes signs and blanks; a colour does not. */
		if (*s < '0' || *s > '9')
			break;
		lo = hi = strtoul(s, &end, 10);
		s = end;
		if (*s == '-' && s[1] >= '0' && s[1] <= '9') {
			hi = strtoul(s + 1, &end, 10);
			s = end;
		}
		if (hi < lo)
			return err_set(e, "'%.40s': the range %lu-%lu runs backwards", list, lo,
				       hi);
		if (hi > max)
			return err_set(e, "'%.40s': %lu is beyond %lu", list, hi, max);
		if (!*s)
			return 0;
		if (*s++ != ',')
			break;
	}
	return err_set(e, "'%.40s' is not a list such as 0-3,8", list);
}

/* A string "0-3,8", or a list of such strings; joined by commas. */
static int get_ranges(struct config_parse *p, const char *key, unsigned long max, char **out)
{
	XLU_ConfigList *list;
	struct err why;
	const char *s;
	char *joined, *more;
	int i, nr;

	if (xlu_cfg_get_string(p->xlu, key, &s, 1) == 0) {
		joined = xstrdup(s);
	} else if (xlu_cfg_get_list(p->xlu, key, &list, &nr, 1) == 0) {
		joined = xstrdup("");
		for (i = 0; i < nr; i++) {
			s = xlu_cfg_get_listitem(list, i);
			more = xasprintf("%s%s%s", joined, i ? "," : "", s ? s : "?");
			free(joined);
			joined = more;
		}
	} else {
		return 0;
	}
	if (config_check_ranges(joined, max, &why)) {
		free(joined);
		return config_key_fail(p, key, why.text);
	}
	free(*out);
	*out = joined;
	return 1;
}

/* A list that leaves out the one CPU there is would be a domain that never runs. */
static bool has_cpu0(const char *list)
{
	while (list && strtoul(list, NULL, 10) != 0) {
		list = strchr(list, ',');
		if (list)
			list++;
	}
	return list != NULL;
}

static int key_cpus(struct config_parse *p, const char *key)
{
	const char *s;
	int ret;

	if (xlu_cfg_get_string(p->xlu, key, &s, 1) == 0 && !strcmp(s, "all"))
		return 1;
	ret = get_ranges(p, key, CONFIG_MAX_VCPUS - 1, &p->c->cpus);
	if (ret > 0 && !has_cpu0(p->c->cpus))
		return config_key_fail(p, key, "leaves out CPU 0, the only one of a machine");
	return ret;
}

static int key_llc_colors(struct config_parse *p, const char *key)
{
	return get_ranges(p, key, CONFIG_MAX_COLOUR, &p->c->llc_colors);
}

static const char *const action_names[] = { "destroy", "restart", "preserve" };
static const char *const type_names[] = { "native", "pv" };

const char *config_action_name(enum config_action a) { return action_names[a]; }
const char *config_type_name(enum config_type t) { return type_names[t]; }

/* Index of the key's value among names, or -1; -2 if the key is absent. */
static int get_choice(struct config_parse *p, const char *key, const char *const *names, int nr)
{
	char what[128];
	const char *s;
	int i, len, ret = get_string(p, key, &s);

	if (ret <= 0)
		return ret - (ret == 0 ? 2 : 0);
	for (i = 0; i < nr; i++)
		if (!strcmp(s, names[i]))
			return i;
	len = snprintf(what, sizeof(what), "'%.32s' is not one of:", s);
	for (i = 0; i < nr; i++)
		len += snprintf(what + len, sizeof(what) - (size_t)len, " %s", names[i]);
	return config_key_fail(p, key, what);
}

static int get_action(struct config_parse *p, const char *key, enum config_action *out)
{
	int i = get_choice(p, key, action_names, 3);

	if (i < 0)
		return i == -2 ? 0 : -1;
	*out = (enum config_action)i;
	return 1;
}

static int key_on_poweroff(struct config_parse *p, const char *key)
{
	return get_action(p, key, &p->c->on_poweroff);
}

static int key_on_reboot(struct config_parse *p, const char *key)
{
	return get_action(p, key, &p->c->on_reboot);
}

static int key_on_crash(struct config_parse *p, const char *key)
{
	return get_action(p, key, &p->c->on_crash);
}

static int key_type(struct config_parse *p, const char *key)
{
	int i = get_choice(p, key, type_names, 2);

	if (i < 0)
		return i == -2 ? 0 : -1;
	p->c->type = (enum config_type)i;
	return 1;
}

static int key_uuid(struct config_parse *p, const char *key)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *s;
	unsigned i, n = 0;
	int ret = get_string(p, key, &s);

	if (ret <= 0)
		return ret;
	for (i = 0; i < sizeof(form); i++) {
		if (form[i] != 'x' ? s[i] != form[i]
				   : !s[i] || !strchr("0123456789abcdefABCDEF", s[i]))
			return config_key_fail(p, key,
					       "is not a UUID such as "
					       "01234567-89ab-cdef-0123-456789abcdef");
		if (form[i] == 'x') {
			unsigned digit = (unsigned)((s[i] | 32) - '0');

			digit = digit > 9 ? digit - 39 : digit;
			p->c->uuid[n / 2] = (uint8_t)((unsigned)p->c->uuid[n / 2] << 4 | digit);
			n++;
		}
	}
	return 1;
}

void config_uuid_text(const uint8_t u[16], char out[37])
{
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
		 u[13], u[14], u[15]);
}

const struct config_key config_keys[] = {
	{ "name", key_name },
	{ "kernel", key_kernel },
	{ "ramdisk", key_ramdisk },
	{ "cmdline", key_cmdline },
	{ "extra", key_extra },
	{ "type", key_type },
	{ "memory", key_memory },
	{ "maxmem", key_maxmem },
	{ "vcpus", key_vcpus },
	{ "cpus", key_cpus },
	{ "priority", key_priority },
	{ "cap", key_cap },
	{ "llc_colors", key_llc_colors },
	{ "on_poweroff", key_on_poweroff },
	{ "on_reboot", key_on_reboot },
	{ "on_crash", key_on_crash },
	{ "uuid", key_uuid },
};

const size_t config_nr_keys = sizeof(config_keys) / sizeof(config_keys[0]);

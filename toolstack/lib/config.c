/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/cfgscan.h"
#include "lib/config_keys.h"
#include "lib/file.h"

/* libxlutil's object for configs wants this one function of libxl; we never call into it. */
void libxl_defbool_set(libxl_defbool *db, bool b) { db->val = b ? 1 : -1; }

static int check_unknown(struct config_parse *p)
{
	char what[CFGSCAN_NAME + 32];
	struct cfgscan_key k;
	struct cfgscan s;
	size_t i;

	cfgscan_init(&s, p->text, p->size);
	while (cfgscan_next(&s, &k)) {
		for (i = 0; i < config_nr_keys && strcmp(k.name, config_keys[i].name); i++)
			;
		if (i == config_nr_keys) {
			snprintf(what, sizeof(what), "unknown key '%s'", k.name);
			return config_line_fail(p, k.line, what);
		}
	}
	return 0;
}

static int check_whole(struct config_parse *p)
{
	struct config *c = p->c;

	if (!c->name)
		return err_set(p->e, "%s: the key 'name' is missing", p->path);
	if (!c->kernel)
		return err_set(p->e, "%s: the key 'kernel' is missing", p->path);
	if (!c->maxmem_mb)
		c->maxmem_mb = c->memory_mb;
	if (c->maxmem_mb < c->memory_mb)
		return config_key_fail(p, "maxmem", "is less than memory");
	return 0;
}

/* libxlutil reports as "FILE:LINE: message"; its first line is our error. */
static int read_syntax(struct config_parse *p)
{
	char *report = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&report, &len);
	int ret;

	p->xlu = f ? xlu_cfg_init(f, p->path) : NULL;
	if (!p->xlu) {
		ret = err_set(p->e, "%s: out of memory", p->path);
	} else {
		ret = xlu_cfg_readdata(p->xlu, p->text, (int)p->size);
		fflush(f);
		if (ret)
			ret = err_set(p->e, "%.*s", (int)strcspn(report, "\n"), report);
	}
	/* The parser keeps the stream: from here on every look-up is a quiet one. */
	if (f)
		fclose(f);
	free(report);
	return ret;
}

static struct config *config_default(const char *path)
{
	struct config *c = xcalloc(1, sizeof(*c));

	c->path = xstrdup(path);
	c->cmdline = xstrdup("");
	c->cpus = xstrdup("all");
	c->llc_colors = xstrdup("");
	c->memory_mb = 16;
	c->vcpus = 1;
	c->on_reboot = CONFIG_RESTART;
	if (getrandom(c->uuid, sizeof(c->uuid), 0) != sizeof(c->uuid))
		memset(c->uuid, 0, sizeof(c->uuid));
	c->uuid[6] = (uint8_t)((c->uuid[6] & 0x0f) | 0x40); /* RFC 4122: version 4, variant 1 */
	c->uuid[8] = (uint8_t)((c->uuid[8] & 0x3f) | 0x80);
	return c;
}

struct config *config_parse(const char *path, const char *text, size_t size, int file_lines,
			    struct err *e)
{
	struct config_parse p = { config_default(path), NULL, path, text, size, file_lines, e };
	int ret;
	size_t i;

	if (memchr(text, '\0', size) || size > CONFIG_MAX_SIZE)
		ret = err_set(e, "%s: not a config file: %s", path,
			      size > CONFIG_MAX_SIZE ? "too long" : "has NUL bytes");
	else
		ret = read_syntax(&p);
	if (!ret)
		ret = check_unknown(&p);
	for (i = 0; !ret && i < config_nr_keys; i++)
		if (config_keys[i].handle(&p, config_keys[i].name) < 0)
			ret = -1;
	if (!ret)
		ret = check_whole(&p);
	if (p.xlu)
		xlu_cfg_destroy(p.xlu);
	if (!ret)
		return p.c;
	config_free(p.c);
	return NULL;
}

/* By themselves first: their syntax errors are not the file's. */
static int check_overrides(const char *lines, struct err *e)
{
	struct config_parse p = { NULL, NULL, "command line", lines, strlen(lines), 0, e };
	int ret = read_syntax(&p);

	if (p.xlu)
		xlu_cfg_destroy(p.xlu);
	return ret;
}

struct config *config_load(const char *path, const char *overrides, struct err *e)
{
	struct config *c;
	struct blob b;
	char *text;
	int lines = 1;

	if (file_read(path, CONFIG_MAX_SIZE, &b, e))
		return NULL;
	if (!*overrides || memchr(b.data, '\0', b.size)) {
		c = config_parse(path, (const char *)b.data, b.size, 0, e);
	} else {
		for (size_t i = 0; i < b.size; i++)
			lines += b.data[i] == '\n';
		text = xasprintf("%s\n%s", (const char *)b.data, overrides);
		c = check_overrides(overrides, e)
			    ? NULL
			    : config_parse(path, text, strlen(text), lines, e);
		free(text);
	}
	blob_free(&b);
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	free(c->path);
	free(c->name);
	free(c->kernel);
	free(c->ramdisk);
	free(c->cmdline);
	free(c->cpus);
	free(c->llc_colors);
	free(c);
}

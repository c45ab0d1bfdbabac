/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/guest.h"

void guest_hash(const struct blob *b, uint8_t sha[SHA256_SIZE]) { sha256(b->data, b->size, sha); }

int guest_check_elf(const char *path, const struct blob *file, const struct board *board,
		    struct elf_image *elf, struct err *e)
{
	struct fit_error why;

	if (!file->size)
		return err_set(e, "%s: is empty", path);
	if (elf_open(elf, file->data, file->size, board->elf_machine, &why))
		return err_set(e, "%s: %s (a machine of kind %s)", path, why.text, board->name);
	return 0;
}

/* The target says no too, but only once all of it has been sent. */
static int check_memory(const struct guest *g, struct err *e)
{
	const struct config *c = g->cfg;
	uint64_t have = (uint64_t)c->memory_mb << 20;
	uint64_t need = (uint64_t)(g->elf.hi - g->elf.lo) + ((g->ramdisk.size + 4095) & ~4095ull);

	if (need <= have)
		return 0;
	return err_set(
		e,
		"%s: domain '%s': memory = %u is too little: kernel and ramdisk alone take %llu MB",
		c->path, c->name, c->memory_mb, (unsigned long long)((need + (1 << 20) - 1) >> 20));
}

/* Errors about a file of the guest name the guest's config as well. */
static int load_files(struct guest *g, const struct board *board, struct err *e)
{
	const struct config *c = g->cfg;

	if (file_read(c->kernel, GUEST_MAX_IMAGE, &g->kernel, e))
		return err_prefix(e, "%s: kernel", c->path);
	if (c->ramdisk && file_read(c->ramdisk, GUEST_MAX_IMAGE, &g->ramdisk, e))
		return err_prefix(e, "%s: ramdisk", c->path);
	if (c->ramdisk && !g->ramdisk.size)
		return err_set(e, "%s: ramdisk: %s: is empty", c->path, c->ramdisk);
	if (c->type == CONFIG_PV)
		return err_set(e, "%s: type = \"pv\": this version runs native guests only",
			       c->path);
	if (guest_check_elf(c->kernel, &g->kernel, board, &g->elf, e))
		return err_prefix(e, "%s: kernel", c->path);
	guest_hash(&g->kernel, g->kernel_sha);
	if (c->ramdisk)
		guest_hash(&g->ramdisk, g->ramdisk_sha);
	return check_memory(g, e);
}

int guest_is_override(const char *arg)
{
	size_t n = strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n && arg[n + strspn(arg + n, " ")] == '=';
}

char *guest_overrides(int argc, char *const *argv, int i)
{
	char *lines = xstrdup(""), *more;

	for (; i < argc && guest_is_override(argv[i]); i++) {
		more = xasprintf("%s%s\n", lines, argv[i]);
		free(lines);
		lines = more;
	}
	return lines;
}

/* The config has made it a path from its own directory. */
static void find_file(char **path, const char *config, const char *libdir)
{
	const char *slash = strrchr(config, '/'), *name = *path;
	char *there;

	if (!name || access(name, F_OK) == 0)
		return;
	if (slash && !strncmp(name, config, (size_t)(slash + 1 - config)))
		name += slash + 1 - config;
	there = xasprintf("%s/%s", libdir, name);
	if (*name == '/' || access(there, F_OK)) {
		free(there);
		return;
	}
	free(*path);
	*path = there;
}

struct guest *guest_load(const char *config_path, const char *overrides, const struct board *board,
			 const char *libdir, struct err *e)
{
	struct guest *g = xcalloc(1, sizeof(*g));

	g->cfg = config_load(config_path, overrides, e);
	if (g->cfg) {
		find_file(&g->cfg->kernel, config_path, libdir);
		find_file(&g->cfg->ramdisk, config_path, libdir);
		if (!load_files(g, board, e))
			return g;
	}
	guest_free(g);
	return NULL;
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	config_free(g->cfg);
	blob_free(&g->kernel);
	blob_free(&g->ramdisk);
	free(g);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libfdt.h>

#include "lib/fitbuild.h"

struct image {
	char name[24];
	const char *type, *from;
	const struct blob *data;
	const uint8_t *sha;
};

/* A tree being written, front to back. The first error of libfdt sticks. */
struct tree {
	void *fdt;
	const char *arch;
	int err;
	struct image *images;
	size_t nr_images;
};

static void begin(struct tree *t, const char *name)
{
	if (!t->err)
		t->err = fdt_begin_node(t->fdt, name);
}

static void end(struct tree *t)
{
	if (!t->err)
		t->err = fdt_end_node(t->fdt);
}

static void prop(struct tree *t, const char *name, const void *data, size_t len)
{
	if (!t->err)
		t->err = fdt_property(t->fdt, name, data, (int)len);
}

static void prop_str(struct tree *t, const char *name, const char *s)
{
	prop(t, name, s, strlen(s) + 1);
}

static void prop_u32(struct tree *t, const char *name, uint32_t v)
{
	fdt32_t be = cpu_to_fdt32(v);

	prop(t, name, &be, sizeof(be));
}

static void prop_u64(struct tree *t, const char *name, uint64_t v)
{
	fdt64_t be = cpu_to_fdt64(v);

	prop(t, name, &be, sizeof(be));
}

/* Named after its file, as a node may be called: "/x/y z.elf" is "y_z". */
static void image_name(struct tree *t, struct image *new)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	const char *slash = strrchr(new->from, '/'), *base = slash ? slash + 1 : new->from;
	size_t len = strcspn(base, "."), i;

	snprintf(new->name, sizeof(new->name), "%.*s", (int)(len < 20 ? len : 20), base);
	if (!*new->name)
		snprintf(new->name, sizeof(new->name), "image");
	for (i = 0; new->name[i]; i++)
		if (!strchr(set, new->name[i]))
			new->name[i] = '_';
	/* Another file of that name: the number of the image makes the difference. */
	for (i = 0; i < t->nr_images; i++)
		if (!strcmp(t->images[i].name, new->name)) {
			len = strlen(new->name);
			snprintf(new->name + len, sizeof(new->name) - len, "-%zu",
				 t->nr_images + 1);
			break;
		}
}

/* The image with this content, added if it is new. Returns its name. */
static const char *image_add(struct tree *t, const char *type, const char *from,
			     const struct blob *data, const uint8_t *sha)
{
	struct image *i;

	for (i = t->images; i < t->images + t->nr_images; i++)
		if (!strcmp(i->type, type) && !memcmp(i->sha, sha, SHA256_SIZE))
			return i->name;
	*i = (struct image){ .type = type, .from = from, .data = data, .sha = sha };
	image_name(t, i);
	t->nr_images++;
	return i->name;
}

static void write_image(struct tree *t, const struct image *i)
{
	begin(t, i->name);
	prop_str(t, "description", i->from);
	prop(t, "data", i->data->data, i->data->size);
	prop_str(t, "type", i->type);
	prop_str(t, "arch", t->arch);
	prop_str(t, "os", "elf");
	prop_str(t, "compression", "none");
	begin(t, "hash-1");
	prop_str(t, "algo", "sha256");
	prop(t, "value", i->sha, SHA256_SIZE);
	end(t);
	end(t);
}

/* U-Boot's tools want at least one configuration; the domains' nodes are what counts. */
static void write_configurations(struct tree *t)
{
	begin(t, "configurations");
	prop_str(t, "default", "tagma");
	begin(t, "tagma");
	prop_str(t, "description", "Tagma's control domain");
	prop_str(t, "kernel", t->images[0].name);
	end(t);
	end(t);
}

static void write_module(struct tree *t, const char *what, const char *image, const char *bootargs)
{
	char compatible[32];

	begin(t, what);
	snprintf(compatible, sizeof(compatible), "module,%s", what);
	prop_str(t, "compatible", compatible);
	prop_str(t, "image", image);
	if (bootargs && *bootargs)
		prop_str(t, "bootargs", bootargs);
	end(t);
}

static void write_control_domain(struct tree *t, const struct fitbuild *in)
{
	begin(t, "srm");
	prop_str(t, "compatible", "xen,domain");
	prop_u32(t, "domid", 0);
	prop_str(t, "domain-name", "srm");
	if (in->srm_memory_kb)
		prop_u64(t, "memory", in->srm_memory_kb);
	prop_u32(t, "cpus", 1);
	prop_u32(t, "mode", 1);
	write_module(t, "kernel", t->images[0].name, NULL);
	end(t);
}

static void write_guest(struct tree *t, const struct guest *g, uint32_t domid, const char *kernel,
			const char *ramdisk)
{
	const struct config *c = g->cfg;
	char node[24];

	snprintf(node, sizeof(node), "domain-%u", domid);
	begin(t, node);
	prop_str(t, "compatible", "xen,domain");
	prop_u32(t, "domid", domid);
	prop_str(t, "domain-name", c->name);
	prop_u64(t, "memory", (uint64_t)c->memory_mb << 10);
	prop_u32(t, "cpus", c->vcpus);
	prop_u32(t, "mode", 1); /* paravirtualized; hyperlaunch knows no more native one */
	if (*c->llc_colors)
		prop_str(t, "llc-colors", c->llc_colors);
	if (c->priority)
		prop_u32(t, "tagma,priority", c->priority);
	if (c->cap)
		prop_u32(t, "tagma,cap", c->cap);
	prop_str(t, "tagma,on-poweroff", config_action_name(c->on_poweroff));
	prop_str(t, "tagma,on-reboot", config_action_name(c->on_reboot));
	prop_str(t, "tagma,on-crash", config_action_name(c->on_crash));
	write_module(t, "kernel", kernel, c->cmdline);
	if (ramdisk)
		write_module(t, "ramdisk", ramdisk, NULL);
	end(t);
}

struct refs {
	const char *kernel, *ramdisk;
};

static void collect(struct tree *t, const struct fitbuild *in, const uint8_t *srm_sha,
		    struct refs *refs)
{
	image_add(t, "kernel", in->srm_path, in->srm, srm_sha);
	for (size_t i = 0; i < in->nr_guests; i++) {
		const struct guest *g = in->guests[i];

		refs[i].kernel = image_add(t, "kernel", g->cfg->kernel, &g->kernel, g->kernel_sha);
		refs[i].ramdisk = NULL;
		if (g->cfg->ramdisk)
			refs[i].ramdisk = image_add(t, "ramdisk", g->cfg->ramdisk, &g->ramdisk,
						    g->ramdisk_sha);
	}
}

static void write_tree(struct tree *t, const struct fitbuild *in, const struct refs *refs)
{
	begin(t, "");
	prop_str(t, "description", "Tagma boot image");
	prop_u32(t, "timestamp", (uint32_t)time(NULL));
	prop_u32(t, "#address-cells", 1);
	begin(t, "images");
	for (size_t i = 0; i < t->nr_images; i++)
		write_image(t, &t->images[i]);
	end(t);
	write_configurations(t);
	begin(t, "chosen");
	begin(t, "hypervisor");
	prop_str(t, "compatible", "hypervisor,xen");
	if (*in->bootargs)
		prop_str(t, "bootargs", in->bootargs);
	write_control_domain(t, in);
	for (size_t i = 0; i < in->nr_guests; i++)
		write_guest(t, in->guests[i], (uint32_t)i + 1, refs[i].kernel, refs[i].ramdisk);
	end(t);
	end(t);
	end(t);
}

/* Room for all images and, for each guest, its strings and nodes. */
static size_t tree_room(const struct tree *t, size_t nr_guests)
{
	size_t room = 16384 + nr_guests * 8192;

	for (size_t i = 0; i < t->nr_images; i++)
		room += t->images[i].data->size + 4096 + strlen(t->images[i].from);
	return room;
}

static int check_names(const struct fitbuild *in, struct err *e)
{
	for (size_t i = 0; i < in->nr_guests; i++) {
		const struct config *c = in->guests[i]->cfg;

		if (!strcmp(c->name, "srm"))
			return err_set(e, "%s: 'srm' is the control domain's name", c->path);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(c->name, in->guests[k]->cfg->name))
				return err_set(e, "%s: the name '%s' is already taken by %s",
					       c->path, c->name, in->guests[k]->cfg->path);
	}
	return 0;
}

int fitbuild(const struct fitbuild *in, struct blob *out, struct err *e)
{
	uint8_t srm_sha[SHA256_SIZE];
	struct tree t = { .arch = in->board->arch };
	struct refs *refs;
	size_t room;

	*out = (struct blob){ 0 };
	if (check_names(in, e))
		return -1;
	guest_hash(in->srm, srm_sha);
	refs = xcalloc(in->nr_guests + 1, sizeof(*refs));
	t.images = xcalloc(2 * in->nr_guests + 1, sizeof(*t.images));
	collect(&t, in, srm_sha, refs);
	room = tree_room(&t, in->nr_guests);
	t.err = room > FILE_MAX_IMAGE ? -FDT_ERR_NOSPACE : 0;
	if (!t.err) {
		t.fdt = xcalloc(room + 1, 1);
		t.err = fdt_create(t.fdt, (int)room);
	}
	if (!t.err)
		t.err = fdt_finish_reservemap(t.fdt);
	write_tree(&t, in, refs);
	if (!t.err)
		t.err = fdt_finish(t.fdt);
	free(t.images);
	free(refs);
	if (t.err) {
		free(t.fdt);
		return err_set(e, "boot image: %s", fdt_strerror(t.err));
	}
	*out = (struct blob){ t.fdt, fdt_totalsize(t.fdt) };
	return 0;
}

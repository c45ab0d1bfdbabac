/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/fit.h>
#include <hv/sha256.h>
#include <libfdt.h>
#include <stdbool.h>
#include <string.h>

#define HYPERVISOR_NODE "/chosen/hypervisor"
#define PATH_MAX_LEN 80
#define FDT_VERSION 17
#define FIT_MAX_SIZE 0x7fffffffu /* what libfdt's int offsets reach */

/* What stands in the image may hold control characters; a log line must not. */
static void error_append(struct fit_error *e, const char *s)
{
	size_t n = strlen(e->text);

	for (; *s && n + 1 < sizeof(e->text); s++)
		e->text[n++] = *s >= ' ' && *s <= '~' ? *s : '?';
	e->text[n] = '\0';
}

int fit_fail(struct fit_error *e, const char *where, const char *which, const char *what)
{
	const char *const places[] = { where, which };

	e->text[0] = '\0';
	for (unsigned i = 0; i < 2; i++) {
		if (!places[i])
			continue;
		error_append(e, places[i]);
		error_append(e, ": ");
	}
	error_append(e, what);
	return -1;
}

static int node_fail(const struct fit *f, int node, struct fit_error *e, const char *prop,
		     const char *what)
{
	char path[PATH_MAX_LEN];
	int err = fdt_get_path(f->fdt, node, path, sizeof(path));

	return fit_fail(e, err ? "deep node" : path, prop, what);
}

/* A property, and where what it says belongs. */
struct prop {
	const char *name;
	enum prop_kind { ANYTHING, STRING, U32, U64 } kind;
	size_t offset;
};

/* A missing one leaves *out alone. */
static int get(const struct fit *f, int node, const char *prop, enum prop_kind kind, void *out,
	       struct fit_error *e)
{
	int len;
	const void *p = fdt_getprop(f->fdt, node, prop, &len);

	if (!p || kind == ANYTHING)
		return 0;
	if (kind == STRING) {
		if (len < 1 || memchr(p, '\0', (size_t)len) != (const char *)p + len - 1)
			return node_fail(f, node, e, prop, "not a string");
		*(const char **)out = p;
	} else if (kind == U32) {
		if (len != 4)
			return node_fail(f, node, e, prop, "not one cell");
		*(uint32_t *)out = fdt32_ld(p);
	} else {
		if (len != 8)
			return node_fail(f, node, e, prop, "not two cells");
		*(uint64_t *)out = fdt64_ld(p);
	}
	return 0;
}

/* All properties of a node, which must be among those known: a misspelt one must not pass for
 * one that is not there. */
static int get_all(const struct fit *f, int node, const struct prop *known, void *out,
		   struct fit_error *e)
{
	int prop;

	fdt_for_each_property_offset(prop, f->fdt, node)
	{
		const struct prop *k = known;
		const char *name = NULL;

		if (!fdt_getprop_by_offset(f->fdt, prop, &name, NULL) || !name)
			return node_fail(f, node, e, NULL, "damaged property");
		while (k->name && strcmp(k->name, name))
			k++;
		if (!k->name)
			return node_fail(f, node, e, name, "unknown property");
		if (get(f, node, name, k->kind, (char *)out + k->offset, e))
			return -1;
	}
	return 0;
}

/*
 * libfdt up to 1.6.1 adds a property's length to a signed offset unchecked: a length
 * near 2^32 sends fdt_next_tag back, and fdt_check_full round for ever. So the
 * tokens are walked here first.
 */
static bool tokens_ok(const void *image)
{
	int next, len = 0;

	for (int offset = 0;; offset = next) {
		uint32_t tag = fdt_next_tag(image, offset, &next);

		if (tag == FDT_PROP)
			fdt_getprop_by_offset(image, offset, NULL, &len);
		if (next <= offset || len < 0)
			return false;
		if (tag == FDT_END)
			return true;
	}
}

int fit_open(struct fit *f, const void *image, size_t size, struct fit_error *e)
{
	uint32_t total;
	int node;

	if (size < sizeof(struct fdt_header) || size > FIT_MAX_SIZE)
		return fit_fail(e, "boot image", NULL, "truncated, or not a boot image");
	if ((uintptr_t)image % 8)
		return fit_fail(e, "boot image", NULL, "not aligned to 8 bytes");
	if (fdt_magic(image) != FDT_MAGIC)
		return fit_fail(e, "boot image", "magic", "not a flattened image tree");
	/* Of older trees, whose nodes carry whole paths, fdt_check_full reads through NULL. */
	if (fdt_version(image) < FDT_VERSION || fdt_last_comp_version(image) > FDT_VERSION)
		return fit_fail(e, "boot image", "version", "not a version 17 tree");
	total = fdt_totalsize(image);
	if (total > size)
		return fit_fail(e, "boot image", "totalsize",
				"truncated: the tree says it is longer");
	if (fdt_off_dt_struct(image) % 4 || !tokens_ok(image) || fdt_check_full(image, total))
		return fit_fail(e, "boot image", NULL, "damaged tree");

	*f = (struct fit){ image, (uint32_t)size, (total + 3) & ~3u };
	if (fdt_path_offset(image, "/images") < 0)
		return fit_fail(e, "/images", NULL, "missing");
	node = fdt_path_offset(image, HYPERVISOR_NODE);
	if (node < 0)
		return fit_fail(e, HYPERVISOR_NODE, NULL, "missing");
	if (fdt_node_check_compatible(image, node, "hypervisor,xen"))
		return fit_fail(e, HYPERVISOR_NODE, "compatible", "not \"hypervisor,xen\"");
	return 0;
}

/* Data that stands behind the tree. */
static int image_external(const struct fit *f, struct fit_image *img, struct fit_error *e)
{
	bool absolute = fdt_getprop(f->fdt, img->node, "data-position", NULL) != NULL;
	const char *prop = absolute ? "data-position" : "data-offset";
	uint32_t offset, base = absolute ? 0 : f->external;

	if (!fdt_getprop(f->fdt, img->node, prop, NULL))
		return node_fail(f, img->node, e, "data", "missing");
	if (!fdt_getprop(f->fdt, img->node, "data-size", NULL))
		return node_fail(f, img->node, e, "data-size", "missing");
	if (get(f, img->node, prop, U32, &offset, e) ||
	    get(f, img->node, "data-size", U32, &img->size, e))
		return -1;
	if (base > f->size || offset > f->size - base)
		return node_fail(f, img->node, e, prop, "beyond the end of the image");
	offset += base;
	if (img->size > f->size - offset)
		return node_fail(f, img->node, e, "data-size", "beyond the end of the image");
	img->data = (const uint8_t *)f->fdt + offset;
	return 0;
}

int fit_image(const struct fit *f, const char *name, struct fit_image *out, struct fit_error *e)
{
	int images = fdt_path_offset(f->fdt, "/images"), len;
	const char *compression = "none";

	*out = (struct fit_image){ .node = fdt_subnode_offset(f->fdt, images, name), .name = name };
	if (out->node < 0)
		return fit_fail(e, "/images", name, "missing");
	if (get(f, out->node, "compression", STRING, &compression, e))
		return -1;
	if (strcmp(compression, "none"))
		return node_fail(f, out->node, e, "compression", "not \"none\"");
	out->data = fdt_getprop(f->fdt, out->node, "data", &len);
	if (!out->data)
		return image_external(f, out, e);
	out->size = (uint32_t)len;
	return 0;
}

static int verify_hash(const struct fit *f, int node, const struct fit_image *img,
		       struct fit_error *e)
{
	uint8_t digest[SHA256_SIZE];
	int len;
	const void *value = fdt_getprop(f->fdt, node, "value", &len);

	if (!value || len != SHA256_SIZE)
		return node_fail(f, node, e, "value", "missing, or not 32 bytes");
	sha256(img->data, img->size, digest);
	if (memcmp(digest, value, SHA256_SIZE))
		return node_fail(f, node, e, "value", "sha256 does not match the data");
	return 0;
}

int fit_image_verify(const struct fit *f, const struct fit_image *img, struct fit_error *e)
{
	int node, hashes = 0;

	fdt_for_each_subnode(node, f->fdt, img->node)
	{
		const char *name = fdt_get_name(f->fdt, node, NULL), *algo = "";

		if (!name || strncmp(name, "hash", 4))
			continue;
		if (get(f, node, "algo", STRING, &algo, e))
			return -1;
		/* Weaker ones may stand beside it for other tools. */
		if (strcmp(algo, "sha256"))
			continue;
		if (verify_hash(f, node, img, e))
			return -1;
		hashes++;
	}
	return hashes ? 0 : node_fail(f, img->node, e, "hash-1", "no sha256 hash");
}

const char *fit_bootargs(const struct fit *f)
{
	struct fit_error ignored;
	const char *args = "";
	int node = fdt_path_offset(f->fdt, HYPERVISOR_NODE);

	/* A property that is no string counts as none: options have defaults. */
	(void)get(f, node, "bootargs", STRING, &args, &ignored);
	return args;
}

int fit_next_domain(const struct fit *f, int prev)
{
	int node;

	if (prev < 0)
		node = fdt_first_subnode(f->fdt, fdt_path_offset(f->fdt, HYPERVISOR_NODE));
	else
		node = fdt_next_subnode(f->fdt, prev);
	for (; node >= 0; node = fdt_next_subnode(f->fdt, node))
		if (!fdt_node_check_compatible(f->fdt, node, "xen,domain"))
			return node;
	return -1;
}

/* One module of a domain: a subnode that names an image. */
static int read_module(const struct fit *f, int node, struct fit_domain *d, struct fit_error *e)
{
	struct module {
		const char *image, *bootargs;
	} m = { NULL, NULL };
	static const struct prop known[] = {
		{ "compatible", ANYTHING, 0 },
		{ "image", STRING, offsetof(struct module, image) },
		{ "bootargs", STRING, offsetof(struct module, bootargs) },
		{ NULL, ANYTHING, 0 },
	};
	const char **where;

	if (!fdt_node_check_compatible(f->fdt, node, "module,kernel"))
		where = &d->kernel;
	else if (!fdt_node_check_compatible(f->fdt, node, "module,ramdisk"))
		where = &d->ramdisk;
	else
		return node_fail(f, node, e, "compatible", "not a kernel or ramdisk module");
	if (get_all(f, node, known, &m, e))
		return -1;
	if (**where)
		return node_fail(f, node, e, NULL, "a second module of its kind");
	if (!m.image || !*m.image)
		return node_fail(f, node, e, "image", "missing");
	if (m.bootargs && where != &d->kernel)
		return node_fail(f, node, e, "bootargs", "belongs to the kernel");
	if (m.bootargs)
		d->bootargs = m.bootargs;
	*where = m.image;
	return 0;
}

static int check_domain(const struct fit *f, const struct fit_domain *d, struct fit_error *e)
{
	if (d->cap > 100)
		return node_fail(f, d->node, e, "tagma,cap", "above 100");
	if (d->priority > 255)
		return node_fail(f, d->node, e, "tagma,priority", "above 255");
	if (!d->cpus)
		return node_fail(f, d->node, e, "cpus", "must be at least 1");
	if (d->mode > 1)
		return node_fail(f, d->node, e, "mode", "only 1, 32-bit paravirtualized, is known");
	if (d->domid != FIT_DOMID_AUTO && d->domid >= 0x7ff0)
		return node_fail(f, d->node, e, "domid", "in the reserved range");
	if (!*d->kernel)
		return node_fail(f, d->node, e, "module,kernel", "missing");
	return 0;
}

int fit_domain(const struct fit *f, int node, struct fit_domain *out, struct fit_error *e)
{
	static const struct prop known[] = {
		{ "compatible", ANYTHING, 0 },
		{ "#address-cells", ANYTHING, 0 },
		{ "#size-cells", ANYTHING, 0 },
		{ "domid", U32, offsetof(struct fit_domain, domid) },
		{ "memory", U64, offsetof(struct fit_domain, memory_kb) },
		{ "cpus", U32, offsetof(struct fit_domain, cpus) },
		{ "mode", U32, offsetof(struct fit_domain, mode) },
		{ "domain-name", STRING, offsetof(struct fit_domain, name) },
		{ "llc-colors", STRING, offsetof(struct fit_domain, llc_colors) },
		{ "tagma,priority", U32, offsetof(struct fit_domain, priority) },
		{ "tagma,cap", U32, offsetof(struct fit_domain, cap) },
		{ "tagma,on-poweroff", STRING, offsetof(struct fit_domain, on_poweroff) },
		{ "tagma,on-reboot", STRING, offsetof(struct fit_domain, on_reboot) },
		{ "tagma,on-crash", STRING, offsetof(struct fit_domain, on_crash) },
		{ NULL, ANYTHING, 0 },
	};
	int sub;

	*out = (struct fit_domain){
		.node = node,
		.name = fdt_get_name(f->fdt, node, NULL),
		.domid = FIT_DOMID_AUTO,
		.cpus = 1,
		.mode = 1,
		.llc_colors = "",
		.kernel = "",
		.bootargs = "",
		.ramdisk = "",
		.on_poweroff = "",
		.on_reboot = "",
		.on_crash = "",
	};
	if (!out->name)
		return fit_fail(e, HYPERVISOR_NODE, NULL, "damaged node");
	if (get_all(f, node, known, out, e))
		return -1;
	for (sub = fdt_first_subnode(f->fdt, node); sub >= 0; sub = fdt_next_subnode(f->fdt, sub))
		if (read_module(f, sub, out, e))
			return -1;
	return check_domain(f, out, e);
}

/* Looks only at what tells: a mistake in another domain's node is srm's to report. */
static int is_domain0(const struct fit *f, int node)
{
	const char *name = fdt_get_name(f->fdt, node, NULL);
	uint32_t domid = FIT_DOMID_AUTO;
	struct fit_error ignored;

	(void)get(f, node, "domain-name", STRING, &name, &ignored);
	(void)get(f, node, "domid", U32, &domid, &ignored);
	return domid == 0 || (domid == FIT_DOMID_AUTO && name && !strcmp(name, "srm"));
}

int fit_domain0(const struct fit *f, struct fit_domain *out, struct fit_error *e)
{
	int found = -1;

	for (int node = -1; (node = fit_next_domain(f, node)) >= 0;) {
		if (!is_domain0(f, node))
			continue;
		if (found >= 0)
			return node_fail(f, node, e, "domid", "a second control domain");
		found = node;
	}
	if (found < 0)
		return fit_fail(e, HYPERVISOR_NODE, "domid",
				"no domain has domid 0 or is named srm");
	return fit_domain(f, found, out, e);
}

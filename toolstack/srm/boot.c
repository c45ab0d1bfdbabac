/* SPDX-License-Identifier: GPL-2.0-only */
/* The domains of the boot image. One that is wrong is named, and the others start. */
#include <stdlib.h>
#include <string.h>

#include "srm/srm.h"

static int boot_action(const struct fit_domain *fd, const char *prop, const char *value,
		       uint8_t def, uint8_t *out, struct fit_error *e)
{
	static const char *const names[] = { "destroy", "restart", "preserve" };

	*out = def;
	if (!*value)
		return 0;
	for (uint8_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(value, names[i])) {
			*out = i;
			return 0;
		}
	return fit_fail(e, fd->name, prop, "must be destroy, restart or preserve");
}

/* "0-3,6" as a bitmap. */
static int boot_colours(const struct fit_domain *fd, uint64_t *out, struct fit_error *e)
{
	const char *p = fd->llc_colors;
	char *end;

	*out = 0;
	while (*p) {
		unsigned long lo = strtoul(p, &end, 10), hi = lo;
		bool ok = end != p;

		if (ok && *end == '-') {
			p = end + 1;
			hi = strtoul(p, &end, 10);
			ok = end != p;
		}
		if (!ok || lo > hi || hi > 63 || (*end && *end != ','))
			return fit_fail(e, fd->name, "llc-colors", "must be like 0-3,6");
		for (; lo <= hi; lo++)
			*out |= 1ull << lo;
		p = *end ? end + 1 : end;
	}
	return 0;
}

static struct image *boot_image(const struct fit *f, const struct fit_domain *fd, const char *prop,
				const char *name, struct fit_error *e)
{
	struct fit_error inner;
	struct fit_image img;
	struct image *image;

	if (fit_image(f, name, &img, &inner) || fit_image_verify(f, &img, &inner)) {
		fit_fail(e, fd->name, prop, inner.text);
		return 0;
	}
	image = image_at(name, img.data, img.size);
	if (!image)
		fit_fail(e, fd->name, prop, "srm is out of memory");
	else
		image->checked = true;
	return image;
}

static int boot_config(const struct fit_domain *fd, struct dom_config *cfg, struct fit_error *e)
{
	struct proto_create *c = &cfg->c;

	memset(cfg, 0, sizeof(*cfg));
	if (strlcpy(c->name, fd->name, sizeof(c->name)) >= sizeof(c->name))
		return fit_fail(e, fd->name, "domain-name", "longer than 31 characters");
	if (strlcpy(c->cmdline, fd->bootargs, sizeof(c->cmdline)) >= sizeof(c->cmdline))
		return fit_fail(e, fd->name, "bootargs", "longer than 1023 characters");
	if (!fd->memory_kb || fd->memory_kb > UINT32_MAX)
		return fit_fail(e, fd->name, "memory", fd->memory_kb ? "too much" : "missing");
	c->mem_kb = (uint32_t)fd->memory_kb;
	c->vcpus = fd->cpus;
	c->prio = fd->priority;
	c->cap = fd->cap;
	if (boot_action(fd, "tagma,on-poweroff", fd->on_poweroff, PROTO_ON_DESTROY, &c->on_poweroff,
			e) ||
	    boot_action(fd, "tagma,on-reboot", fd->on_reboot, PROTO_ON_RESTART, &c->on_reboot, e) ||
	    boot_action(fd, "tagma,on-crash", fd->on_crash, PROTO_ON_DESTROY, &c->on_crash, e))
		return -1;
	return boot_colours(fd, &c->colours, e);
}

static int boot_domain(const struct fit *f, const struct fit_domain *fd, struct fit_error *e)
{
	uint32_t domid = fd->domid == FIT_DOMID_AUTO ? 0 : fd->domid;
	struct dom_config cfg;
	int err;

	if (boot_config(fd, &cfg, e))
		return -1;
	cfg.kernel = boot_image(f, fd, "kernel", fd->kernel, e);
	if (!cfg.kernel)
		return -1;
	if (*fd->ramdisk) {
		cfg.ramdisk = boot_image(f, fd, "ramdisk", fd->ramdisk, e);
		if (!cfg.ramdisk) {
			image_put(cfg.kernel);
			return -1;
		}
	}
	return dom_create(&cfg, domid, e, &err) ? 0 : -1;
}

void boot_domains(const void *fit_image, uint32_t size)
{
	struct fit_domain first, fd;
	struct fit_error e;
	struct fit f;

	if (fit_open(&f, fit_image, size, &e) || fit_domain0(&f, &first, &e)) {
		log_line("%s", e.text);
		return;
	}
	for (int node = fit_next_domain(&f, -1); node >= 0; node = fit_next_domain(&f, node)) {
		if (node == first.node)
			continue;
		if (fit_domain(&f, node, &fd, &e) || boot_domain(&f, &fd, &e))
			log_line("%s", e.text);
	}
}

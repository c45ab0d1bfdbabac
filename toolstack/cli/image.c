/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs about boot images: mkimage, image. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "cli/out.h"
#include "cli/up.h"
#include "lib/fitbuild.h"

static int mkimage(struct cli *cli, int argc, char **argv)
{
	static const struct option longs[] = { { "output", required_argument, NULL, 'o' },
					       { "cmdline", required_argument, NULL, OPT_OWN },
					       { 0 } };
	const char *output = NULL;
	struct blob fit = { 0 };
	struct up u;
	struct err e;
	int opt, ret;

	up_init(&u);
	while ((opt = cli_getopt(cli, argc, argv, "o:", longs)) != -1) {
		if (opt == 'o')
			output = optarg;
		else
			u.cmdline = optarg;
	}
	if (!output)
		return cli_usage(cli, "'mkimage' needs -o FILE");
	if (up_load(&u, cli->board, argc, argv, &e) || up_image(&u, &fit, &e)) {
		ret = cli_fail(&e);
	} else if (cli->dry_run) {
		printf("would write %zu bytes to %s\n", fit.size, output);
		ret = EXIT_OK;
	} else {
		ret = file_write(output, fit.data, fit.size, &e) ? cli_fail(&e) : EXIT_OK;
	}
	blob_free(&fit);
	up_free(&u);
	return ret;
}

struct listing {
	struct fit fit;
	json_t *images, *domains; /* NULL: print text */
	int bad;
};

static void show_image(struct listing *l, const char *name)
{
	struct fit_image img;
	struct fit_error e = { "" };
	bool ok = !fit_image(&l->fit, name, &img, &e) && !fit_image_verify(&l->fit, &img, &e);

	l->bad += !ok;
	if (l->images)
		json_array_append_new(l->images,
				      json_pack("{s:s, s:i, s:b, s:s}", "name", name, "bytes",
						ok ? (int)img.size : 0, "ok", ok, "error", e.text));
	else if (ok)
		printf("  %-16s %10u bytes  sha256 ok\n", name, img.size);
	else
		printf("  %-16s %s\n", name, e.text);
}

static void show_domain(struct listing *l, const struct fit_domain *d)
{
	bool numbered = d->domid != FIT_DOMID_AUTO;

	if (l->domains) {
		json_array_append_new(l->domains,
				      json_pack("{s:s, s:o, s:I, s:i, s:i, s:s, s:s, s:s, s:s}",
						"name", d->name, "domid",
						numbered ? json_integer(d->domid) : json_null(),
						"memory_kb", (json_int_t)d->memory_kb, "cpus",
						(int)d->cpus, "priority", (int)d->priority,
						"llc_colors", d->llc_colors, "kernel", d->kernel,
						"ramdisk", d->ramdisk, "cmdline", d->bootargs));
		return;
	}
	printf("  %-16s domid ", d->name);
	printf(numbered ? "%u" : "auto", d->domid);
	if (d->memory_kb)
		printf(", %" PRIu64 " KB", d->memory_kb);
	printf(", %u cpu, kernel %s", d->cpus, d->kernel);
	if (*d->ramdisk)
		printf(", ramdisk %s", d->ramdisk);
	if (*d->bootargs)
		printf(", \"%s\"", d->bootargs);
	putchar('\n');
}

static void walk_domains(struct listing *l)
{
	struct fit_domain d;
	struct fit_error e;
	int node;

	for (node = fit_next_domain(&l->fit, -1); node >= 0;
	     node = fit_next_domain(&l->fit, node)) {
		if (!fit_domain(&l->fit, node, &d, &e)) {
			show_domain(l, &d);
			continue;
		}
		l->bad++;
		if (!l->domains)
			printf("  %s\n", e.text);
	}
	if (fit_domain0(&l->fit, &d, &e)) {
		l->bad++;
		if (!l->domains)
			printf("  %s\n", e.text);
	}
}

static int show_fit(struct cli *cli, struct listing *l, const char *path, size_t size)
{
	int images = fdt_path_offset(l->fit.fdt, "/images"), node;

	if (cli->json) {
		l->images = json_array();
		l->domains = json_array();
	} else {
		printf("%s: %zu bytes, options \"%s\"\nimages:\n", path, size,
		       fit_bootargs(&l->fit));
	}
	for (node = fdt_first_subnode(l->fit.fdt, images); node >= 0;
	     node = fdt_next_subnode(l->fit.fdt, node))
		show_image(l, fdt_get_name(l->fit.fdt, node, NULL));
	if (!cli->json)
		puts("domains:");
	walk_domains(l);
	if (cli->json)
		out_json(json_pack("{s:s, s:I, s:s, s:b, s:o, s:o}", "file", path, "bytes",
				   (json_int_t)size, "cmdline", fit_bootargs(&l->fit), "ok",
				   !l->bad, "images", l->images, "domains", l->domains));
	return l->bad ? EXIT_FAIL : EXIT_OK;
}

static int image(struct cli *cli, int argc, char **argv)
{
	struct listing l = { 0 };
	struct fit_error why;
	struct blob b;
	struct err e;
	int ret;

	while (cli_getopt(cli, argc, argv, "", NULL) != -1)
		;
	cli_nargs(cli, argc, 1, 1);
	if (file_read(argv[optind], FILE_MAX_IMAGE, &b, &e))
		return cli_fail(&e);
	if (fit_open(&l.fit, b.data, b.size, &why)) {
		err_set(&e, "%s: %s", argv[optind], why.text);
		ret = cli_fail(&e);
	} else {
		ret = show_fit(cli, &l, argv[optind], b.size);
	}
	blob_free(&b);
	return ret;
}

const struct verb verb_mkimage = {
	"mkimage",
	"-o FILE [CFG...]",
	"Write a boot image with these domains",
	"  -o, --output FILE   where to\n      --cmdline TEXT  options of the hypervisor\n",
	"  $ tagma mkimage -o demo.fit examples/linuxlike.cfg examples/rtos.cfg\n"
	"  $ tagma image demo.fit\n"
	"  $ qemu-system-x86_64 -kernel build/x86/hv.elf -initrd demo.fit -cpu max -nographic\n",
	mkimage,
};
const struct verb verb_image = {
	"image",
	"FILE",
	"List a boot image and check it, hashes too",
	NULL,
	"  tagma image demo.fit\n",
	image,
};

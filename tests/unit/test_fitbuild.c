/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot image that the host writes is the one that the hypervisor's own code reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "lib/fitbuild.h"

static uint8_t srm_bytes[] = "the control domain";
static uint8_t kernel_bytes[5000] = "a kernel";
static uint8_t ramdisk_bytes[123] = "a ramdisk";
static const struct blob srm = { srm_bytes, sizeof(srm_bytes) };

static struct guest *make_guest(const char *text)
{
	struct guest *g = calloc(1, sizeof(*g));
	struct err e;

	assert_non_null(g);
	g->cfg = config_parse("t.cfg", text, strlen(text), 0, &e);
	assert_non_null(g->cfg);
	g->kernel = (struct blob){ kernel_bytes, sizeof(kernel_bytes) };
	guest_hash(&g->kernel, g->kernel_sha);
	if (g->cfg->ramdisk) {
		g->ramdisk = (struct blob){ ramdisk_bytes, sizeof(ramdisk_bytes) };
		guest_hash(&g->ramdisk, g->ramdisk_sha);
	}
	return g;
}

static void drop_guest(struct guest *g)
{
	config_free(g->cfg);
	free(g);
}

static const char full[] =
	"name=\"one\"\nkernel=\"/k\"\nramdisk=\"/r\"\ncmdline=\"a b\"\nmemory=32\n"
	"vcpus=2\npriority=7\nllc_colors=\"0-3,8\"\non_crash=\"restart\"\n";
static const char small[] = "name=\"two\"\nkernel=\"/k\"\n";

static void check_image(const struct fit *f, const char *name, const void *data, size_t size)
{
	struct fit_image img;
	struct fit_error e;

	assert_int_equal(fit_image(f, name, &img, &e), 0);
	assert_int_equal(img.size, size);
	assert_memory_equal(img.data, data, size);
	assert_int_equal(fit_image_verify(f, &img, &e), 0);
}

static void check_first(const struct fit *f, const struct fit_domain *d)
{
	assert_string_equal(d->name, "one");
	assert_int_equal(d->domid, 1);
	assert_int_equal(d->memory_kb, 32 * 1024);
	assert_int_equal(d->cpus, 2);
	assert_int_equal(d->mode, 1);
	assert_int_equal(d->priority, 7);
	assert_string_equal(d->llc_colors, "0-3,8");
	assert_string_equal(d->bootargs, "a b");
	assert_string_equal(d->on_poweroff, "destroy");
	assert_string_equal(d->on_reboot, "restart");
	assert_string_equal(d->on_crash, "restart");
	check_image(f, d->kernel, kernel_bytes, sizeof(kernel_bytes));
	check_image(f, d->ramdisk, ramdisk_bytes, sizeof(ramdisk_bytes));
}

static void test_round_trip(void **state)
{
	struct guest *g[2] = { make_guest(full), make_guest(small) };
	struct fitbuild in = { .srm_path = "/srm",
			       .srm = &srm,
			       .board = board_default,
			       .srm_memory_kb = 8192,
			       .bootargs = "small-spaces=off",
			       .guests = g,
			       .nr_guests = 2 };
	struct fit_domain d0, d1, d2;
	struct fit_error fe;
	struct blob out;
	struct err e;
	struct fit f;
	int n0, n1, n2;

	(void)state;
	assert_int_equal(fitbuild(&in, &out, &e), 0);
	assert_int_equal(fit_open(&f, out.data, out.size, &fe), 0);
	assert_string_equal(fit_bootargs(&f), "small-spaces=off");
	n0 = fit_next_domain(&f, -1);
	n1 = fit_next_domain(&f, n0);
	n2 = fit_next_domain(&f, n1);
	assert_true(n0 > 0 && n1 > 0 && n2 > 0);
	assert_int_equal(fit_next_domain(&f, n2), -1);
	assert_int_equal(fit_domain0(&f, &d0, &fe), 0);
	assert_int_equal(d0.node, n0);
	assert_int_equal(d0.memory_kb, 8192);
	assert_string_equal(d0.kernel, "srm");
	check_image(&f, d0.kernel, srm_bytes, sizeof(srm_bytes));
	assert_int_equal(fit_domain(&f, n1, &d1, &fe), 0);
	check_first(&f, &d1);
	assert_int_equal(fit_domain(&f, n2, &d2, &fe), 0);
	assert_string_equal(d2.name, "two");
	assert_string_equal(d2.ramdisk, "");
	assert_string_equal(d2.llc_colors, "");
	/* The same kernel is in the image once. */
	assert_string_equal(d1.kernel, d2.kernel);
	assert_true(out.size < 2 * sizeof(kernel_bytes));
	blob_free(&out);
	drop_guest(g[0]);
	drop_guest(g[1]);
}

static void test_no_guests(void **state)
{
	struct fitbuild in = {
		.srm_path = "/srm", .srm = &srm, .board = board_default, .bootargs = ""
	};
	struct fit_domain d;
	struct fit_error fe;
	struct blob out;
	struct err e;
	struct fit f;

	(void)state;
	assert_int_equal(fitbuild(&in, &out, &e), 0);
	assert_int_equal(fit_open(&f, out.data, out.size, &fe), 0);
	assert_int_equal(fit_domain0(&f, &d, &fe), 0);
	assert_int_equal(d.memory_kb, 0); /* the hypervisor's default */
	assert_string_equal(fit_bootargs(&f), "");
	blob_free(&out);
}

static void test_names(void **state)
{
	struct guest *g[2] = { make_guest(small), make_guest(small) };
	struct guest *s = make_guest("name=\"srm\"\nkernel=\"/k\"\n");
	struct fitbuild in = { .srm_path = "/srm",
			       .srm = &srm,
			       .board = board_default,
			       .bootargs = "",
			       .guests = g,
			       .nr_guests = 2 };
	struct blob out;
	struct err e;

	(void)state;
	assert_int_equal(fitbuild(&in, &out, &e), -1);
	assert_string_equal(e.text, "t.cfg: the name 'two' is already taken by t.cfg");
	in.guests = &s;
	in.nr_guests = 1;
	assert_int_equal(fitbuild(&in, &out, &e), -1);
	assert_string_equal(e.text, "t.cfg: 'srm' is the control domain's name");
	drop_guest(g[0]);
	drop_guest(g[1]);
	drop_guest(s);
}

/* Nodes are named after files, whatever those are called. */
static void test_image_names(void **state)
{
	struct guest *g =
		make_guest("name=\"x\"\nkernel=\"/d/a b@c.elf\"\nramdisk=\"/e/srm.cpio\"\n");
	struct fitbuild in = { .srm_path = "/srm.elf",
			       .srm = &srm,
			       .board = board_default,
			       .bootargs = "",
			       .guests = &g,
			       .nr_guests = 1 };
	struct fit_domain d;
	struct fit_error fe;
	struct blob out;
	struct err e;
	struct fit f;

	(void)state;
	assert_int_equal(fitbuild(&in, &out, &e), 0);
	assert_int_equal(fit_open(&f, out.data, out.size, &fe), 0);
	assert_int_equal(fit_domain(&f, fit_next_domain(&f, fit_next_domain(&f, -1)), &d, &fe), 0);
	assert_string_equal(d.kernel, "a_b_c");
	assert_string_equal(d.ramdisk, "srm-3");
	blob_free(&out);
	drop_guest(g);
}

static void test_damage_is_seen(void **state)
{
	struct guest *g = make_guest(small);
	struct fitbuild in = { .srm_path = "/srm",
			       .srm = &srm,
			       .board = board_default,
			       .bootargs = "",
			       .guests = &g,
			       .nr_guests = 1 };
	struct fit_image img;
	struct fit_error fe;
	struct blob out;
	struct err e;
	struct fit f;
	uint8_t *byte;

	(void)state;
	assert_int_equal(fitbuild(&in, &out, &e), 0);
	byte = memmem(out.data, out.size, kernel_bytes, sizeof(kernel_bytes));
	assert_non_null(byte);
	byte[4000] ^= 1;
	assert_int_equal(fit_open(&f, out.data, out.size, &fe), 0);
	assert_int_equal(fit_image(&f, "k", &img, &fe), 0);
	assert_int_equal(fit_image_verify(&f, &img, &fe), -1);
	assert_non_null(strstr(fe.text, "sha256 does not match"));
	/* Cut short anywhere, it is refused whole. */
	for (size_t n = 0; n < out.size; n += 97) {
		uint8_t *cut = malloc(n + 1);

		assert_non_null(cut);
		memcpy(cut, out.data, n);
		assert_int_equal(fit_open(&f, cut, n, &fe), -1);
		free(cut);
	}
	blob_free(&out);
	drop_guest(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_no_guests),
		cmocka_unit_test(test_names),	       cmocka_unit_test(test_image_names),
		cmocka_unit_test(test_damage_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot image: built with libfdt, damaged in every way we could think of, read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>
#include <hv/fit.h>
#include <hv/sha256.h>

#define SIZE 8192
#define TREE_SIZE 4096

static const char kernel[] = "kernel bytes";
static const char ramdisk[] = "ramdisk bytes, behind the tree";

static _Alignas(8) char buf[SIZE];

static int at(const char *path)
{
	int node = fdt_path_offset(buf, path);

	assert_true(node >= 0);
	return node;
}

static void add(const char *parent, const char *name)
{
	assert_true(fdt_add_subnode(buf, at(parent), name) >= 0);
}

static void set(const char *path, const char *prop, const void *val, int len)
{
	assert_int_equal(fdt_setprop(buf, at(path), prop, val, len), 0);
}

static void set_str(const char *path, const char *prop, const char *s)
{
	set(path, prop, s, (int)strlen(s) + 1);
}

static void set_u32(const char *path, const char *prop, uint32_t v)
{
	assert_int_equal(fdt_setprop_u32(buf, at(path), prop, v), 0);
}

static void set_hash(const char *path, const void *data, size_t len)
{
	uint8_t digest[SHA256_SIZE];

	sha256(data, len, digest);
	set_str(path, "algo", "sha256");
	set(path, "value", digest, sizeof(digest));
}

static void make_images(void)
{
	add("/", "images");
	add("/images", "ramdisk");
	add("/images/ramdisk", "hash-1");
	set_str("/images/ramdisk", "compression", "none");
	set_u32("/images/ramdisk", "data-offset", 0);
	set_u32("/images/ramdisk", "data-size", sizeof(ramdisk));
	set_hash("/images/ramdisk/hash-1", ramdisk, sizeof(ramdisk));
	add("/images", "srm");
	add("/images/srm", "hash-1");
	set_str("/images/srm", "compression", "none");
	set("/images/srm", "data", kernel, sizeof(kernel));
	set_hash("/images/srm/hash-1", kernel, sizeof(kernel));
}

#define DOM0 "/chosen/hypervisor/domain@0"
#define DOM1 "/chosen/hypervisor/domain@1"

static void make_domains(void)
{
	static const uint8_t memory[8] = { 0, 0, 0, 0, 0, 0, 0x40, 0 };

	add("/", "chosen");
	add("/chosen", "hypervisor");
	set_str("/chosen/hypervisor", "compatible", "hypervisor,xen");
	set_str("/chosen/hypervisor", "bootargs", "trace=1k");
	/* libfdt adds in front: the domains come out in order. */
	add("/chosen/hypervisor", "domain@1");
	set_str(DOM1, "compatible", "xen,domain");
	set_str(DOM1, "domain-name", "lx");
	set_str(DOM1, "llc-colors", "0-3");
	set_str(DOM1, "tagma,on-crash", "destroy");
	set_u32(DOM1, "tagma,priority", 100);
	set_u32(DOM1, "cpus", 1);
	set(DOM1, "memory", memory, sizeof(memory));
	add(DOM1, "ramdisk");
	set_str(DOM1 "/ramdisk", "compatible", "module,ramdisk");
	set_str(DOM1 "/ramdisk", "image", "ramdisk");
	add(DOM1, "kernel");
	set_str(DOM1 "/kernel", "compatible", "module,kernel");
	set_str(DOM1 "/kernel", "image", "srm");
	set_str(DOM1 "/kernel", "bootargs", "quiet");
	add("/chosen/hypervisor", "domain@0");
	set_str(DOM0, "compatible", "xen,domain");
	set_u32(DOM0, "domid", 0);
	add(DOM0, "kernel");
	set_str(DOM0 "/kernel", "compatible", "module,kernel");
	set_str(DOM0 "/kernel", "image", "srm");
}

/* The tree is packed into TREE_SIZE bytes; the ramdisk stands behind it. */
static void make(void)
{
	memset(buf, 0, sizeof(buf));
	assert_int_equal(fdt_create_empty_tree(buf, TREE_SIZE), 0);
	make_images();
	make_domains();
	memcpy(buf + TREE_SIZE, ramdisk, sizeof(ramdisk));
}

static void says(const struct fit_error *e, const char *words)
{
	if (!strstr(e->text, words))
		fail_msg("\"%s\" does not say \"%s\"", e->text, words);
}

static void open_good(struct fit *f)
{
	struct fit_error e = { "" };

	if (fit_open(f, buf, SIZE, &e))
		fail_msg("%s", e.text);
}

static void test_good(void **state)
{
	struct fit_domain d;
	struct fit_image img;
	struct fit_error e;
	struct fit f;
	int node;

	(void)state;
	make();
	open_good(&f);
	assert_string_equal(fit_bootargs(&f), "trace=1k");
	assert_int_equal(fit_domain0(&f, &d, &e), 0);
	assert_int_equal(d.domid, 0);
	assert_string_equal(d.kernel, "srm");
	assert_string_equal(d.ramdisk, "");

	node = fit_next_domain(&f, fit_next_domain(&f, -1));
	assert_int_equal(fit_next_domain(&f, node), -1);
	assert_int_equal(fit_domain(&f, node, &d, &e), 0);
	assert_string_equal(d.name, "lx");
	assert_int_equal(d.domid, FIT_DOMID_AUTO);
	assert_int_equal(d.memory_kb, 0x4000);
	assert_int_equal(d.priority, 100);
	assert_string_equal(d.llc_colors, "0-3");
	assert_string_equal(d.bootargs, "quiet");
	assert_string_equal(d.on_crash, "destroy");
	assert_string_equal(d.on_reboot, "");

	assert_int_equal(fit_image(&f, d.kernel, &img, &e), 0);
	assert_int_equal(img.size, sizeof(kernel));
	assert_memory_equal(img.data, kernel, sizeof(kernel));
	assert_int_equal(fit_image_verify(&f, &img, &e), 0);
	assert_int_equal(fit_image(&f, d.ramdisk, &img, &e), 0);
	assert_int_equal(img.size, sizeof(ramdisk));
	assert_memory_equal(img.data, ramdisk, sizeof(ramdisk));
	assert_int_equal(fit_image_verify(&f, &img, &e), 0);
}

static void test_position(void **state)
{
	struct fit_image img;
	struct fit_error e;
	struct fit f;

	(void)state;
	make();
	set_u32("/images/ramdisk", "data-position", TREE_SIZE);
	open_good(&f);
	assert_int_equal(fit_image(&f, "ramdisk", &img, &e), 0);
	assert_int_equal(fit_image_verify(&f, &img, &e), 0);
}

static void test_srm_by_name(void **state)
{
	struct fit_domain d;
	struct fit_error e;
	struct fit f;

	(void)state;
	make();
	assert_int_equal(fdt_delprop(buf, at(DOM0), "domid"), 0);
	open_good(&f);
	assert_int_equal(fit_domain0(&f, &d, &e), -1);
	says(&e, "no domain has domid 0");
	set_str(DOM0, "domain-name", "srm");
	assert_int_equal(fit_domain0(&f, &d, &e), 0);
	set_u32(DOM1, "domid", 0);
	assert_int_equal(fit_domain0(&f, &d, &e), -1);
	says(&e, "second control domain");
}

#define OPEN_REFUSED(change, size, words)                          \
	do {                                                       \
		struct fit_error e = { "" };                       \
		struct fit f;                                      \
		make();                                            \
		change;                                            \
		assert_int_equal(fit_open(&f, buf, size, &e), -1); \
		says(&e, words);                                   \
	} while (0)

/* Not what fdt_setprop allows: the length in the tree alone. */
static void set_prop_len(const char *path, const char *prop, uint32_t len)
{
	struct fdt_property *p = fdt_get_property_w(buf, at(path), prop, NULL);

	assert_non_null(p);
	p->len = cpu_to_fdt32(len);
}

static void test_open(void **state)
{
	(void)state;
	OPEN_REFUSED((void)0, 0, "truncated");
	OPEN_REFUSED((void)0, 39, "truncated");
	OPEN_REFUSED((void)0, TREE_SIZE - 1, "totalsize");
	OPEN_REFUSED(buf[0] = 0, SIZE, "magic");
	OPEN_REFUSED(fdt_set_version(buf, 15), SIZE, "version");
	OPEN_REFUSED(memset(buf + 64, 0xff, 64), SIZE, "damaged");
	OPEN_REFUSED(fdt_set_off_dt_struct(buf, 0xfffffff0), SIZE, "damaged");
	OPEN_REFUSED(set_prop_len("/chosen/hypervisor", "bootargs", 0xfffffff4), SIZE, "damaged");
	OPEN_REFUSED(set_prop_len("/chosen/hypervisor", "bootargs", 0xffffffff), SIZE, "damaged");
	OPEN_REFUSED(set_prop_len("/chosen/hypervisor", "bootargs", TREE_SIZE), SIZE, "damaged");
	OPEN_REFUSED(fdt_set_size_dt_strings(buf, 1), SIZE, "damaged");
	OPEN_REFUSED(fdt_del_node(buf, at("/images")), SIZE, "/images: missing");
	OPEN_REFUSED(fdt_del_node(buf, at("/chosen")), SIZE, "/chosen/hypervisor: missing");
	OPEN_REFUSED(set_str("/chosen/hypervisor", "compatible", "kvm"), SIZE, "compatible");
}

static void test_alignment(void **state)
{
	struct fit_error e;
	struct fit f;

	(void)state;
	make();
	memmove(buf + 4, buf, TREE_SIZE);
	assert_int_equal(fit_open(&f, buf + 4, SIZE - 4, &e), -1);
	says(&e, "aligned");
}

#define IMAGE_REFUSED(change, name, words)                                    \
	do {                                                                  \
		struct fit_error e = { "" };                                  \
		struct fit_image img;                                         \
		struct fit f;                                                 \
		make();                                                       \
		change;                                                       \
		open_good(&f);                                                \
		if (!fit_image(&f, name, &img, &e))                           \
			assert_int_equal(fit_image_verify(&f, &img, &e), -1); \
		says(&e, words);                                              \
	} while (0)

#define RD "/images/ramdisk"

static void test_image(void **state)
{
	(void)state;
	IMAGE_REFUSED((void)0, "nope", "/images: nope: missing");
	IMAGE_REFUSED((void)0, "", "missing");
	IMAGE_REFUSED(set_str(RD, "compression", "gzip"), "ramdisk", RD ": compression: not");
	IMAGE_REFUSED(set_u32(RD, "data-offset", SIZE), "ramdisk", RD ": data-offset: beyond");
	IMAGE_REFUSED(set_u32(RD, "data-offset", 0xffffffff), "ramdisk", "data-offset: beyond");
	IMAGE_REFUSED(set_u32(RD, "data-size", SIZE), "ramdisk", RD ": data-size: beyond");
	IMAGE_REFUSED(set_u32(RD, "data-size", 0xffffffff), "ramdisk", "data-size: beyond");
	IMAGE_REFUSED(set_u32(RD, "data-position", SIZE + 1), "ramdisk", "data-position: beyond");
	IMAGE_REFUSED(set(RD, "data-size", "xy", 2), "ramdisk", "data-size: not one cell");
	IMAGE_REFUSED(fdt_delprop(buf, at(RD), "data-size"), "ramdisk", "data-size: missing");
	IMAGE_REFUSED(fdt_delprop(buf, at(RD), "data-offset"), "ramdisk", RD ": data: missing");
	IMAGE_REFUSED(buf[TREE_SIZE] ^= 1, "ramdisk", RD "/hash-1: value: sha256 does not match");
	IMAGE_REFUSED(set(RD "/hash-1", "value", "x", 1), "ramdisk", "value: missing, or not 32");
	IMAGE_REFUSED(set_str(RD "/hash-1", "algo", "crc32"), "ramdisk", "no sha256 hash");
	IMAGE_REFUSED(fdt_del_node(buf, at(RD "/hash-1")), "ramdisk", "no sha256 hash");
}

#define DOMAIN_REFUSED(change, words)                                   \
	do {                                                            \
		struct fit_error e = { "" };                            \
		struct fit_domain d;                                    \
		struct fit f;                                           \
		make();                                                 \
		change;                                                 \
		open_good(&f);                                          \
		assert_int_equal(fit_domain(&f, at(DOM1), &d, &e), -1); \
		says(&e, words);                                        \
	} while (0)

static void test_domain(void **state)
{
	(void)state;
	DOMAIN_REFUSED(set_u32(DOM1, "vcpus", 1), DOM1 ": vcpus: unknown property");
	DOMAIN_REFUSED(set_u32(DOM1, "memory", 1), DOM1 ": memory: not two cells");
	DOMAIN_REFUSED(set(DOM1, "cpus", "x", 1), DOM1 ": cpus: not one cell");
	DOMAIN_REFUSED(set_u32(DOM1, "cpus", 0), "cpus: must be");
	DOMAIN_REFUSED(set_u32(DOM1, "mode", 4), "mode: only");
	DOMAIN_REFUSED(set_u32(DOM1, "domid", 0x7ff0), "domid: in the reserved");
	DOMAIN_REFUSED(set_u32(DOM1, "tagma,priority", 256), "tagma,priority: above");
	DOMAIN_REFUSED(set(DOM1, "domain-name", "abc", 3), "domain-name: not a string");
	DOMAIN_REFUSED(set(DOM1, "domain-name", "a\0b", 4), "domain-name: not a string");
	DOMAIN_REFUSED(set(DOM1, "llc-colors", "", 0), "llc-colors: not a string");
	DOMAIN_REFUSED(fdt_del_node(buf, at(DOM1 "/kernel")), "module,kernel: missing");
	DOMAIN_REFUSED(set_str(DOM1 "/ramdisk", "compatible", "module,kernel"), "a second module");
	DOMAIN_REFUSED(set_str(DOM1 "/ramdisk", "compatible", "module,x"), "compatible: not");
	DOMAIN_REFUSED(set_str(DOM1 "/ramdisk", "bootargs", "x"), "belongs to the kernel");
	DOMAIN_REFUSED(set_str(DOM1 "/ramdisk", "data", "x"), "/ramdisk: data: unknown property");
	DOMAIN_REFUSED(fdt_delprop(buf, at(DOM1 "/kernel"), "image"), "/kernel: image: missing");
	DOMAIN_REFUSED(set_str(DOM1 "/kernel", "image", ""), "/kernel: image: missing");
}

/* What an image calls itself reaches the log: no control characters, no overrun. */
static void test_hostile_names(void **state)
{
	struct fit_error e = { "" };
	struct fit_image img;
	char name[300];
	struct fit f;

	(void)state;
	make();
	open_good(&f);
	memset(name, '\033', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(fit_image(&f, name, &img, &e), -1);
	assert_true(strlen(e.text) == sizeof(e.text) - 1);
	assert_null(strchr(e.text, '\033'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	      cmocka_unit_test(test_position),
		cmocka_unit_test(test_srm_by_name),   cmocka_unit_test(test_open),
		cmocka_unit_test(test_image),	      cmocka_unit_test(test_domain),
		cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests' configs: every key, and one clear line for each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/cfgscan.h"
#include "lib/config.h"

#define MUST "name = \"g\"\nkernel = \"/k\"\n" /* lines 1 and 2 */

/* libxlutil itself forgets a few strings when it meets a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:xlu__cfg"; }

static struct config *parse(const char *text, struct err *e)
{
	memset(e, 0, sizeof(*e));
	return config_parse("dir/x.cfg", text, strlen(text), 0, e);
}

static void refused(const char *text, const char *line)
{
	struct err e;
	struct config *c = parse(text, &e);

	assert_null(c);
	assert_string_equal(e.text, line);
}

static void test_defaults(void **state)
{
	struct err e;
	struct config *c = parse(MUST, &e);

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->name, "g");
	assert_string_equal(c->kernel, "/k");
	assert_null(c->ramdisk);
	assert_string_equal(c->cmdline, "");
	assert_int_equal(c->type, CONFIG_NATIVE);
	assert_int_equal(c->memory_mb, 16);
	assert_int_equal(c->maxmem_mb, 16);
	assert_int_equal(c->vcpus, 1);
	assert_int_equal(c->priority, 0);
	assert_string_equal(c->cpus, "all");
	assert_string_equal(c->llc_colors, "");
	assert_int_equal(c->on_poweroff, CONFIG_DESTROY);
	assert_int_equal(c->on_reboot, CONFIG_RESTART);
	assert_int_equal(c->on_crash, CONFIG_DESTROY);
	assert_int_equal(c->uuid[6] >> 4, 4); /* random: version 4, and not all the same */
	config_free(c);
}

static void test_every_key(void **state)
{
	struct err e;
	char uuid[37];
	struct config *c =
		parse("# all of them\nname='a.b-1'\nkernel=\"k\"; ramdisk = \"/r\"\n"
		      "cmdline = \"x=\\\"y\\\" # no comment\"\ntype = \"pv\"\nmemory = 0x20\n"
		      "maxmem = 64\nvcpus = 2\ncpus = \"0-1,3\"\npriority = 255\n"
		      "llc_colors = [ \"0-3\",\n  \"8\" ]\non_poweroff = \"preserve\"\n"
		      "on_reboot = \"destroy\"\non_crash = \"restart\"\n"
		      "uuid = \"01234567-89ab-cdef-0123-456789abCDEF\"\n",
		      &e);

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->name, "a.b-1");
	assert_string_equal(c->kernel, "dir/k");
	assert_string_equal(c->ramdisk, "/r");
	assert_string_equal(c->cmdline, "x=\"y\" # no comment");
	assert_int_equal(c->type, CONFIG_PV);
	assert_int_equal(c->memory_mb, 32);
	assert_int_equal(c->maxmem_mb, 64);
	assert_int_equal(c->vcpus, 2);
	assert_string_equal(c->cpus, "0-1,3");
	assert_int_equal(c->priority, 255);
	assert_string_equal(c->llc_colors, "0-3,8");
	assert_int_equal(c->on_poweroff, CONFIG_PRESERVE);
	assert_int_equal(c->on_reboot, CONFIG_DESTROY);
	assert_int_equal(c->on_crash, CONFIG_RESTART);
	config_uuid_text(c->uuid, uuid);
	assert_string_equal(uuid, "01234567-89ab-cdef-0123-456789abcdef");
	config_free(c);
}

static void test_unknown_key(void **state)
{
	(void)state;
	refused(MUST "\nmemroy = 5\n", "dir/x.cfg:4: unknown key 'memroy'");
	refused("# vif = 1\n" MUST "cmdline = \"a ; disk = [\" ; vif = [ 'x',\n'y' ]\n",
		"dir/x.cfg:4: unknown key 'vif'");
	/* A list over several lines must not shift what follows. */
	refused(MUST "llc_colors = [ \"0\",\n\n\"1\" ]\nnope = 1\n",
		"dir/x.cfg:6: unknown key 'nope'");
}

static void test_missing(void **state)
{
	(void)state;
	refused("kernel = \"/k\"\n", "dir/x.cfg: the key 'name' is missing");
	refused("name = \"g\"\n", "dir/x.cfg: the key 'kernel' is missing");
	refused("", "dir/x.cfg: the key 'name' is missing");
}

static void test_wrong_values(void **state)
{
	(void)state;
	refused(MUST "memory = \"lots\"\n",
		"dir/x.cfg:3: memory: 'lots' is not a number from 1 to 1048576");
	refused(MUST "memory = 0\n", "dir/x.cfg:3: memory: '0' is not a number from 1 to 1048576");
	refused(MUST "vcpus = \"-1\"\n", "dir/x.cfg:3: vcpus: '-1' is not a number from 1 to 32");
	refused(MUST "priority = 99999999999999999999\n",
		"dir/x.cfg:3: priority: '99999999999999999999' is not a number from 1 to 255");
	refused(MUST "memory = [ 1 ]\n", "dir/x.cfg:3: memory: wants a single value, not a list");
	refused(MUST "memory = 8\nmaxmem = 4\n", "dir/x.cfg:4: maxmem: is less than memory");
	refused(MUST "on_crash = \"explode\"\n",
		"dir/x.cfg:3: on_crash: 'explode' is not one of: destroy restart preserve");
	refused(MUST "type = \"hvm\"\n", "dir/x.cfg:3: type: 'hvm' is not one of: native pv");
	refused(MUST "ramdisk = \"\"\n", "dir/x.cfg:3: ramdisk: is empty");
	refused(MUST "uuid = \"0123\"\n",
		"dir/x.cfg:3: uuid: is not a UUID such as 01234567-89ab-cdef-0123-456789abcdef");
	refused(MUST "cmdline = \"a\"\nextra = \"b\"\n",
		"dir/x.cfg:4: extra: give either cmdline or extra, not both");
}

static void test_names(void **state)
{
	(void)state;
	refused("name = \"12\"\nkernel = \"/k\"\n",
		"dir/x.cfg:1: name: a name of digits only would read as a domain id");
	refused("name = \"a b\"\nkernel = \"/k\"\n",
		"dir/x.cfg:1: name: letters, digits and . _ + - only, and at least one");
	refused("name = \"\"\nkernel = \"/k\"\n",
		"dir/x.cfg:1: name: letters, digits and . _ + - only, and at least one");
	refused("name = \"abcdefghijklmnopqrstuvwxyz012345\"\nkernel = \"/k\"\n",
		"dir/x.cfg:1: name: longer than 31 characters");
}

static void test_ranges(void **state)
{
	static const char *const bad[] = { "",	 "a",	 "1-",	"-1", "1,",
					   ",1", "1--2", "1 2", "+1", "0x1" };
	struct err e;

	(void)state;
	assert_int_equal(config_check_ranges("0", 3, &e), 0);
	assert_int_equal(config_check_ranges("0-3,1", 3, &e), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(config_check_ranges(bad[i], 1023, &e), -1);
	refused(MUST "cpus = \"1-2,10\"\n",
		"dir/x.cfg:3: cpus: leaves out CPU 0, the only one of a machine");
	config_free(parse(MUST "cpus = [ \"3\", \"0\" ]\n", &e));
	assert_string_equal(e.text, "");
	refused(MUST "llc_colors = \"3-1\"\n",
		"dir/x.cfg:3: llc_colors: '3-1': the range 3-1 runs backwards");
	refused(MUST "llc_colors = [ \"0\", \"1024\" ]\n",
		"dir/x.cfg:3: llc_colors: '0,1024': 1024 is beyond 1023");
	refused(MUST "llc_colors = [ [ \"0\" ] ]\n",
		"dir/x.cfg:3: llc_colors: '?' is not a list such as 0-3,8");
}

static void test_syntax(void **state)
{
	struct err e;

	(void)state;
	assert_null(parse(MUST "memory = [\n", &e));
	assert_memory_equal(e.text, "dir/x.cfg:", 10);
	assert_null(strchr(e.text, '\n'));
	assert_null(parse("name \"g\"\n", &e));
	assert_memory_equal(e.text, "dir/x.cfg:1", 11);
	assert_null(config_parse("x", "name\0 = 1\n", 10, 0, &e));
	assert_string_equal(e.text, "x: not a config file: has NUL bytes");
}

/* Whatever the file holds, it is refused or taken, under the sanitizers' eyes. */
static void test_damaged(void **state)
{
	static const char good[] =
		MUST "memory = 8 # x\nllc_colors = [ '0-3', \"4\" ]\ncmdline = 'a\\'b'\n";
	static const char odd[] = "\"'[]=;#\n\\\377, 9z";
	char text[sizeof(good)];
	struct err e;

	(void)state;
	for (size_t at = 0; at < sizeof(good) - 1; at++) {
		for (size_t k = 0; k < sizeof(odd) - 1; k++) {
			memcpy(text, good, sizeof(text));
			text[at] = odd[k];
			config_free(parse(text, &e));
		}
		memcpy(text, good, sizeof(text));
		text[at] = '\0';
		config_free(parse(text, &e));
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void test_files(void **state)
{
	char dir[] = "/tmp/tagma-test-XXXXXX", cwd[4096];
	struct config *c;
	struct err e;

	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("sub", 0700), 0);
	write_file("sub/x.cfg", "name = \"g\"\nkernel = \"k\"\nramdisk = \"r\"\n");
	write_file("sub/k", "");
	write_file("r", "");
	c = config_load("sub/x.cfg", "", &e);
	assert_non_null(c);
	assert_string_equal(c->kernel, "sub/k"); /* beside the config */
	assert_string_equal(c->ramdisk, "r");	 /* else from the working directory */
	config_free(c);

	c = config_load("sub/x.cfg", "name = \"h\"\nmemory=3\n", &e);
	assert_non_null(c);
	assert_string_equal(c->name, "h");
	assert_int_equal(c->memory_mb, 3);
	config_free(c);
	assert_null(config_load("sub/x.cfg", "colour=3\n", &e));
	assert_string_equal(e.text, "command line: unknown key 'colour'");
	assert_null(config_load("sub/x.cfg", "memory=\"x\"\n", &e));
	assert_memory_equal(e.text, "command line: memory: ", 22);
	assert_null(config_load("sub/x.cfg", "memory=x\n", &e));
	assert_memory_equal(e.text, "command line:1: ", 16);

	assert_null(config_load("nothing.cfg", "", &e));
	assert_string_equal(e.text, "nothing.cfg: No such file or directory");
	assert_null(config_load("sub", "", &e));
	assert_string_equal(e.text, "sub: not a regular file");
	unlink("sub/x.cfg");
	unlink("sub/k");
	unlink("r");
	rmdir("sub");
	assert_int_equal(chdir(cwd), 0);
	rmdir(dir);
}

static void test_scan(void **state)
{
	static const char text[] = "a=1;b = [ 'x = 1',\n# c = 2\n'y' ]\n\nd='it\\'s = e'\nf=\"";
	static const struct cfgscan_key want[] = { { "a", 1 }, { "b", 1 }, { "d", 5 }, { "f", 6 } };
	struct cfgscan_key k;
	struct cfgscan s;

	(void)state;
	cfgscan_init(&s, text, sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(cfgscan_next(&s, &k), 1);
		assert_string_equal(k.name, want[i].name);
		assert_int_equal(k.line, want[i].line);
	}
	assert_int_equal(cfgscan_next(&s, &k), 0);
	assert_int_equal(cfgscan_line(text, sizeof(text) - 1, "d"), 5);
	assert_int_equal(cfgscan_line(text, sizeof(text) - 1, "c"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),     cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_unknown_key),  cmocka_unit_test(test_missing),
		cmocka_unit_test(test_wrong_values), cmocka_unit_test(test_names),
		cmocka_unit_test(test_ranges),	     cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_damaged),	     cmocka_unit_test(test_files),
		cmocka_unit_test(test_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

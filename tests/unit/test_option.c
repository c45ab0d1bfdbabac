/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line: what is asked for is found, what is not is named. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <hv/boot.h>
#include <hv/console.h>

static char logged[1024];

int kprintf(const char *fmt, ...)
{
	size_t n = strlen(logged);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(logged + n, sizeof(logged) - n, fmt, ap);
	va_end(ap);
	return 0;
}

static void test_words(void **state)
{
	char buf[8];

	(void)state;
	option_init("  one=1\ttwo one=22 three= fourfold=x");
	assert_string_equal(boot_option("one", buf, sizeof(buf)), "22"); /* the last one counts */
	assert_string_equal(boot_option("two", buf, sizeof(buf)), "");
	assert_string_equal(boot_option("three", buf, sizeof(buf)), "");
	assert_null(boot_option("four", buf, sizeof(buf)));
	assert_null(boot_option("on", buf, sizeof(buf)));
	option_init("");
	assert_null(boot_option("one", buf, sizeof(buf)));
}

static void test_numbers(void **state)
{
	(void)state;
	option_init("a=12 b=0x1F c=4k d=2M e=1g f=0x f2=ten f3=1kk f4=18446744073709551616 "
		    "f5=0xffffffffffffffffk f6= g=18446744073709551615");
	assert_int_equal(boot_option_u64("a", 7), 12);
	assert_int_equal(boot_option_u64("b", 7), 31);
	assert_int_equal(boot_option_u64("c", 7), 4096);
	assert_int_equal(boot_option_u64("d", 7), 2u << 20);
	assert_int_equal(boot_option_u64("e", 7), 1u << 30);
	assert_true(boot_option_u64("g", 7) == UINT64_MAX);
	assert_int_equal(boot_option_u64("absent", 7), 7);
	for (const char *const *f =
		     (const char *const[]){ "f", "f2", "f3", "f4", "f5", "f6", NULL };
	     *f; f++) {
		logged[0] = '\0';
		assert_int_equal(boot_option_u64(*f, 7), 7);
		assert_non_null(strstr(logged, "is not a number, using 7"));
	}
}

static void test_unknown(void **state)
{
	char buf[4];

	(void)state;
	option_init("known=1 knwon=2 long=12345");
	logged[0] = '\0';
	(void)boot_option("known", buf, sizeof(buf));
	assert_null(boot_option("long", buf, sizeof(buf)));
	assert_string_equal(logged, "option long: value too long, ignored\n");
	logged[0] = '\0';
	option_report();
	assert_string_equal(logged, "option knwon=2: unknown, ignored\n");
}

/* More words than there are bits: said, not lost. */
static void test_many(void **state)
{
	char line[512] = "";

	(void)state;
	for (int i = 0; i < 65; i++)
		strcat(line, "w ");
	option_init(line);
	logged[0] = '\0';
	(void)boot_option("w", (char[4]){ 0 }, 4);
	option_report();
	assert_string_equal(logged, "option w: beyond 64 words, ignored\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

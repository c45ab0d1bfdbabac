/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's formatting against the host's own snprintf. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <hv/console.h>

static char logged[512];
static size_t logged_len;

/* What console.c provides to printf.c. */
void console_write(const char *s, size_t len)
{
	assert_true(logged_len + len < sizeof(logged));
	memcpy(logged + logged_len, s, len);
	logged_len += len;
	logged[logged_len] = '\0';
}

#define SAME(...)                                                                   \
	do {                                                                        \
		char ours[128], theirs[128];                                        \
		int n = ksnprintf(ours, sizeof(ours), __VA_ARGS__);                 \
		assert_int_equal(n, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
		assert_string_equal(ours, theirs);                                  \
	} while (0)

static void test_numbers(void **state)
{
	static const int values[] = { 0, 1, -1, 9, 10, -10, 12345, INT_MAX, INT_MIN };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		int v = values[i];
		unsigned u = (unsigned)v;

		SAME("%d|%u|%x", v, u, u);
		SAME("%5d|%05d|%12d|%012d|", v, v, v, v);
		SAME("%08x|%8x|%2u|", u, u, u);
	}
	SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	SAME("%lld %llu %016llx", LLONG_MIN, ULLONG_MAX, 0x1234abcdull);
}

static void test_text(void **state)
{
	(void)state;
	SAME("plain");
	SAME("%s|%8s|%.2s|%8.2s|", "abcd", "abcd", "abcd", "abcd");
	SAME("%.*s|", 3, "abcdef");
	SAME("%c%%", 'x');
	SAME("%p", (void *)&logged_len);
}

static void test_size(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, '#', sizeof(buf));
	assert_int_equal(ksnprintf(buf, 4, "%s", "abcdef"), 6);
	assert_string_equal(buf, "abc");
	assert_int_equal(buf[4], '#');
	assert_int_equal(ksnprintf(buf, 1, "%d", 42), 2);
	assert_string_equal(buf, "");
	buf[0] = '#';
	assert_int_equal(ksnprintf(buf, 0, "%d", 42), 2);
	assert_int_equal(buf[0], '#');
}

/* The compiler would object to these formats, so they come from variables. */
static void test_bad_formats(void **state)
{
	static int (*const format)(char *, size_t, const char *, ...) = ksnprintf;
	char *volatile none = NULL;
	char buf[32];

	(void)state;
	format(buf, sizeof(buf), "a%");
	assert_string_equal(buf, "a");
	format(buf, sizeof(buf), "a%qb");
	assert_string_equal(buf, "a%qb");
	format(buf, sizeof(buf), "%s", none);
	assert_string_equal(buf, "(null)");
}

static void test_kprintf(void **state)
{
	char longer[400];

	(void)state;
	logged_len = 0;
	kprintf("one %d\n", 1);
	kprintf("two %s\n", "2");
	assert_string_equal(logged, "one 1\ntwo 2\n");

	/* Longer than kprintf's line: cut, never overrun. */
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	logged_len = 0;
	assert_int_equal(kprintf("%s", longer), 399);
	assert_int_equal(logged_len, 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_text),
		cmocka_unit_test(test_size),	cmocka_unit_test(test_bad_formats),
		cmocka_unit_test(test_kprintf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's string functions against the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libc/rename.h>

#define SIZE 64u

static unsigned char ours[SIZE], theirs[SIZE];

static void fill(void)
{
	for (unsigned i = 0; i < SIZE; i++)
		ours[i] = theirs[i] = (unsigned char)(i * 37 + 11);
}

static void blocks_of_all_sizes_and_alignments(void **state)
{
	(void)state;
	for (size_t d = 0; d < 20; d++) {
		for (size_t s = 0; s < 20; s++) {
			for (size_t n = 0; n + 20 <= SIZE; n++) {
				fill();
				assert_ptr_equal(hv_memmove(ours + d, ours + s, n), ours + d);
				memmove(theirs + d, theirs + s, n);
				assert_memory_equal(ours, theirs, SIZE);
			}
		}
		for (size_t n = 0; n + 20 <= SIZE; n++) {
			unsigned char src[SIZE];

			fill();
			memset(src, 0xa5, sizeof(src));
			assert_ptr_equal(hv_memcpy(ours + d, src + 3, n), ours + d);
			memcpy(theirs + d, src + 3, n);
			assert_memory_equal(ours, theirs, SIZE);
			hv_memset(ours + d, 0x1c3, n);
			memset(theirs + d, 0xc3, n);
			assert_memory_equal(ours, theirs, SIZE);
		}
	}
}

static int sign(int x) { return (x > 0) - (x < 0); }

static void comparing_and_searching(void **state)
{
	static const char *const words[] = { "", "a", "ab", "abc", "abd", "\xff", "b", "aba" };

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		const char *w = words[i];

		assert_int_equal(hv_strlen(w), strlen(w));
		assert_int_equal(hv_strnlen(w, 2), strnlen(w, 2));
		for (const char *c = "abcz"; *c; c++) {
			assert_ptr_equal(hv_strrchr(w, *c), strrchr(w, *c));
			assert_ptr_equal(hv_memchr(w, *c, strlen(w)), memchr(w, *c, strlen(w)));
		}
		assert_ptr_equal(hv_strrchr(w, 0), w + strlen(w));
		for (unsigned j = 0; j < 8; j++) {
			assert_int_equal(sign(hv_strcmp(w, words[j])), sign(strcmp(w, words[j])));
			for (size_t n = 0; n < 5; n++)
				assert_int_equal(sign(hv_strncmp(w, words[j], n)),
						 sign(strncmp(w, words[j], n)));
		}
	}
	assert_true(hv_memcmp("a\0b", "a\0c", 3) < 0);
	assert_true(hv_memcmp("\x80", "\x7f", 1) > 0);
	assert_int_equal(hv_memcmp("a", "b", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_all_sizes_and_alignments),
		cmocka_unit_test(comparing_and_searching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 against FIPS 180-4's examples, and every length. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <hv/sha256.h>

static void digest_is(const void *data, size_t len, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t out[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1] = "";

	sha256(data, len, out);
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = digits[out[i] >> 4];
		text[2 * i + 1] = digits[out[i] & 15];
	}
	assert_string_equal(text, hex);
}

static void test_examples(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *million = malloc(1000000);

	(void)state;
	digest_is("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_is("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_is(two_blocks, sizeof(two_blocks) - 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_non_null(million);
	memset(million, 'a', 1000000);
	digest_is(million, 1000000,
		  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

/* Every length up to three blocks, so every way to pad: all their digests in one, as Python's
 * hashlib has it. */
static void test_lengths(void **state)
{
	uint8_t data[192], all[sizeof(data) + 1][SHA256_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t len = 0; len <= sizeof(data); len++)
		sha256(data, len, all[len]);
	digest_is(all, sizeof(all),
		  "99a73769f6cf40ed84d69fe26a31cf33ca0bb2e72f530304f10013c6f7fae41e");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

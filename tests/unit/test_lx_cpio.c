/* SPDX-License-Identifier: GPL-2.0-only */
/* linuxlike's initramfs: a sound archive, then the same one damaged in every way. */
#include <stdio.h>
#include "host-lx/shim.h"

static int setup(void **state)
{
	(void)state;
	shim_init(NULL, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_done();
	return 0;
}

static struct stat64_abi stat_(const char *p)
{
	uptr_t b = shim_buf(sizeof(struct stat64_abi));

	assert_int_equal(CALL(sys_lstat64, S(p), b), 0);
	return *(struct stat64_abi *)shim_at(b);
}

static size_t cpio_add(uint8_t *p, const char *name, uint32_t mode, uint32_t nlink, uint32_t ino,
		       const char *data)
{
	uint32_t len = (uint32_t)strlen(data), name_len = (uint32_t)strlen(name) + 1;
	size_t at = (size_t)snprintf((char *)p, 200,
				     "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x"
				     "%08x%08x",
				     ino, mode, 3, 4, nlink, 12345, len, 0, 0, 5, 1, name_len, 0);

	memcpy(p + at, name, name_len);
	for (at += name_len; at % 4; at++)
		p[at] = 0;
	memcpy(p + at, data, len);
	for (at += len; at % 4; at++)
		p[at] = 0;
	return at;
}

static size_t cpio_build(uint8_t *p)
{
	size_t n = cpio_add(p, "dir", S_IFDIR | 0750, 2, 1, "");

	n += cpio_add(p + n, "dir/one", S_IFREG | 0644, 2, 2, "");
	n += cpio_add(p + n, "dir/two", S_IFREG | 0644, 2, 2, "contents");
	n += cpio_add(p + n, "link", S_IFLNK | 0777, 1, 3, "dir/one");
	n += cpio_add(p + n, "con", S_IFCHR | 0600, 1, 4, "");
	n += cpio_add(p + n, "TRAILER!!!", 0, 1, 0, "");
	memset(p + n, 0, 512);
	n += 512;
	/* a second archive right behind, as Linux takes it */
	n += cpio_add(p + n, "dir/more", S_IFREG | 0600, 1, 9, "x");
	return n + cpio_add(p + n, "TRAILER!!!", 0, 1, 0, "");
}

static void test_cpio(void **state)
{
	uint8_t image[4096];
	size_t n = cpio_build(image);
	struct stat64_abi st;

	(void)state;
	shim_boot(true);
	assert_int_equal(cpio_unpack(image, n), 0);
	shim_boot(false);
	st = stat_("/dir/one");
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(st.st_size, 8);
	assert_int_equal(st.st_uid, 3);
	assert_int_equal(st.st_gid, 4);
	assert_int_equal(stat_("/dir/two").st_ino, st.st_ino);
	assert_int_equal(stat_("/dir").mtime, 12345);
	assert_int_equal(stat_("/dir").st_mode, S_IFDIR | 0750);
	assert_int_equal(stat_("/link").st_size, 7);
	assert_int_equal(stat_("/con").st_rdev, 5 << 8 | 1);
	assert_int_equal(stat_("/dir/more").st_size, 1);
}

static void test_cpio_damaged(void **state)
{
	uint8_t image[4096], bad[4096];
	static const uint8_t hex[19] = "0123456789abcdef/.";
	size_t n = cpio_build(image), refused = 0;

	(void)state;
	shim_boot(true);
	for (size_t cut = 1; cut < 110; cut++)
		assert_int_equal(cpio_unpack(image, cut), -EINVAL);
	for (size_t cut = 110; cut < n; cut++) {
		/* exactly as long as said: the sanitizer sees any step beyond */
		uint8_t *exact = kmalloc(cut);

		memcpy(exact, image, cut);
		cpio_unpack(exact, cut);
		kfree(exact);
	}
	for (int i = 0; i < 5000; i++) {
		memcpy(bad, image, n);
		for (uint32_t k = shim_random() % 4 + 1; k; k--)
			bad[shim_random() % n] =
				i % 2 ? (uint8_t)shim_random() : hex[shim_random() % 19];
		refused += cpio_unpack(bad, n) != 0;
	}
	shim_boot(false);
	assert_true(refused > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cpio, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cpio_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

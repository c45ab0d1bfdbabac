/* SPDX-License-Identifier: GPL-2.0-only */
/* linuxlike's name space and tmpfs, through its system calls: the rules of Linux, errno by errno.
 */
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

static int32_t open_(const char *p, uint32_t flags) { return CALL(sys_open, S(p), flags, 0644); }
static int32_t mkdir_(const char *p) { return CALL(sys_mkdir, S(p), 0755); }
static int32_t close_(int32_t fd) { return CALL(sys_close, (uint32_t)fd); }
static int32_t rename_(const char *a, const char *b) { return CALL(sys_rename, S(a), S(b)); }

static void make(const char *p)
{
	int32_t fd = open_(p, O_CREAT | O_EXCL | O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(close_(fd), 0);
}

static int32_t put(int32_t fd, const char *s)
{
	return CALL(sys_write, (uint32_t)fd, S(s), (uint32_t)strlen(s));
}

static struct stat64_abi stat_(const char *p)
{
	uptr_t b = shim_buf(sizeof(struct stat64_abi));

	assert_int_equal(CALL(sys_lstat64, S(p), b), 0);
	return *(struct stat64_abi *)shim_at(b);
}

static const char *list_fd(int32_t fd, uint32_t size)
{
	static char out[4096];
	uptr_t b = shim_buf(size);
	int32_t n;

	out[0] = 0;
	while ((n = CALL(sys_getdents64, (uint32_t)fd, b, size)) > 0)
		for (int32_t at = 0; at < n;) {
			struct dirent64_abi *d = shim_at(b + (uptr_t)at);

			strcat(strcat(out, d->name), " ");
			at += d->reclen;
		}
	return out;
}

static const char *list_(const char *p)
{
	int32_t fd = open_(p, O_RDONLY | O_DIRECTORY);
	const char *s = list_fd(fd, 4096);

	close_(fd);
	return s;
}

static void test_open(void **state)
{
	(void)state;
	assert_int_equal(open_("/no", O_RDONLY), -ENOENT);
	assert_int_equal(open_("", O_RDONLY), -ENOENT);
	assert_int_equal(open_("/f", O_CREAT | O_RDWR), 0);
	assert_int_equal(open_("/f", O_CREAT | O_EXCL | O_RDWR), -EEXIST);
	assert_int_equal(open_("/f/", O_RDONLY), -ENOTDIR);
	assert_int_equal(open_("/f/x", O_RDONLY), -ENOTDIR);
	assert_int_equal(open_("/f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
	assert_int_equal(open_("/g/", O_CREAT | O_RDWR), -EISDIR);
	assert_int_equal(open_("/", O_RDWR), -EISDIR);
	assert_int_equal(open_("/", O_CREAT | O_RDONLY), -EISDIR);
	assert_int_equal(open_("/", O_RDONLY), 1);
	assert_int_equal(CALL(sys_open, 4, O_RDONLY, 0), -EFAULT);
	assert_int_equal(CALL(sys_read, 1, shim_buf(4), 4), -EISDIR);
	assert_int_equal(CALL(sys_read, 9, shim_buf(4), 4), -EBADF);
	assert_int_equal(CALL(sys_write, 0, 4, 4), -EFAULT);
	assert_int_equal(stat_("/f").st_mode, S_IFREG | 0644);
}

static void test_long_names(void **state)
{
	char name[PATH_MAX + 8];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[256] = 0;
	assert_int_equal(open_(name, O_CREAT | O_RDWR), 0);
	name[256] = 'a';
	name[257] = 0;
	assert_int_equal(open_(name, O_CREAT | O_RDWR), -ENAMETOOLONG);
	name[257] = 'a';
	name[PATH_MAX] = 0;
	assert_int_equal(open_(name, O_RDONLY), -ENAMETOOLONG);
}

static void test_symlinks(void **state)
{
	uptr_t b = shim_buf(64);

	(void)state;
	mkdir_("/d");
	make("/d/f");
	assert_int_equal(CALL(sys_symlink, S("d/f"), S("/l")), 0);
	assert_int_equal(CALL(sys_symlink, S("/d"), S("/ld")), 0);
	assert_int_equal(CALL(sys_symlink, S("loop2"), S("/loop1")), 0);
	assert_int_equal(CALL(sys_symlink, S("loop1"), S("/loop2")), 0);
	assert_int_equal(CALL(sys_symlink, S("new"), S("/dangling")), 0);
	assert_int_equal(CALL(sys_symlink, S(""), S("/x")), -ENOENT);
	assert_int_equal(CALL(sys_symlink, S("y"), S("/l")), -EEXIST);
	assert_int_equal(open_("/l", O_RDONLY), 0);
	assert_int_equal(open_("/ld/f", O_RDONLY), 1);
	assert_int_equal(open_("/ld/../d/./f", O_RDONLY), 2);
	assert_int_equal(open_("/loop1", O_RDONLY), -ELOOP);
	assert_int_equal(open_("/l", O_RDONLY | O_NOFOLLOW), -ELOOP);
	assert_int_equal(open_("/dangling", O_RDONLY), -ENOENT);
	assert_int_equal(open_("/dangling", O_CREAT | O_EXCL | O_WRONLY), -EEXIST);
	assert_int_equal(open_("/dangling", O_CREAT | O_WRONLY), 3);
	assert_int_equal(stat_("/new").st_mode, S_IFREG | 0644);
	assert_int_equal(CALL(sys_readlink, S("/l"), b, 64), 3);
	assert_memory_equal(shim_at(b), "d/f", 3);
	assert_int_equal(CALL(sys_readlink, S("/l"), b, 2), 2);
	assert_int_equal(CALL(sys_readlink, S("/d"), b, 2), -EINVAL);
	assert_int_equal(stat_("/l").st_size, 3);
	assert_int_equal(CALL(sys_rmdir, S("/ld")), -ENOTDIR);
	assert_int_equal(CALL(sys_unlink, S("/ld/")), -ENOTDIR);
}

static void test_directories(void **state)
{
	(void)state;
	assert_int_equal(mkdir_("/a"), 0);
	assert_int_equal(stat_("/a").st_size, 40);
	assert_int_equal(mkdir_("/a/b/"), 0);
	assert_int_equal(stat_("/a").st_nlink, 3);
	assert_int_equal(stat_("/a").st_size, 60);
	assert_int_equal(mkdir_("/a"), -EEXIST);
	assert_int_equal(mkdir_("/"), -EEXIST);
	assert_int_equal(mkdir_("/a/."), -EEXIST);
	assert_int_equal(mkdir_("/x/y"), -ENOENT);
	assert_int_equal(CALL(sys_rmdir, S("/a")), -ENOTEMPTY);
	assert_int_equal(CALL(sys_rmdir, S("/a/b/.")), -EINVAL);
	assert_int_equal(CALL(sys_rmdir, S("/a/b/..")), -ENOTEMPTY);
	assert_int_equal(CALL(sys_rmdir, S("/")), -EBUSY);
	assert_int_equal(CALL(sys_unlink, S("/a")), -EISDIR);
	assert_int_equal(CALL(sys_rmdir, S("/a/b")), 0);
	assert_int_equal(stat_("/a").st_nlink, 2);
	make("/a/f");
	assert_int_equal(CALL(sys_rmdir, S("/a/f")), -ENOTDIR);
	assert_int_equal(CALL(sys_unlink, S("/a/f")), 0);
	assert_int_equal(CALL(sys_unlink, S("/a/f")), -ENOENT);
	assert_int_equal(CALL(sys_link, S("/a"), S("/b")), -EPERM);
}

static void test_readdir(void **state)
{
	int32_t fd;
	uptr_t b = shim_buf(64);

	(void)state;
	mkdir_("/d");
	make("/d/one");
	make("/d/two");
	make("/d/three");
	assert_string_equal(list_("/d"), ". .. three two one ");
	rename_("/d/one", "/d/four"); /* a renamed name is the newest */
	assert_string_equal(list_("/d"), ". .. four three two ");
	fd = open_("/d", O_RDONLY);
	assert_int_equal(CALL(sys_getdents64, (uint32_t)fd, b, 23), -EINVAL);
	assert_string_equal(list_fd(fd, 32), ". .. four three two ");
	assert_int_equal(CALL(sys_lseek, (uint32_t)fd, 3, SEEK_SET), 3);
	assert_string_equal(list_fd(fd, 32), "three two ");
	assert_int_equal(CALL(sys_lseek, (uint32_t)fd, 0, SEEK_SET), 0);
	/* ".", "..", "four": what goes and comes while we read changes nothing else */
	assert_int_equal(CALL(sys_getdents64, (uint32_t)fd, b, 72), 72);
	CALL(sys_unlink, S("/d/three"));
	make("/d/late");
	assert_string_equal(list_fd(fd, 64), "two ");
	CALL(sys_unlink, S("/d/two"));
	CALL(sys_unlink, S("/d/four"));
	CALL(sys_unlink, S("/d/late"));
	assert_int_equal(CALL(sys_rmdir, S("/d")), 0); /* our cursor is no entry */
	assert_int_equal(CALL(sys_getdents64, (uint32_t)fd, b, 64), -ENOENT);
}

static void test_rename(void **state)
{
	(void)state;
	mkdir_("/a");
	mkdir_("/a/b");
	mkdir_("/c");
	make("/f");
	make("/g");
	assert_int_equal(rename_("/a", "/a/b/x"), -EINVAL);
	assert_int_equal(rename_("/a", "/a"), 0);
	assert_int_equal(rename_("/a/b", "/a"), -ENOTEMPTY);
	assert_int_equal(rename_("/c", "/a"), -ENOTEMPTY);
	assert_int_equal(rename_("/f", "/a"), -EISDIR);
	assert_int_equal(rename_("/a", "/f"), -ENOTDIR);
	assert_int_equal(rename_("/no", "/f"), -ENOENT);
	assert_int_equal(rename_("/f", "/no/x"), -ENOENT);
	assert_int_equal(rename_("/f", "/new/"), -ENOTDIR);
	assert_int_equal(rename_("/f/", "/new"), -ENOTDIR);
	assert_int_equal(rename_("/", "/new"), -EBUSY);
	assert_int_equal(rename_("/a/.", "/new"), -EBUSY);
	assert_int_equal(rename_("/f", "/c/.."), -EBUSY);
	assert_int_equal(rename_("/c", "/a/b"), 0); /* over an empty directory */
	assert_int_equal(stat_("/a").st_nlink, 3);
	assert_int_equal(rename_("/f", "/g"), 0);
	assert_int_equal(open_("/f", O_RDONLY), -ENOENT);
	assert_int_equal(CALL(sys_link, S("/g"), S("/h")), 0);
	assert_int_equal(rename_("/g", "/h"), 0); /* two names of one file: both stay */
	assert_int_equal(stat_("/g").st_nlink, 2);
	assert_int_equal(CALL(sys_renameat2, (uint32_t)AT_FDCWD, S("/g"), (uint32_t)AT_FDCWD,
			      S("/h"), RENAME_NOREPLACE),
			 -EEXIST);
	assert_int_equal(CALL(sys_renameat2, (uint32_t)AT_FDCWD, S("/g"), (uint32_t)AT_FDCWD,
			      S("/a"), RENAME_EXCHANGE),
			 0);
	assert_true(S_ISDIR(stat_("/g").st_mode) && S_ISREG(stat_("/a").st_mode));
	assert_int_equal(stat_("/g/b").st_nlink, 2);
}

static void test_unlinked_file(void **state)
{
	int32_t fd = open_("/t", O_CREAT | O_RDWR);
	uptr_t b = shim_buf(16);

	(void)state;
	assert_int_equal(put(fd, "hello"), 5);
	assert_int_equal(CALL(sys_unlink, S("/t")), 0);
	assert_int_equal(open_("/t", O_RDONLY), -ENOENT);
	assert_int_equal(CALL(sys_pread64, (uint32_t)fd, b, 16, 1, 0), 4);
	assert_memory_equal(shim_at(b), "ello", 4);
	assert_int_equal(shim_pages, 1);
	close_(fd);
	assert_int_equal(shim_pages, 0);
}

static void test_sparse(void **state)
{
	int32_t fd = open_("/s", O_CREAT | O_RDWR);
	uptr_t b = shim_buf(8), res = shim_buf(8);

	(void)state;
	/* one byte at 5 GB: one data page, a node for each level above it */
	assert_int_equal(CALL(sys_llseek, (uint32_t)fd, 1, 0x40000000, res, SEEK_SET), 0);
	assert_int_equal(put(fd, "x"), 1);
	assert_int_equal(stat_("/s").st_size, 0x140000001);
	assert_int_equal(stat_("/s").st_blocks, 8);
	assert_int_equal(CALL(sys_pread64, (uint32_t)fd, b, 8, 4096, 0), 8);
	assert_memory_equal(shim_at(b), "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(CALL(sys_pwrite64, (uint32_t)fd, S("ab"), 2, 4095, 0), 2);
	assert_int_equal(stat_("/s").st_blocks, 24);
	assert_int_equal(CALL(sys_lseek, (uint32_t)fd, 0, SEEK_HOLE), 8192);
	assert_int_equal(CALL(sys_ftruncate64, (uint32_t)fd, 4096, 0), 0);
	assert_int_equal(stat_("/s").st_blocks, 8);
	assert_int_equal(CALL(sys_ftruncate64, (uint32_t)fd, 10000, 0), 0);
	assert_int_equal(CALL(sys_pread64, (uint32_t)fd, b, 2, 4095, 0), 2);
	assert_memory_equal(shim_at(b), "a\0", 2);
	assert_int_equal(CALL(sys_lseek, (uint32_t)fd, 9000, SEEK_DATA), -ENXIO);
	assert_int_equal(CALL(sys_fallocate, (uint32_t)fd, 0, 0, 0, 8192, 0), 0);
	assert_int_equal(stat_("/s").st_blocks, 16);
	assert_int_equal(CALL(sys_fallocate, (uint32_t)fd,
			      FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 0, 5000, 0),
			 0);
	assert_int_equal(stat_("/s").st_blocks, 8);
	assert_int_equal(CALL(sys_lseek, (uint32_t)fd, (uint32_t)-1, SEEK_SET), -EINVAL);
	close_(fd);
}

/* Against a plain array: random writes, cuts and reads. */
static void test_random_io(void **state)
{
	static uint8_t model[200000], got[200000];
	int32_t fd = open_("/r", O_CREAT | O_RDWR);
	uptr_t b = shim_buf(9000);
	uint32_t size = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint32_t at = shim_random() % 190000, n = shim_random() % 9000;
		uint8_t *user = shim_at(b);

		if (i % 10 == 0) {
			assert_int_equal(CALL(sys_ftruncate, (uint32_t)fd, at), 0);
			if (at < size)
				memset(model + at, 0, sizeof(model) - at);
			size = at;
			continue;
		}
		for (uint32_t k = 0; k < n; k++)
			user[k] = (uint8_t)shim_random();
		assert_int_equal(CALL(sys_pwrite64, (uint32_t)fd, b, n, at, 0), n);
		memcpy(model + at, user, n);
		if (n && at + n > size)
			size = at + n;
	}
	assert_int_equal(stat_("/r").st_size, size);
	for (uint32_t at = 0; at < size; at += 9000) {
		int32_t n = CALL(sys_pread64, (uint32_t)fd, b, 9000, at, 0);

		assert_true(n > 0);
		memcpy(got + at, shim_at(b), (size_t)n);
	}
	assert_memory_equal(got, model, size);
	close_(fd);
}

static void test_full(void **state)
{
	int32_t fd = open_("/big", O_CREAT | O_RDWR);
	uptr_t b = shim_buf(65536);
	int32_t n = 1;
	uint64_t total = 0;

	(void)state;
	while ((n = CALL(sys_write, (uint32_t)fd, b, 65536)) > 0)
		total += (uint32_t)n;
	assert_int_equal(n, -ENOSPC);
	/* half of the memory is what a tmpfs may take */
	assert_int_equal(total, mount_root()->super->max_pages * 4096);
	assert_int_equal(CALL(sys_ftruncate, (uint32_t)fd, 0), 0);
	assert_int_equal(mount_root()->super->nr_pages, 0);
	close_(fd);
}

static void test_permissions(void **state)
{
	(void)state;
	mkdir_("/p");
	make("/p/f");
	assert_int_equal(CALL(sys_chmod, S("/"), 0755), 0);
	assert_int_equal(CALL(sys_chmod, S("/p"), 01777), 0);
	assert_int_equal(CALL(sys_chmod, S("/p/f"), 0640), 0);
	shim_uid = shim_gid = 1000;
	assert_int_equal(open_("/p/f", O_RDONLY), -EACCES);
	assert_int_equal(CALL(sys_unlink, S("/p/f")), -EPERM); /* sticky */
	assert_int_equal(CALL(sys_chmod, S("/p/f"), 0777), -EPERM);
	assert_int_equal(CALL(sys_chown, S("/p/f"), 1000, 1000), -EPERM);
	assert_int_equal(CALL(sys_mknod, S("/p/dev"), S_IFCHR | 0666, 0x103), -EPERM);
	make("/p/mine");
	assert_int_equal(stat_("/p/mine").st_uid, 1000);
	assert_int_equal(CALL(sys_chmod, S("/p/mine"), 0), 0);
	assert_int_equal(open_("/p/mine", O_RDONLY), -EACCES);
	assert_int_equal(CALL(sys_access, S("/p/mine"), R_OK), -EACCES);
	assert_int_equal(CALL(sys_access, S("/p/mine"), 0), 0);
	assert_int_equal(mkdir_("/no"), -EACCES);
	shim_uid = shim_gid = 0;
	assert_int_equal(CALL(sys_access, S("/p/mine"), R_OK | W_OK), 0);
	assert_int_equal(CALL(sys_access, S("/p/mine"), X_OK), -EACCES);
	assert_int_equal(CALL(sys_chmod, S("/p"), 0700), 0);
	shim_uid = 1000;
	assert_int_equal(open_("/p/f", O_RDONLY), -EACCES);
	shim_uid = 0;
}

static void test_cwd(void **state)
{
	uptr_t b = shim_buf(64);

	(void)state;
	mkdir_("/x");
	mkdir_("/x/y");
	assert_int_equal(CALL(sys_chdir, S("/x/y")), 0);
	assert_int_equal(CALL(sys_getcwd, b, 64), 5);
	assert_string_equal(shim_at(b), "/x/y");
	assert_int_equal(CALL(sys_getcwd, b, 4), -ERANGE);
	rename_("/x", "/z");
	assert_int_equal(CALL(sys_getcwd, b, 64), 5);
	assert_string_equal(shim_at(b), "/z/y");
	assert_int_equal(CALL(sys_rmdir, S("../y")), 0);
	assert_int_equal(CALL(sys_getcwd, b, 64), -ENOENT);
	assert_int_equal(open_("f", O_CREAT | O_RDWR), -ENOENT);
	assert_int_equal(CALL(sys_chdir, S("..")), 0);
	assert_int_equal(CALL(sys_getcwd, b, 64), 3);
	assert_int_equal(CALL(sys_chdir, S("/no")), -ENOENT);
	make("/f");
	assert_int_equal(CALL(sys_chdir, S("/f")), -ENOTDIR);
	CALL(sys_chdir, S("/"));
}

static void test_mounts(void **state)
{
	uptr_t b = shim_buf(sizeof(struct statfs64_abi));
	struct statfs64_abi *sf = shim_at(b);
	int32_t fd;

	(void)state;
	mkdir_("/m");
	make("/m/hidden");
	assert_int_equal(CALL(sys_mount, S("t"), S("/m"), S("tmpfs"), 0, S("size=8k,mode=700")), 0);
	assert_int_equal(CALL(sys_mount, S("t"), S("/m"), S("ext4"), 0, 0), -ENODEV);
	assert_int_equal(CALL(sys_mount, S("t"), S("/m"), S("tmpfs"), 0, S("size=x")), -EINVAL);
	assert_int_equal(open_("/m/hidden", O_RDONLY), -ENOENT);
	assert_int_equal(stat_("/m").st_mode, S_IFDIR | 0700);
	make("/m/f");
	assert_int_equal(stat_("/m/../m/f").st_mode, S_IFREG | 0644);
	assert_int_equal(CALL(sys_link, S("/m/f"), S("/f")), -EXDEV);
	assert_int_equal(rename_("/m/f", "/f"), -EXDEV);
	assert_int_equal(CALL(sys_rmdir, S("/m")), -EBUSY);
	assert_int_equal(CALL(sys_statfs64, S("/m"), 84, b), 0);
	assert_int_equal(sf->type, 0x01021994);
	assert_int_equal(sf->blocks, 2);
	fd = open_("/m/f", O_RDWR);
	assert_int_equal(CALL(sys_write, (uint32_t)fd, shim_buf(12288), 12288), 8192);
	assert_int_equal(CALL(sys_umount2, S("/m"), 0), -EBUSY);
	close_(fd);
	assert_int_equal(CALL(sys_mount, 0, S("/m"), 0, MS_REMOUNT | MS_RDONLY, 0), 0);
	assert_int_equal(open_("/m/g", O_CREAT | O_RDWR), -EROFS);
	assert_int_equal(CALL(sys_unlink, S("/m/f")), -EROFS);
	assert_int_equal(CALL(sys_umount2, S("/m/f"), 0), -EINVAL);
	assert_int_equal(CALL(sys_umount2, S("/m"), 0), 0);
	assert_int_equal(CALL(sys_umount2, S("/m"), 0), -EINVAL);
	assert_int_equal(open_("/m/hidden", O_RDONLY), 0);
	assert_int_equal(CALL(sys_mount, S("/m"), S("/m"), 0, MS_BIND, 0), 0);
	assert_int_equal(CALL(sys_umount2, S("/m"), MNT_DETACH), 0);
}

static void test_descriptors(void **state)
{
	uptr_t b = shim_buf(8);

	(void)state;
	assert_int_equal(open_("/f", O_CREAT | O_RDWR), 0);
	assert_int_equal(CALL(sys_dup, 0), 1);
	assert_int_equal(CALL(sys_dup2, 0, 100), 100);
	assert_int_equal(CALL(sys_dup2, 0, 1024), -EBADF);
	assert_int_equal(CALL(sys_dup2, 5, 5), -EBADF);
	assert_int_equal(CALL(sys_dup3, 0, 0, 0), -EINVAL);
	assert_int_equal(CALL(sys_fcntl64, 0, F_DUPFD, 50), 50);
	assert_int_equal(CALL(sys_fcntl64, 0, F_DUPFD_CLOEXEC, 50), 51);
	assert_int_equal(CALL(sys_fcntl64, 51, F_GETFD), FD_CLOEXEC);
	assert_int_equal(CALL(sys_fcntl64, 0, F_SETFL, O_APPEND | O_WRONLY), 0);
	assert_int_equal(CALL(sys_fcntl64, 1, F_GETFL), O_APPEND | O_RDWR); /* one open file */
	assert_int_equal(put(0, "ab"), 2);
	assert_int_equal(CALL(sys_lseek, 1, 0, SEEK_SET), 0);
	assert_int_equal(put(100, "cd"), 2);
	assert_int_equal(CALL(sys_pread64, 50, b, 8, 0, 0), 4);
	files_close_on_exec(task_files(current));
	assert_int_equal(CALL(sys_fcntl64, 51, F_GETFD), -EBADF);
	assert_int_equal(CALL(sys_fcntl64, 50, F_GETFD), 0);
	assert_int_equal(CALL(sys_ioctl, 0, TCGETS, b), -ENOTTY);
}

static void test_times(void **state)
{
	uptr_t b = shim_buf(32);
	int64_t *ts = shim_at(b);

	(void)state;
	make("/f");
	ts[0] = 86400;
	ts[1] = 5;
	ts[2] = 7;
	ts[3] = UTIME_OMIT;
	assert_int_equal(CALL(sys_utimensat_time64, (uint32_t)AT_FDCWD, S("/f"), b, 0), 0);
	assert_int_equal(stat_("/f").atime, 86400);
	assert_int_equal(stat_("/f").mtime, 1000);
	ts[1] = 1000000000;
	assert_int_equal(CALL(sys_utimensat_time64, (uint32_t)AT_FDCWD, S("/f"), b, 0), -EINVAL);
	shim_now += 5000000000ull;
	put(open_("/f", O_WRONLY), "x");
	assert_int_equal(stat_("/f").mtime, 1005);
	assert_int_equal(CALL(sys_utime, S("/f"), 0), 0);
	assert_int_equal(stat_("/f").atime, 1005);
}

static void test_locks(void **state)
{
	uptr_t b = shim_buf(sizeof(struct flock64_abi));
	struct flock64_abi *l = shim_at(b);
	struct files *mine = task_files(current), *other = files_new();

	(void)state;
	open_("/f", O_CREAT | O_RDWR);
	*l = (struct flock64_abi){ F_WRLCK, SEEK_SET, 10, 10, 0 };
	assert_int_equal(CALL(sys_fcntl64, 0, F_SETLK64, b), 0);
	*l = (struct flock64_abi){ F_UNLCK, SEEK_SET, 14, 2, 0 }; /* a hole: 10-13 and 16-19 stay */
	assert_int_equal(CALL(sys_fcntl64, 0, F_SETLK64, b), 0);
	/* as another process sees it */
	struct file *f = fd_get(0);
	files_put(other);
	other = files_copy(mine);
	*(struct files **)current = other;
	*l = (struct flock64_abi){ F_RDLCK, SEEK_SET, 0, 0, 0 };
	assert_int_equal(CALL(sys_fcntl64, 0, F_GETLK64, b), 0);
	assert_int_equal(l->start, 10);
	assert_int_equal(l->len, 4);
	*l = (struct flock64_abi){ F_WRLCK, SEEK_SET, 14, 2, 0 };
	assert_int_equal(CALL(sys_fcntl64, 0, F_SETLK64, b), 0);
	*l = (struct flock64_abi){ F_WRLCK, SEEK_SET, 14, 3, 0 };
	assert_int_equal(CALL(sys_fcntl64, 0, F_SETLK64, b), -EAGAIN);
	assert_int_equal(CALL(sys_fcntl64, 0, F_SETLKW64, b), -ERESTARTSYS);
	*(struct files **)current = mine;
	files_put(other);
	file_put(f);
	assert_int_equal(CALL(sys_flock, 0, LOCK_EX | LOCK_NB), 0);
	open_("/f", O_RDONLY);
	assert_int_equal(CALL(sys_flock, 1, LOCK_SH | LOCK_NB), -EAGAIN);
	assert_int_equal(CALL(sys_flock, 0, LOCK_UN), 0);
	assert_int_equal(CALL(sys_flock, 1, LOCK_SH | LOCK_NB), 0);
}

/* Random operations on names: no crash, no leak, and the link counts are right. */
static void check_tree(struct dentry *dir)
{
	uint32_t subdirs = 0;
	int64_t names = 0;

	list_for_each (l, &dir->children) {
		struct dentry *d =
			list_entry(list_entry(l, struct dir_link, link), struct dentry, in_dir);

		names++;
		assert_ptr_equal(d->parent, dir);
		assert_ptr_equal(dentry_child(dir, d->name, d->len), d);
		if (S_ISDIR(d->inode->mode)) {
			subdirs++;
			check_tree(d);
		}
	}
	assert_int_equal(dir->inode->nlink, 2 + subdirs);
	assert_int_equal(dir->inode->size, (names + 2) * TMPFS_DIRENT_SIZE);
}

static void random_name(char *p)
{
	uint32_t depth = shim_random() % 3 + 1;

	for (; depth; depth--)
		p += sprintf(p, "/%s",
			     (const char *[]){ "a", "b", "c", "..", ".", "d/" }[shim_random() % 6]);
}

static void test_random_names(void **state)
{
	char a[64], b[64];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		random_name(a);
		random_name(b);
		switch (shim_random() % 7) {
		case 0:
			mkdir_(a);
			break;
		case 1:
			close_(open_(a, O_CREAT | O_RDWR));
			break;
		case 2:
			rename_(a, b);
			break;
		case 3:
			CALL(sys_unlink, S(a));
			break;
		case 4:
			CALL(sys_rmdir, S(a));
			break;
		case 5:
			CALL(sys_symlink, S(a), S(b));
			break;
		case 6:
			CALL(sys_renameat2, (uint32_t)AT_FDCWD, S(a), (uint32_t)AT_FDCWD, S(b),
			     RENAME_EXCHANGE);
			break;
		}
		check_tree(mount_root()->root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_open),	       T(test_long_names),   T(test_symlinks),
		T(test_directories),   T(test_readdir),	     T(test_rename),
		T(test_unlinked_file), T(test_sparse),	     T(test_random_io),
		T(test_full),	       T(test_permissions),  T(test_cwd),
		T(test_mounts),	       T(test_descriptors),  T(test_times),
		T(test_locks),	       T(test_random_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

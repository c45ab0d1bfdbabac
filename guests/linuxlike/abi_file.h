/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What crosses the system-call boundary of the file calls: i386 structures,
 * where 64-bit members are aligned to 4 bytes, and Linux's constants.
 */
#ifndef LX_ABI_FILE_H
#define LX_ABI_FILE_H

#include "abi_process.h"

#define ABI_PACKED __attribute__((packed, aligned(4)))

#define PATH_MAX 4096
#define NAME_MAX 255
#define PIPE_BUF 4096
#define IOV_MAX 1024

/* --- open and fcntl */
#define O_ACCMODE 03
#define O_RDONLY 00
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_DSYNC 010000
#define O_ASYNC 020000
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define O_NOATIME 01000000
#define O_CLOEXEC 02000000
#define O_PATH 010000000
#define O_TMPFILE 020200000

#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS 0x200
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_EMPTY_PATH 0x1000

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_SETOWN 8
#define F_GETOWN 9
#define F_GETLK64 12
#define F_SETLK64 13
#define F_SETLKW64 14
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define FD_CLOEXEC 1
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define SEEK_DATA 3
#define SEEK_HOLE 4

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#define FALLOC_FL_KEEP_SIZE 1
#define FALLOC_FL_PUNCH_HOLE 2
#define MFD_CLOEXEC 1
#define MFD_ALLOW_SEALING 2
#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

/* --- modes */
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFLNK 0120000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
#define S_ISUID 04000
#define S_ISGID 02000
#define S_ISVTX 01000
#define S_ISREG(m) (((m)&S_IFMT) == S_IFREG)
#define S_ISDIR(m) (((m)&S_IFMT) == S_IFDIR)
#define S_ISLNK(m) (((m)&S_IFMT) == S_IFLNK)
#define S_ISCHR(m) (((m)&S_IFMT) == S_IFCHR)
#define S_ISFIFO(m) (((m)&S_IFMT) == S_IFIFO)
#define R_OK 4
#define W_OK 2
#define X_OK 1

/* --- mount */
#define MS_RDONLY 1u
#define MS_NOSUID 2u
#define MS_NODEV 4u
#define MS_NOEXEC 8u
#define MS_REMOUNT 32u
#define MS_NOATIME 1024u
#define MS_NODIRATIME 2048u
#define MS_BIND 4096u
#define MS_MOVE 8192u
#define MS_REC 16384u
#define MS_SILENT 32768u
#define MS_UNBINDABLE (1u << 17)
#define MS_PRIVATE (1u << 18)
#define MS_SLAVE (1u << 19)
#define MS_SHARED (1u << 20)
#define MS_RELATIME (1u << 21)
#define MS_STRICTATIME (1u << 24)
#define MNT_FORCE 1
#define MNT_DETACH 2
#define MNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8

/* --- stat */
struct stat_abi {
	uint32_t st_dev, st_ino;
	uint16_t st_mode, st_nlink, st_uid, st_gid;
	uint32_t st_rdev, st_size, st_blksize, st_blocks;
	uint32_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	uint32_t unused[2];
};
_Static_assert(sizeof(struct stat_abi) == 64, "struct stat");

struct stat64_abi {
	uint64_t st_dev;
	uint32_t pad0, st_ino32, st_mode, st_nlink, st_uid, st_gid;
	uint64_t st_rdev;
	uint32_t pad3;
	int64_t st_size;
	uint32_t st_blksize;
	uint64_t st_blocks;
	uint32_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	uint64_t st_ino;
} ABI_PACKED;
_Static_assert(sizeof(struct stat64_abi) == 96, "struct stat64");
_Static_assert(offsetof(struct stat64_abi, st_size) == 44, "struct stat64");

struct statx_time {
	int64_t sec;
	uint32_t nsec, pad;
} ABI_PACKED;

struct statx_abi {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id, spare[13];
} ABI_PACKED;
_Static_assert(sizeof(struct statx_abi) == 256, "struct statx");
#define STATX_BASIC_STATS 0x7ffu
#define STATX_BTIME 0x800u
#define STATX_MNT_ID 0x1000u

struct statfs_abi {
	uint32_t type, bsize, blocks, bfree, bavail, files, ffree, fsid[2], namelen, frsize, flags;
	uint32_t spare[4];
};
_Static_assert(sizeof(struct statfs_abi) == 64, "struct statfs");

struct statfs64_abi {
	uint32_t type, bsize;
	uint64_t blocks, bfree, bavail, files, ffree;
	uint32_t fsid[2], namelen, frsize, flags, spare[4];
} ABI_PACKED;
_Static_assert(sizeof(struct statfs64_abi) == 84, "struct statfs64");

/* --- directories: the name follows; getdents keeps d_type in a record's last byte */
struct dirent_abi {
	uint32_t ino, off;
	uint16_t reclen;
	char name[];
} __attribute__((packed));
struct dirent64_abi {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
} __attribute__((packed));
_Static_assert(offsetof(struct dirent_abi, name) == 10, "struct dirent");
_Static_assert(offsetof(struct dirent64_abi, name) == 19, "struct dirent64");

struct iovec_abi {
	uint32_t base, len;
};
struct pollfd_abi {
	int32_t fd;
	int16_t events, revents;
};

struct flock_abi {
	int16_t type, whence;
	int32_t start, len, pid;
};
struct flock64_abi {
	int16_t type, whence;
	int64_t start, len;
	int32_t pid;
} ABI_PACKED;
_Static_assert(sizeof(struct flock64_abi) == 24, "struct flock64");

#define POLLIN 0x001u
#define POLLPRI 0x002u
#define POLLOUT 0x004u
#define POLLERR 0x008u
#define POLLHUP 0x010u
#define POLLNVAL 0x020u
#define POLLRDNORM 0x040u
#define POLLRDBAND 0x080u
#define POLLWRNORM 0x100u
#define POLLWRBAND 0x200u
#define POLLRDHUP 0x2000u
#define POLL_READ (POLLIN | POLLRDNORM)
#define POLL_WRITE (POLLOUT | POLLWRNORM)

#endif

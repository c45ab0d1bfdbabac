/* SPDX-License-Identifier: GPL-2.0-only */
/* stat in all its layouts, statfs, access, readlink. */
#include "fs.h"

static uint32_t dev_encode(uint32_t d)
{
	return (DEV_MINOR(d) & 0xff) | DEV_MAJOR(d) << 8 | (DEV_MINOR(d) & ~0xffu) << 12;
}

/* Not a walk by name: fstat of a descriptor works for files that no name leads to. */
static int stat_at(int dfd, uptr_t name, uint32_t flags, struct kstat *st)
{
	struct path p;
	int err = walk_user(dfd, name,
			    (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				    (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0),
			    &p);

	if (err)
		return err;
	inode_stat(p.dentry, st);
	path_put(&p);
	return 0;
}

static int stat_fd(int fd, struct kstat *st)
{
	struct file *f = fd_get(fd);

	if (!f)
		return -EBADF;
	inode_stat(f->path.dentry, st);
	file_put(f);
	return 0;
}

static int32_t put_stat(const struct kstat *st, uptr_t to)
{
	struct stat_abi s = { 0 };

	if (st->size > INT32_MAX || st->ino > UINT32_MAX)
		return -EOVERFLOW;
	s.st_dev = dev_encode(st->dev);
	s.st_ino = (uint32_t)st->ino;
	s.st_mode = (uint16_t)st->mode;
	s.st_nlink = (uint16_t)st->nlink;
	s.st_uid = (uint16_t)(st->uid > 0xffff ? 0xfffe : st->uid);
	s.st_gid = (uint16_t)(st->gid > 0xffff ? 0xfffe : st->gid);
	s.st_rdev = dev_encode(st->rdev);
	s.st_size = (uint32_t)st->size;
	s.st_blksize = st->blksize;
	s.st_blocks = (uint32_t)st->blocks;
	s.atime = (uint32_t)st->atime.sec;
	s.atime_ns = st->atime.nsec;
	s.mtime = (uint32_t)st->mtime.sec;
	s.mtime_ns = st->mtime.nsec;
	s.ctime = (uint32_t)st->ctime.sec;
	s.ctime_ns = st->ctime.nsec;
	return copy_to_user(to, &s, sizeof(s));
}

static int32_t put_stat64(const struct kstat *st, uptr_t to)
{
	struct stat64_abi s = { 0 };

	s.st_dev = dev_encode(st->dev);
	s.st_ino = st->ino;
	s.st_ino32 = (uint32_t)st->ino;
	s.st_mode = st->mode;
	s.st_nlink = st->nlink;
	s.st_uid = st->uid;
	s.st_gid = st->gid;
	s.st_rdev = dev_encode(st->rdev);
	s.st_size = st->size;
	s.st_blksize = st->blksize;
	s.st_blocks = st->blocks;
	s.atime = (uint32_t)st->atime.sec;
	s.atime_ns = st->atime.nsec;
	s.mtime = (uint32_t)st->mtime.sec;
	s.mtime_ns = st->mtime.nsec;
	s.ctime = (uint32_t)st->ctime.sec;
	s.ctime_ns = st->ctime.nsec;
	return copy_to_user(to, &s, sizeof(s));
}

typedef int put_stat_fn(const struct kstat *st, uint32_t to);

static int32_t stat_path(const uint32_t a[6], uint32_t flags, put_stat_fn *put)
{
	struct kstat st;
	int err = stat_at(AT_FDCWD, a[0], flags, &st);

	return err ? err : put(&st, a[1]);
}

static int32_t stat_file(const uint32_t a[6], put_stat_fn *put)
{
	struct kstat st;
	int err = stat_fd((int)a[0], &st);

	return err ? err : put(&st, a[1]);
}

int32_t sys_newstat(const uint32_t a[6]) { return stat_path(a, 0, put_stat); }
int32_t sys_newlstat(const uint32_t a[6]) { return stat_path(a, AT_SYMLINK_NOFOLLOW, put_stat); }
int32_t sys_newfstat(const uint32_t a[6]) { return stat_file(a, put_stat); }
int32_t sys_stat64(const uint32_t a[6]) { return stat_path(a, 0, put_stat64); }
int32_t sys_lstat64(const uint32_t a[6]) { return stat_path(a, AT_SYMLINK_NOFOLLOW, put_stat64); }
int32_t sys_fstat64(const uint32_t a[6]) { return stat_file(a, put_stat64); }

int32_t sys_fstatat64(const uint32_t a[6])
{
	struct kstat st;
	int err;

	if (a[3] & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | 0x800 /* AT_NO_AUTOMOUNT */))
		return -EINVAL;
	err = stat_at((int)a[0], a[1], a[3], &st);
	return err ? err : put_stat64(&st, a[2]);
}

static struct statx_time statx_time(const struct timespec64 *t)
{
	return (struct statx_time){ t->sec, t->nsec, 0 };
}

int32_t sys_statx(const uint32_t a[6])
{
	struct statx_abi s;
	struct kstat st;
	int err;

	/* flags | AT_STATX_SYNC_TYPE | AT_NO_AUTOMOUNT; the top bit of the mask is reserved */
	if ((a[2] & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | 0x6800)) ||
	    (a[3] & 0x80000000u))
		return -EINVAL;
	err = stat_at((int)a[0], a[1], a[2], &st);
	if (err)
		return err;
	memset(&s, 0, sizeof(s));
	s.mask = STATX_BASIC_STATS | STATX_BTIME;
	s.blksize = st.blksize;
	s.nlink = st.nlink;
	s.uid = st.uid;
	s.gid = st.gid;
	s.mode = (uint16_t)st.mode;
	s.ino = st.ino;
	s.size = (uint64_t)st.size;
	s.blocks = st.blocks;
	s.atime = statx_time(&st.atime);
	s.btime = statx_time(&st.btime);
	s.ctime = statx_time(&st.ctime);
	s.mtime = statx_time(&st.mtime);
	s.rdev_major = DEV_MAJOR(st.rdev);
	s.rdev_minor = DEV_MINOR(st.rdev);
	s.dev_major = DEV_MAJOR(st.dev);
	s.dev_minor = DEV_MINOR(st.dev);
	return copy_to_user(a[4], &s, sizeof(s));
}

/* --- statfs */

static void fill_statfs(const struct mount *m, struct statfs64_abi *s)
{
	const struct super *sb = m->super;

	memset(s, 0, sizeof(*s));
	s->type = sb->type->magic;
	s->bsize = s->frsize = FS_PAGE;
	s->namelen = NAME_MAX;
	s->blocks = sb->max_pages;
	s->bfree = s->bavail = sb->max_pages > sb->nr_pages ? sb->max_pages - sb->nr_pages : 0;
	s->files = sb->max_inodes;
	s->ffree = sb->max_inodes > sb->nr_inodes ? sb->max_inodes - sb->nr_inodes : 0;
	s->fsid[0] = dev_encode(sb->dev);
	s->flags = 0x20 |
		   (m->flags &
		    (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME)) |
		   (m->flags & MS_RELATIME ? 0x1000u : 0u);
}

static int32_t put_statfs(const struct statfs64_abi *l, uptr_t to)
{
	struct statfs_abi s = { .type = l->type,
				.bsize = l->bsize,
				.blocks = (uint32_t)l->blocks,
				.bfree = (uint32_t)l->bfree,
				.bavail = (uint32_t)l->bavail,
				.files = (uint32_t)l->files,
				.ffree = (uint32_t)l->ffree,
				.fsid = { l->fsid[0], l->fsid[1] },
				.namelen = l->namelen,
				.frsize = l->frsize,
				.flags = l->flags };

	return copy_to_user(to, &s, sizeof(s));
}

static int statfs_path(uptr_t name, struct statfs64_abi *s)
{
	struct path p;
	int err = walk_user(AT_FDCWD, name, WALK_FOLLOW, &p);

	if (err)
		return err;
	fill_statfs(p.mnt, s);
	path_put(&p);
	return 0;
}

static int statfs_fd(int fd, struct statfs64_abi *s)
{
	struct file *f = fd_get(fd);

	if (!f)
		return -EBADF;
	fill_statfs(f->path.mnt, s);
	file_put(f);
	return 0;
}

int32_t sys_statfs(const uint32_t a[6])
{
	struct statfs64_abi s;
	int err = statfs_path(a[0], &s);

	return err ? err : put_statfs(&s, a[1]);
}

int32_t sys_fstatfs(const uint32_t a[6])
{
	struct statfs64_abi s;
	int err = statfs_fd((int)a[0], &s);

	return err ? err : put_statfs(&s, a[1]);
}

int32_t sys_statfs64(const uint32_t a[6])
{
	struct statfs64_abi s;
	int err = a[1] == sizeof(s) || a[1] == 88 ? statfs_path(a[0], &s) : -EINVAL;

	return err ? err : copy_to_user(a[2], &s, sizeof(s));
}

int32_t sys_fstatfs64(const uint32_t a[6])
{
	struct statfs64_abi s;
	int err = a[1] == sizeof(s) || a[1] == 88 ? statfs_fd((int)a[0], &s) : -EINVAL;

	return err ? err : copy_to_user(a[2], &s, sizeof(s));
}

/* --- access, readlink */

static int32_t do_access(int dfd, uptr_t name, uint32_t mode, uint32_t flags)
{
	struct path p;
	int err;

	if ((mode & ~7u) || (flags & ~(uint32_t)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	err = walk_user(dfd, name,
			(flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				(flags & AT_EMPTY_PATH ? WALK_EMPTY : 0),
			&p);
	if (err)
		return err;
	if (mode)
		err = inode_permission(p.dentry->inode, mode);
	if (!err && (mode & X_OK) && S_ISREG(p.dentry->inode->mode) && (p.mnt->flags & MS_NOEXEC))
		err = -EACCES;
	if (!err && (mode & W_OK) && (p.mnt->flags & MS_RDONLY) &&
	    (S_ISREG(p.dentry->inode->mode) || S_ISDIR(p.dentry->inode->mode)))
		err = -EROFS;
	path_put(&p);
	return err;
}

int32_t sys_access(const uint32_t a[6]) { return do_access(AT_FDCWD, a[0], a[1], 0); }

int32_t sys_faccessat(const uint32_t a[6]) { return do_access((int)a[0], a[1], a[2], 0); }

int32_t sys_faccessat2(const uint32_t a[6]) { return do_access((int)a[0], a[1], a[2], a[3]); }

static int32_t do_readlink(int dfd, uptr_t name, uptr_t to, int32_t size)
{
	struct path p;
	char *page;
	int err;

	if (size <= 0)
		return -EINVAL;
	err = walk_user(dfd, name, WALK_EMPTY, &p);
	if (err)
		return err;
	page = page_alloc();
	err = page ? path_symlink_text(p.dentry, page, PATH_MAX) : -ENOMEM;
	if (err > size)
		err = size;
	if (err > 0)
		inode_touch_atime(&p);
	if (err > 0 && copy_to_user(to, page, (size_t)err))
		err = -EFAULT;
	if (page)
		page_free(page);
	path_put(&p);
	return err;
}

int32_t sys_readlink(const uint32_t a[6])
{
	return do_readlink(AT_FDCWD, a[0], a[1], (int32_t)a[2]);
}

int32_t sys_readlinkat(const uint32_t a[6])
{
	return do_readlink((int)a[0], a[1], a[2], (int32_t)a[3]);
}

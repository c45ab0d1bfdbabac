/* SPDX-License-Identifier: GPL-2.0-only */
/* Names come, go and move: mkdir, mknod, symlink, link, unlink, rmdir. rename is in rename.c. */
#include "fs.h"

/* The parent of w takes a new name here? */
static int may_create(struct walk *w, bool dir)
{
	struct inode *i = w->path.dentry->inode;
	struct path p;
	int err;

	if (w->type != LAST_NORM)
		return -EEXIST;
	err = walk_last(w, &p);
	if (!err) {
		path_put(&p);
		return -EEXIST;
	}
	if (err != -ENOENT)
		return err;
	if (!i->ops->create || i->nlink == 0 || (w->slash && !dir))
		return -ENOENT;
	if (w->path.mnt->flags & MS_RDONLY)
		return -EROFS;
	return inode_permission(i, W_OK | X_OK);
}

int vfs_create(int dfd, const char *name, uint32_t mode, uint32_t rdev, const char *target)
{
	struct dentry *d;
	struct walk w;
	int err = walk_parent(dfd, name, &w);

	if (err)
		return err;
	err = may_create(&w, S_ISDIR(mode));
	if (!err)
		err = w.path.dentry->inode->ops->create(w.path.dentry, w.last, w.last_len, mode,
							rdev, target, &d);
	if (!err)
		dentry_put(d);
	walk_end(&w);
	return err;
}

int vfs_link(struct path *old, int dfd, const char *name)
{
	struct inode *i = old->dentry->inode;
	struct walk w;
	int err = walk_parent(dfd, name, &w);

	if (err)
		return err;
	err = may_create(&w, false);
	if (!err && w.path.mnt != old->mnt)
		err = -EXDEV;
	if (!err && (S_ISDIR(i->mode) || !w.path.dentry->inode->ops->link))
		err = -EPERM;
	if (!err && i->nlink == 0)
		err = -ENOENT;
	if (!err)
		err = w.path.dentry->inode->ops->link(w.path.dentry, w.last, w.last_len, i);
	walk_end(&w);
	return err;
}

static int last_error(enum walk_last type, bool dir)
{
	if (!dir)
		return -EISDIR;
	return type == LAST_DOT ? -EINVAL : type == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int unlink_checked(struct walk *w, struct path *p, bool dir)
{
	struct inode *i = p->dentry->inode, *parent = w->path.dentry->inode;
	int err;

	if (!dir && w->slash)
		return S_ISDIR(i->mode) ? -EISDIR : -ENOTDIR;
	if (w->path.mnt->flags & MS_RDONLY)
		return -EROFS;
	err = dir_may_delete(parent, i);
	if (err)
		return err;
	if (dir && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (!dir && S_ISDIR(i->mode))
		return -EISDIR;
	if (p->dentry->mounts || p->mnt != w->path.mnt)
		return -EBUSY;
	if (!parent->ops->unlink)
		return -EPERM;
	return parent->ops->unlink(p->dentry);
}

int vfs_unlink(int dfd, const char *name, bool dir)
{
	struct walk w;
	struct path p;
	int err = walk_parent(dfd, name, &w);

	if (err)
		return err;
	if (w.type != LAST_NORM) {
		err = last_error(w.type, dir);
	} else {
		err = walk_last(&w, &p);
		if (!err) {
			err = unlink_checked(&w, &p, dir);
			path_put(&p);
		}
	}
	walk_end(&w);
	return err;
}

/* --- system calls */

static int32_t create_user(int dfd, uptr_t name, uint32_t mode, uint32_t rdev)
{
	int err;
	char *page = path_from_user(name, &err);

	if (!page)
		return err;
	err = vfs_create(dfd, page, mode & ~fs_current()->umask, rdev, NULL);
	page_free(page);
	return err;
}

int32_t sys_mkdir(const uint32_t a[6])
{
	return create_user(AT_FDCWD, a[0], S_IFDIR | (a[1] & 01777), 0);
}

int32_t sys_mkdirat(const uint32_t a[6])
{
	return create_user((int)a[0], a[1], S_IFDIR | (a[2] & 01777), 0);
}

static int32_t do_mknod(int dfd, uptr_t name, uint32_t mode, uint32_t dev)
{
	uint32_t major = dev >> 8 & 0xfff, minor = (dev & 0xff) | (dev >> 12 & 0xfff00);

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	switch (mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK:
		if (task_uid(current))
			return -EPERM;
		break;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		major = minor = 0;
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	return create_user(dfd, name, mode & (S_IFMT | 07777), MKDEV(major, minor));
}

int32_t sys_mknod(const uint32_t a[6]) { return do_mknod(AT_FDCWD, a[0], a[1] & 0xffff, a[2]); }

int32_t sys_mknodat(const uint32_t a[6]) { return do_mknod((int)a[0], a[1], a[2] & 0xffff, a[3]); }

static int32_t do_symlink(uptr_t target, int dfd, uptr_t name)
{
	int err;
	char *to = path_from_user(target, &err), *page;

	if (!to)
		return err;
	page = *to ? path_from_user(name, &err) : NULL;
	if (!*to)
		err = -ENOENT;
	else if (page)
		err = vfs_create(dfd, page, S_IFLNK | 0777, 0, to);
	if (page)
		page_free(page);
	page_free(to);
	return err;
}

int32_t sys_symlink(const uint32_t a[6]) { return do_symlink(a[0], AT_FDCWD, a[1]); }

int32_t sys_symlinkat(const uint32_t a[6]) { return do_symlink(a[0], (int)a[1], a[2]); }

static int32_t do_link(int old_dfd, uptr_t old, int dfd, uptr_t name, uint32_t flags)
{
	unsigned walk = (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
			(flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	struct path p;
	char *page;
	int err;

	if (flags & ~(uint32_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = walk_user(old_dfd, old, walk, &p);
	if (err)
		return err;
	page = path_from_user(name, &err);
	if (page) {
		err = vfs_link(&p, dfd, page);
		page_free(page);
	}
	path_put(&p);
	return err;
}

int32_t sys_link(const uint32_t a[6]) { return do_link(AT_FDCWD, a[0], AT_FDCWD, a[1], 0); }

int32_t sys_linkat(const uint32_t a[6]) { return do_link((int)a[0], a[1], (int)a[2], a[3], a[4]); }

static int32_t do_unlink(int dfd, uptr_t name, bool dir)
{
	int err;
	char *page = path_from_user(name, &err);

	if (!page)
		return err;
	err = vfs_unlink(dfd, page, dir);
	page_free(page);
	return err;
}

int32_t sys_unlink(const uint32_t a[6]) { return do_unlink(AT_FDCWD, a[0], false); }

int32_t sys_rmdir(const uint32_t a[6]) { return do_unlink(AT_FDCWD, a[0], true); }

int32_t sys_unlinkat(const uint32_t a[6])
{
	if (a[2] & ~(uint32_t)AT_REMOVEDIR)
		return -EINVAL;
	return do_unlink((int)a[0], a[1], (a[2] & AT_REMOVEDIR) != 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening files: the checks of open(), creation, and the open calls themselves. */
#include "fs.h"

static const struct file_ops path_fops = { .seekable = false }; /* O_PATH: a place, not data */

/* Takes references of its own to p. */
struct file *file_new(const struct path *p, const struct file_ops *ops, uint32_t flags)
{
	struct file *f = kmalloc(sizeof(*f));

	if (!f)
		return NULL;
	f->refs = 1;
	f->flags = flags & ~(uint32_t)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
	f->path = *p;
	path_get(&f->path);
	f->inode = p->dentry->inode;
	inode_get(f->inode);
	f->ops = ops;
	list_init(&f->cursor.link);
	f->cursor.cursor = true;
	return f;
}

static const struct file_ops *fops_of(const struct path *p, int *err)
{
	const struct inode *i = p->dentry->inode;
	const struct file_ops *ops = i->fops;

	if (S_ISCHR(i->mode)) {
		if (p->mnt->flags & MS_NODEV) {
			*err = -EACCES;
			return NULL;
		}
		ops = chrdev_fops(i->rdev);
	} else if (S_ISFIFO(i->mode)) {
		ops = &fifo_fops;
	}
	*err = ops ? 0 : -ENXIO;
	return ops;
}

int file_open_path(const struct path *p, uint32_t flags, struct file **out)
{
	struct inode *i = p->dentry->inode;
	bool write = (flags & O_ACCMODE) != O_RDONLY && S_ISREG(i->mode);
	const struct file_ops *ops = &path_fops;
	struct file *f;
	int err;

	if (!(flags & O_PATH)) {
		ops = fops_of(p, &err);
		if (!ops)
			return err;
	}
	f = file_new(p, ops, flags);
	if (!f)
		return -ENOMEM;
	if (write && !(flags & O_PATH))
		i->writers++;
	if (ops->open) {
		uint32_t noctty = flags & O_NOCTTY;

		f->flags |= noctty; /* for a terminal's open only */
		err = ops->open(f);
		f->flags &= ~noctty;
		if (err) {
			/* What never opened has nothing to release. */
			f->ops = &path_fops;
			file_put(f);
			return err;
		}
	}
	*out = f;
	return 0;
}

static uint32_t open_mask(uint32_t flags)
{
	static const uint8_t mask[4] = { R_OK, W_OK, R_OK | W_OK, R_OK | W_OK };

	return mask[flags & O_ACCMODE] | ((flags & O_TRUNC) ? W_OK : 0u);
}

/* May an existing file be opened like this? */
static int open_check(const struct path *p, uint32_t flags)
{
	const struct inode *i = p->dentry->inode;
	uint32_t mask = open_mask(flags);
	int err;

	if (S_ISLNK(i->mode))
		return -ELOOP;
	if ((flags & O_DIRECTORY) && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (S_ISDIR(i->mode) && (mask & W_OK))
		return -EISDIR;
	err = inode_permission(i, mask);
	if (err)
		return err;
	if ((S_ISREG(i->mode) || S_ISDIR(i->mode)) && (mask & W_OK)) {
		if (p->mnt->flags & MS_RDONLY)
			return -EROFS;
		if (i->exec_users)
			return -ETXTBSY;
	}
	if ((flags & O_NOATIME) && !inode_owner_or_root(i))
		return -EPERM;
	return 0;
}

static int open_existing(const struct path *p, uint32_t flags, struct file **out)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (flags & O_PATH) {
		if ((flags & O_DIRECTORY) && !S_ISDIR(i->mode))
			return -ENOTDIR;
		return file_open_path(p, flags, out);
	}
	if ((flags & O_CREAT) && S_ISDIR(i->mode))
		return -EISDIR;
	err = open_check(p, flags);
	if (err)
		return err;
	if ((flags & O_TRUNC) && S_ISREG(i->mode) && i->ops->truncate) {
		err = i->ops->truncate(i, 0);
		if (err)
			return err;
		inode_touch_mtime(i);
	}
	return file_open_path(p, flags, out);
}

static int open_create(struct walk *w, uint32_t flags, uint32_t mode, struct file **out)
{
	struct inode *dir = w->path.dentry->inode;
	struct path p = { w->path.mnt, NULL };
	int err;

	if (!dir->ops->create || (dir->nlink == 0))
		return -ENOENT;
	if (p.mnt->flags & MS_RDONLY)
		return -EROFS;
	err = inode_permission(dir, W_OK | X_OK);
	if (err)
		return err;
	err = dir->ops->create(w->path.dentry, w->last, w->last_len,
			       S_IFREG | (mode & 07777 & ~fs_current()->umask), 0, NULL, &p.dentry);
	if (err)
		return err;
	err = file_open_path(&p, flags, out);
	dentry_put(p.dentry);
	return err;
}

/* One turn for each link that stands in the last place. */
static int open_walk(struct walk *w, uint32_t flags, uint32_t mode, struct file **out)
{
	bool exclusive = (flags & O_CREAT) && (flags & O_EXCL);

	for (;;) {
		struct path p;
		int err;

		if ((flags & O_CREAT) && w->slash)
			return -EISDIR;
		err = walk_last(w, &p);
		if (err == -ENOENT && (flags & O_CREAT))
			return open_create(w, flags, mode, out);
		if (err)
			return err;
		if (exclusive) {
			path_put(&p);
			return -EEXIST;
		}
		if (S_ISLNK(p.dentry->inode->mode) && (!(flags & O_NOFOLLOW) || w->slash)) {
			err = walk_follow_last(w, &p);
			if (err)
				return err;
			continue;
		}
		if (w->slash && !S_ISDIR(p.dentry->inode->mode))
			err = -ENOTDIR;
		else
			err = open_existing(&p, flags, out);
		path_put(&p);
		return err;
	}
}

static int open_tmpfile(int dfd, const char *name, uint32_t flags, uint32_t mode, struct file **out)
{
	struct path p;
	struct file *f;
	int err = walk_path(dfd, name, WALK_FOLLOW, &p);

	if (err)
		return err;
	if (!S_ISDIR(p.dentry->inode->mode))
		err = -ENOTDIR;
	else if (!p.dentry->inode->ops->create)
		err = -EOPNOTSUPP;
	else if ((flags & O_ACCMODE) == O_RDONLY)
		err = -EINVAL;
	else
		err = inode_permission(p.dentry->inode, W_OK | X_OK);
	path_put(&p);
	if (err)
		return err;
	f = tmpfs_file_new("#tmpfile", flags & ~(uint32_t)O_TMPFILE, &err);
	if (!f)
		return err;
	f->inode->mode = S_IFREG | (mode & 07777 & ~fs_current()->umask);
	*out = f;
	return 0;
}

int vfs_open(int dfd, const char *name, uint32_t flags, uint32_t mode, struct file **out)
{
	struct walk w;
	int err;

	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return open_tmpfile(dfd, name, flags, mode, out);
	if ((flags & O_CREAT) && (flags & O_DIRECTORY))
		return -EINVAL;
	err = walk_parent(dfd, name, &w);
	if (err)
		return err;
	err = open_walk(&w, flags, mode, out);
	walk_end(&w);
	return err;
}

struct file *vfs_open_kernel(const char *path, int flags, int *err)
{
	struct file *f = NULL;

	*err = vfs_open(AT_FDCWD, path, (uint32_t)flags, 0, &f);
	return *err ? NULL : f;
}

int vfs_open_exec(const char *path, struct file **out)
{
	struct path p;
	struct inode *i;
	int err = walk_path(AT_FDCWD, path, WALK_FOLLOW, &p);

	if (err)
		return err;
	i = p.dentry->inode;
	if (!S_ISREG(i->mode) || (p.mnt->flags & MS_NOEXEC))
		err = -EACCES;
	else
		err = inode_permission(i, X_OK);
	if (!err && i->writers)
		err = -ETXTBSY;
	if (!err)
		err = file_open_path(&p, O_RDONLY, out);
	if (!err) {
		(*out)->exec = true;
		i->exec_users++;
	}
	path_put(&p);
	return err;
}

static int32_t do_open(int dfd, uptr_t name, uint32_t flags, uint32_t mode)
{
	struct file *f;
	int err;
	char *page = path_from_user(name, &err);

	if (!page)
		return err;
	err = vfs_open(dfd, page, flags, mode, &f);
	page_free(page);
	if (err)
		return err;
	return fd_install(f, 0, (flags & O_CLOEXEC) != 0);
}

int32_t sys_open(const uint32_t a[6]) { return do_open(AT_FDCWD, a[0], a[1], a[2]); }

int32_t sys_openat(const uint32_t a[6]) { return do_open((int)a[0], a[1], a[2], a[3]); }

int32_t sys_creat(const uint32_t a[6])
{
	return do_open(AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1]);
}

int32_t sys_memfd_create(const uint32_t a[6])
{
	char name[250];
	struct file *f;
	int err = strncpy_from_user(name, a[0], sizeof(name));

	if (err == -ENAMETOOLONG || (a[1] & ~(uint32_t)(MFD_CLOEXEC | MFD_ALLOW_SEALING)))
		return -EINVAL;
	if (err < 0)
		return err;
	f = tmpfs_file_new(name, O_RDWR | O_LARGEFILE, &err);
	if (!f)
		return err;
	return fd_install(f, 0, (a[1] & MFD_CLOEXEC) != 0);
}

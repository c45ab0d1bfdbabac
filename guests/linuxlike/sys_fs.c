/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a process stands in the tree: current directory, root, umask. */
#include "fs.h"

struct fsctx *fs_new(void)
{
	struct fsctx *f = kmalloc(sizeof(*f));

	if (!f)
		return NULL;
	f->refs = 1;
	f->umask = 022;
	f->root = f->cwd = (struct path){ mount_root(), mount_root()->root };
	path_get(&f->root);
	path_get(&f->cwd);
	return f;
}

struct fsctx *fs_copy(struct fsctx *f)
{
	struct fsctx *n = kmalloc(sizeof(*n));

	if (!n)
		return NULL;
	*n = *f;
	n->refs = 1;
	path_get(&n->root);
	path_get(&n->cwd);
	return n;
}

void fs_get(struct fsctx *f) { f->refs++; }

void fs_put(struct fsctx *f)
{
	if (--f->refs)
		return;
	path_put(&f->root);
	path_put(&f->cwd);
	kfree(f);
}

int fs_chroot_path(struct fsctx *fs, char *buf, size_t size)
{
	return path_text(&fs->cwd, &fs->root, buf, size);
}

/* Takes over p on success. */
static int set_place(struct path *place, struct path *p)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (!S_ISDIR(i->mode))
		return -ENOTDIR;
	err = inode_permission(i, X_OK);
	if (err)
		return err;
	path_put(place);
	*place = *p;
	return 0;
}

static int32_t change_place(struct path *place, uptr_t name)
{
	struct path p;
	int err = walk_user(AT_FDCWD, name, WALK_FOLLOW, &p);

	if (err)
		return err;
	err = set_place(place, &p);
	if (err)
		path_put(&p);
	return err;
}

int32_t sys_chdir(const uint32_t a[6]) { return change_place(&fs_current()->cwd, a[0]); }

int32_t sys_fchdir(const uint32_t a[6])
{
	struct file *f = fd_get((int)a[0]);
	struct path p;
	int err;

	if (!f)
		return -EBADF;
	p = f->path;
	path_get(&p);
	file_put(f);
	err = set_place(&fs_current()->cwd, &p);
	if (err)
		path_put(&p);
	return err;
}

int32_t sys_chroot(const uint32_t a[6])
{
	struct path p;
	int err = walk_user(AT_FDCWD, a[0], WALK_FOLLOW, &p);

	if (err)
		return err;
	err = task_uid(current) && S_ISDIR(p.dentry->inode->mode) ? -EPERM : 0;
	if (!err)
		err = set_place(&fs_current()->root, &p);
	if (err)
		path_put(&p);
	return err;
}

int32_t sys_getcwd(const uint32_t a[6])
{
	struct fsctx *fs = fs_current();
	char *page;
	int len;

	if (path_is_deleted(&fs->cwd))
		return -ENOENT;
	page = page_alloc();
	if (!page)
		return -ENOMEM;
	len = path_text(&fs->cwd, &fs->root, page, PATH_MAX);
	if (len >= 0) {
		len++; /* the 0 counts */
		if ((uint32_t)len > a[1])
			len = -ERANGE;
		else if (copy_to_user(a[0], page, (size_t)len))
			len = -EFAULT;
	}
	page_free(page);
	return len;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* rename, with all its rules. */
#include "fs.h"

struct rename {
	struct walk from, to;
	struct path old, target; /* target.dentry NULL: the new name is free */
	uint32_t flags;
};

static int rename_types(const struct rename *r)
{
	const struct inode *i = r->old.dentry->inode, *t;

	if ((r->from.slash || (r->to.slash && !r->target.dentry)) && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (!r->target.dentry)
		return 0;
	t = r->target.dentry->inode;
	if (r->flags & RENAME_EXCHANGE)
		return r->to.slash && !S_ISDIR(t->mode) ? -ENOTDIR : 0;
	if (r->to.slash && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (S_ISDIR(i->mode) && !S_ISDIR(t->mode))
		return -ENOTDIR;
	if (!S_ISDIR(i->mode) && S_ISDIR(t->mode))
		return -EISDIR;
	return 0;
}

static int rename_permission(const struct rename *r)
{
	const struct inode *from = r->from.path.dentry->inode, *to = r->to.path.dentry->inode;
	const struct inode *i = r->old.dentry->inode;
	int err = dir_may_delete(from, i);

	if (!err)
		err = r->target.dentry ? dir_may_delete(to, r->target.dentry->inode)
				       : inode_permission(to, W_OK | X_OK);
	/* Another parent: the directory's own ".." is written. */
	if (!err && S_ISDIR(i->mode) && from != to)
		err = inode_permission(i, W_OK);
	return err;
}

static int rename_check(const struct rename *r)
{
	struct dentry *old = r->old.dentry, *target = r->target.dentry;
	int err;

	if (target && (r->flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!target && (r->flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (!r->from.path.dentry->inode->ops->rename)
		return -EPERM;
	/* Into itself, or over one of its own parents. */
	if (dentry_is_below(r->to.path.dentry, old))
		return -EINVAL;
	if (target && dentry_is_below(r->from.path.dentry, target))
		return r->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	err = rename_types(r);
	if (err)
		return err;
	if (r->from.path.mnt->flags & MS_RDONLY)
		return -EROFS;
	if (r->to.path.dentry->inode->nlink == 0)
		return -ENOENT;
	err = rename_permission(r);
	if (err)
		return err;
	if (old->mounts || (target && target->mounts) || r->old.mnt != r->from.path.mnt)
		return -EBUSY;
	return 0;
}

static int rename_found(struct rename *r)
{
	int err = walk_last(&r->to, &r->target);

	if (err && err != -ENOENT)
		return err;
	err = rename_check(r);
	/* Two names of one file: nothing to do, and both stay. */
	if (!err && !(r->target.dentry && r->target.dentry->inode == r->old.dentry->inode))
		err = r->from.path.dentry->inode->ops->rename(
			r->old.dentry, r->to.path.dentry, r->to.last, r->to.last_len,
			r->target.dentry, (r->flags & RENAME_EXCHANGE) != 0);
	path_put(&r->target);
	return err;
}

static int rename_walked(struct rename *r)
{
	int err;

	if (r->from.path.mnt != r->to.path.mnt)
		return -EXDEV;
	if (r->from.type != LAST_NORM)
		return -EBUSY;
	if (r->to.type != LAST_NORM)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = walk_last(&r->from, &r->old);
	if (err)
		return err;
	err = rename_found(r);
	path_put(&r->old);
	return err;
}

static int do_rename(int old_dfd, uptr_t old, int new_dfd, uptr_t new, uint32_t flags)
{
	struct rename r = { .flags = flags };
	char *page;
	int err;

	if ((flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	page = path_from_user(old, &err);
	if (!page)
		return err;
	err = walk_parent(old_dfd, page, &r.from);
	page_free(page);
	if (err)
		return err;
	page = path_from_user(new, &err);
	if (page) {
		err = walk_parent(new_dfd, page, &r.to);
		page_free(page);
		if (!err) {
			err = rename_walked(&r);
			walk_end(&r.to);
		}
	}
	walk_end(&r.from);
	return err;
}

int32_t sys_rename(const uint32_t a[6]) { return do_rename(AT_FDCWD, a[0], AT_FDCWD, a[1], 0); }

int32_t sys_renameat(const uint32_t a[6]) { return do_rename((int)a[0], a[1], (int)a[2], a[3], 0); }

int32_t sys_renameat2(const uint32_t a[6])
{
	return do_rename((int)a[0], a[1], (int)a[2], a[3], a[4]);
}

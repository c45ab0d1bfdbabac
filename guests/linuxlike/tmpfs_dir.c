/* SPDX-License-Identifier: GPL-2.0-only */
/* tmpfs directories: the dentries are the directory. Order, sizes and times as on Linux. */
#include "fs.h"

static int dir_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	struct dentry *d = dentry_child(dir, name, len);

	if (!d)
		return -ENOENT;
	dentry_get(d);
	*out = d;
	return 0;
}

static void dir_changed(struct inode *dir, int names, int subdirs)
{
	dir->size += names * TMPFS_DIRENT_SIZE;
	dir->nlink += (uint32_t)subdirs;
	inode_touch_mtime(dir);
}

static int dir_create(struct dentry *dir, const char *name, size_t len, uint32_t mode,
		      uint32_t rdev, const char *target, struct dentry **out)
{
	struct inode *parent = dir->inode, *i;
	struct dentry *d;
	int err;

	if ((parent->mode & S_ISGID) && S_ISDIR(mode))
		mode |= S_ISGID;
	i = tmpfs_inode(parent->super, mode, rdev, target, &err);
	if (!i)
		return err;
	if (parent->mode & S_ISGID)
		i->gid = parent->gid;
	d = dentry_new(dir, name, len, i);
	if (!d)
		return -ENOMEM;
	dentry_link(d);
	dir_changed(parent, 1, S_ISDIR(mode) ? 1 : 0);
	*out = d;
	return 0;
}

static int dir_link(struct dentry *dir, const char *name, size_t len, struct inode *i)
{
	struct super *sb = i->super;
	struct dentry *d;

	if (sb->max_inodes && sb->nr_inodes >= sb->max_inodes)
		return -ENOSPC;
	inode_get(i);
	d = dentry_new(dir, name, len, i);
	if (!d)
		return -ENOMEM;
	dentry_link(d);
	dentry_put(d);
	i->nlink++;
	i->ctime = time_now();
	dir_changed(dir->inode, 1, 0);
	return 0;
}

static bool dir_empty(const struct dentry *d)
{
	list_for_each (l, &d->children)
		if (!list_entry(l, struct dir_link, link)->cursor)
			return false;
	return true;
}

static int dir_unlink(struct dentry *d)
{
	struct inode *i = d->inode, *parent = d->parent->inode;
	bool dir = S_ISDIR(i->mode);

	if (dir && !dir_empty(d))
		return -ENOTEMPTY;
	i->nlink -= dir ? 2 : 1;
	i->ctime = time_now();
	dir_changed(parent, -1, dir ? -1 : 0);
	dentry_unlink(d);
	return 0;
}

static int dir_exchange(struct dentry *a, struct dentry *b)
{
	bool da = S_ISDIR(a->inode->mode), db = S_ISDIR(b->inode->mode);
	struct inode *pa = a->parent->inode, *pb = b->parent->inode;

	if (pa != pb && da != db) {
		pa->nlink += (uint32_t)db - (uint32_t)da;
		pb->nlink += (uint32_t)da - (uint32_t)db;
	}
	dentry_exchange(a, b);
	inode_touch_mtime(pa);
	inode_touch_mtime(pb);
	a->inode->ctime = b->inode->ctime = time_now();
	return 0;
}

static int dir_rename(struct dentry *old, struct dentry *dir, const char *name, size_t len,
		      struct dentry *target, bool exchange)
{
	bool is_dir = S_ISDIR(old->inode->mode);
	struct inode *from = old->parent->inode;
	int err;

	if (exchange)
		return dir_exchange(old, target);
	if (target && S_ISDIR(target->inode->mode) && !dir_empty(target))
		return -ENOTEMPTY;
	err = dentry_move(old, dir, name, len);
	if (err)
		return err;
	if (target)
		dir_unlink(target);
	dir_changed(from, -1, is_dir ? -1 : 0);
	dir_changed(dir->inode, 1, is_dir ? 1 : 0);
	old->inode->ctime = time_now();
	return 0;
}

static void dir_free(struct inode *i) { i->super->nr_inodes--; }

const struct inode_ops tmpfs_dir_iops = {
	.lookup = dir_lookup,
	.create = dir_create,
	.link = dir_link,
	.unlink = dir_unlink,
	.rename = dir_rename,
	.free = dir_free,
};

bool dir_emit_dots(struct file *f, struct dir_sink *s)
{
	struct dentry *d = f->path.dentry;

	if (f->pos == 0) {
		if (!s->emit(s, ".", 1, d->inode->ino, S_IFDIR, 1))
			return false;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!s->emit(s, "..", 2, d->parent->inode->ino, S_IFDIR, 2))
			return false;
		f->pos = 2;
	}
	return true;
}

/* The cursor stands before the next entry to tell, so names may come and go meanwhile. */
static int dir_readdir(struct file *f, struct dir_sink *s)
{
	struct list *head = &f->path.dentry->children, *at;

	if (!dir_emit_dots(f, s))
		return 0;
	if (f->pos == 2)
		at = head->next;
	else if (!list_empty(&f->cursor.link))
		at = f->cursor.link.next;
	else
		return 0;
	for (; at != head; at = at->next) {
		struct dir_link *l = list_entry(at, struct dir_link, link);
		struct dentry *d = list_entry(l, struct dentry, in_dir);

		if (l->cursor)
			continue;
		if (!s->emit(s, d->name, d->len, d->inode->ino, d->inode->mode, f->pos + 1))
			break;
		f->pos++;
	}
	list_del(&f->cursor.link);
	if (at != head)
		list_add_tail(at, &f->cursor.link);
	inode_touch_atime(&f->path);
	return 0;
}

static off_t dir_lseek(struct file *f, off_t off, int whence)
{
	struct list *head = &f->path.dentry->children, *at;
	off_t n;

	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	if (off == f->pos)
		return off;
	f->pos = off;
	list_del(&f->cursor.link);
	if (off <= 2)
		return off;
	n = off - 2;
	for (at = head->next; at != head; at = at->next)
		if (!list_entry(at, struct dir_link, link)->cursor && n-- == 0)
			break;
	if (at != head)
		list_add_tail(at, &f->cursor.link);
	return off;
}

const struct file_ops tmpfs_dir_fops = {
	.readdir = dir_readdir,
	.lseek = dir_lseek,
	.seekable = true,
};

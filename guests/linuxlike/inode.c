/* SPDX-License-Identifier: GPL-2.0-only */
/* Inodes: references, permissions, times, what stat() tells. */
#include "fs.h"

struct inode *inode_new(struct super *sb, uint32_t mode)
{
	struct inode *i = kmalloc(sizeof(*i));

	if (!i)
		return NULL;
	i->super = sb;
	i->refs = 1;
	i->mode = mode;
	i->nlink = 1;
	i->atime = i->mtime = i->ctime = i->btime = time_now();
	list_init(&i->locks);
	return i;
}

void inode_get(struct inode *i) { i->refs++; }

void inode_put(struct inode *i)
{
	if (--i->refs)
		return;
	if (i->ops && i->ops->free)
		i->ops->free(i);
	kfree(i);
}

struct timespec64 time_now(void)
{
	uint64_t ns = time_real_ns();

	return (struct timespec64){ (int64_t)(ns / 1000000000u), (uint32_t)(ns % 1000000000u) };
}

int inode_permission(const struct inode *i, uint32_t mask)
{
	uint32_t uid = current ? task_uid(current) : 0;
	uint32_t bits = i->mode;

	if (uid == 0) {
		if (!(mask & X_OK) || S_ISDIR(i->mode) || (i->mode & 0111))
			return 0;
		return -EACCES;
	}
	if (uid == i->uid)
		bits >>= 6;
	else if (task_gid(current) == i->gid)
		bits >>= 3;
	return (bits & mask & 7) == (mask & 7) ? 0 : -EACCES;
}

bool inode_owner_or_root(const struct inode *i)
{
	uint32_t uid = current ? task_uid(current) : 0;

	return uid == 0 || uid == i->uid;
}

int dir_may_delete(const struct inode *dir, const struct inode *victim)
{
	int err = inode_permission(dir, W_OK | X_OK);

	if (err)
		return err;
	if ((dir->mode & S_ISVTX) && !inode_owner_or_root(victim) && !inode_owner_or_root(dir))
		return -EPERM;
	return 0;
}

static bool time_le(const struct timespec64 *a, const struct timespec64 *b)
{
	return a->sec < b->sec || (a->sec == b->sec && a->nsec <= b->nsec);
}

/* relatime: only if the access time would otherwise lie before the last change, or a day back. */
void inode_touch_atime(const struct path *p)
{
	struct inode *i = p->dentry->inode;
	uint32_t flags = p->mnt->flags;
	struct timespec64 now;

	if (i->super->type->read_only_tree || (flags & (MS_NOATIME | MS_RDONLY)))
		return;
	if ((flags & MS_NODIRATIME) && S_ISDIR(i->mode))
		return;
	now = time_now();
	if ((flags & MS_RELATIME) && !time_le(&i->atime, &i->mtime) &&
	    !time_le(&i->atime, &i->ctime) && now.sec - i->atime.sec < 24 * 3600)
		return;
	i->atime = now;
}

void inode_touch_mtime(struct inode *i) { i->mtime = i->ctime = time_now(); }

void inode_stat(struct dentry *d, struct kstat *st)
{
	const struct inode *i = d->inode;

	memset(st, 0, sizeof(*st));
	st->dev = i->super->dev;
	st->ino = i->ino;
	st->mode = i->mode;
	st->nlink = i->nlink;
	st->uid = i->uid;
	st->gid = i->gid;
	st->rdev = i->rdev;
	st->size = i->size;
	st->blksize = FS_PAGE;
	st->blocks = i->pages * (FS_PAGE / 512);
	st->atime = i->atime;
	st->mtime = i->mtime;
	st->ctime = i->ctime;
	st->btime = i->btime;
	if (i->ops && i->ops->getattr)
		i->ops->getattr(d, st);
}

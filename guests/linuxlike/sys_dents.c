/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading directories, in both layouts. */
#include "fs.h"

struct dents {
	struct dir_sink sink;
	uptr_t to;
	uint32_t left, done;
	uptr_t last_off; /* where the record before keeps its offset */
	bool wide;
	int err;
};

/* A record tells where the next one begins, so its offset is the position after it. */
static bool emit(struct dir_sink *s, const char *name, size_t len, uint64_t ino, uint32_t mode,
		 off_t pos)
{
	struct dents *d = (struct dents *)s;
	uint8_t type = (uint8_t)(mode >> 12), buf[NAME_MAX + 32] = { 0 };
	size_t head =
		d->wide ? offsetof(struct dirent64_abi, name) : offsetof(struct dirent_abi, name);
	/* The narrow record keeps its type in its last byte. */
	size_t reclen = d->wide ? (head + len + 1 + 7) & ~7u : (head + len + 2 + 3) & ~3u;

	if (reclen > d->left) {
		d->err = -EINVAL; /* only if nothing fitted */
		return false;
	}
	if (d->wide) {
		struct dirent64_abi *r = (struct dirent64_abi *)buf;

		r->ino = ino;
		r->off = pos;
		r->reclen = (uint16_t)reclen;
		r->type = type;
	} else {
		struct dirent_abi *r = (struct dirent_abi *)buf;

		r->ino = (uint32_t)ino;
		r->off = (uint32_t)pos;
		r->reclen = (uint16_t)reclen;
		buf[reclen - 1] = type;
	}
	memcpy(buf + head, name, len);
	if (copy_to_user(d->to, buf, reclen)) {
		d->err = -EFAULT;
		return false;
	}
	d->to += (uptr_t)reclen;
	d->left -= (uint32_t)reclen;
	d->done += (uint32_t)reclen;
	return true;
}

static int32_t do_getdents(const uint32_t a[6], bool wide)
{
	struct dents d = { .sink = { emit }, .to = a[1], .left = a[2], .wide = wide };
	struct file *f = fd_get((int)a[0]);
	int err;

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH)
		err = -EBADF;
	else if (!f->ops->readdir)
		err = -ENOTDIR;
	else if (S_ISDIR(f->inode->mode) && f->inode->nlink == 0)
		err = -ENOENT; /* removed meanwhile */
	else
		err = f->ops->readdir(f, &d.sink);
	file_put(f);
	if (d.done)
		return (int32_t)d.done;
	return err ? err : d.err;
}

int32_t sys_getdents(const uint32_t a[6]) { return do_getdents(a, false); }

int32_t sys_getdents64(const uint32_t a[6]) { return do_getdents(a, true); }

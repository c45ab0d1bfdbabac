/* SPDX-License-Identifier: GPL-2.0-only */
/* Open files: references, reading and writing, and what exec and mmap ask of them. */
#include "fs.h"

struct uio uio_kernel(void *p, size_t n)
{
	struct uio u = { .user = false, .len = n };

	u.kaddr = p;
	return u;
}

struct uio uio_user(uptr_t p, size_t n)
{
	struct uio u = { .user = true, .len = n };

	u.uaddr = p;
	return u;
}

/* The next stretch of at most n bytes that lies in one piece. */
static size_t uio_stretch(struct uio *u, size_t n)
{
	if (!u->iov)
		return n;
	while (u->seg == 0) {
		u->uaddr = u->iov->base;
		u->seg = u->iov->len;
		u->iov++;
	}
	return n < u->seg ? n : u->seg;
}

static void uio_advance(struct uio *u, size_t n)
{
	if (u->user)
		u->uaddr += (uptr_t)n;
	else
		u->kaddr = (char *)u->kaddr + n;
	if (u->iov)
		u->seg -= (uint32_t)n;
	u->len -= n;
}

int uio_put(struct uio *u, const void *src, size_t n)
{
	const char *p = src;

	while (n) {
		size_t k = uio_stretch(u, n);

		if (!u->user)
			memcpy(u->kaddr, p, k);
		else if (copy_to_user(u->uaddr, p, k))
			return -EFAULT;
		uio_advance(u, k);
		p += k;
		n -= k;
	}
	return 0;
}

int uio_get(struct uio *u, void *dst, size_t n)
{
	char *p = dst;

	while (n) {
		size_t k = uio_stretch(u, n);

		if (!u->user)
			memcpy(p, u->kaddr, k);
		else if (copy_from_user(p, u->uaddr, k))
			return -EFAULT;
		uio_advance(u, k);
		p += k;
		n -= k;
	}
	return 0;
}

void file_get(struct file *f) { f->refs++; }

void file_put(struct file *f)
{
	if (--f->refs)
		return;
	lock_file_released(f);
	if (f->ops->release)
		f->ops->release(f);
	list_del(&f->cursor.link);
	if (f->exec)
		f->inode->exec_users--;
	else if ((f->flags & O_ACCMODE) != O_RDONLY && S_ISREG(f->inode->mode) &&
		 !(f->flags & O_PATH))
		f->inode->writers--;
	inode_put(f->inode);
	path_put(&f->path);
	kfree(f);
}

bool file_readable(struct file *f)
{
	return (f->flags & O_ACCMODE) != O_WRONLY && !(f->flags & O_PATH);
}

bool file_writable(struct file *f)
{
	return (f->flags & O_ACCMODE) != O_RDONLY && !(f->flags & O_PATH);
}

ssize_t file_read(struct file *f, struct uio *u, off_t *pos)
{
	ssize_t n;

	if (!file_readable(f))
		return -EBADF;
	if (S_ISDIR(f->inode->mode))
		return -EISDIR;
	if (!f->ops->read)
		return -EINVAL;
	if (u->len > 0x7ffff000u)
		u->len = 0x7ffff000u;
	n = f->ops->read(f, u, pos);
	if (n >= 0 && f->ops->seekable && !(f->flags & O_NOATIME))
		inode_touch_atime(&f->path);
	return n;
}

ssize_t file_write(struct file *f, struct uio *u, off_t *pos)
{
	if (!file_writable(f))
		return -EBADF;
	if (!f->ops->write)
		return -EINVAL;
	if (u->len > 0x7ffff000u)
		u->len = 0x7ffff000u;
	return f->ops->write(f, u, pos);
}

ssize_t file_pread(struct file *f, void *buf, size_t n, off_t pos)
{
	struct uio u = uio_kernel(buf, n);

	return file_read(f, &u, &pos);
}

off_t file_size(struct file *f) { return f->inode->size; }

bool file_mappable(struct file *f) { return f->ops->object != NULL && file_readable(f); }

/* --- what a mapping of it shows */

static int object_get(struct vm_object *o, uint32_t n, uint32_t want, struct vm_page *p)
{
	struct file *f = o->user;

	p->rights = TAGMA_RWX;
	return f->ops->page(f, n, !(want & VM_PEEK), &p->frame);
}

/* The file keeps its pages. */
static int object_drop(struct vm_object *o, uint32_t n)
{
	vm_changed(o, n);
	return 0;
}

static void object_free(struct vm_object *o)
{
	struct file *f = o->user;

	f->object = NULL;
	file_put(f);
}

static const struct vm_ops file_object_ops = { object_get, object_drop, object_free };

struct vm_object *file_pages_object(struct file *f, uint32_t pages)
{
	(void)pages; /* it may grow */
	if (f->object) {
		vm_get(f->object);
		return f->object;
	}
	f->object = vm_object_new(&file_object_ops, UINT32_MAX, NULL, 0);
	if (f->object) {
		f->object->user = f;
		file_get(f);
	}
	return f->object;
}

struct vm_object *file_object(struct file *f, uint32_t pages) { return f->ops->object(f, pages); }

struct file *region_file(const struct vm_region *r)
{
	return r->object && r->object->ops == &file_object_ops ? r->object->user : NULL;
}

uint64_t file_ino(struct file *f) { return f->inode->ino; }

uint32_t file_dev(struct file *f) { return f->inode->super->dev; }

size_t file_path(struct file *f, char *buf, size_t size)
{
	static const char gone[] = " (deleted)";
	int len = path_text(&f->path, &fs_current()->root, buf, size);

	if (len < 0) {
		buf[0] = 0;
		return 0;
	}
	if (path_is_deleted(&f->path) && (size_t)len + sizeof(gone) <= size) {
		memcpy(buf + len, gone, sizeof(gone));
		len += (int)sizeof(gone) - 1;
	}
	return (size_t)len;
}

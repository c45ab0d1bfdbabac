/* SPDX-License-Identifier: GPL-2.0-only */
/* read, write and their vector and positional forms; seeking; copying between files. */
#include "fs.h"

static off_t arg64(uint32_t lo, uint32_t hi) { return (off_t)((uint64_t)hi << 32 | lo); }

static int32_t transfer(int fd, struct uio *u, bool write)
{
	struct file *f = fd_get(fd);
	ssize_t n;

	if (!f)
		return -EBADF;
	n = write ? file_write(f, u, &f->pos) : file_read(f, u, &f->pos);
	file_put(f);
	return (int32_t)n;
}

int32_t sys_read(const uint32_t a[6])
{
	struct uio u = uio_user(a[1], a[2]);

	return transfer((int)a[0], &u, false);
}

int32_t sys_write(const uint32_t a[6])
{
	struct uio u = uio_user(a[1], a[2]);

	return transfer((int)a[0], &u, true);
}

static int32_t transfer_at(int fd, struct uio *u, off_t pos, bool write)
{
	struct file *f = fd_get(fd);
	ssize_t n;

	if (!f)
		return -EBADF;
	if (pos < 0)
		n = -EINVAL;
	else if (!f->ops->seekable && !f->ops->lseek)
		n = -ESPIPE;
	else
		n = write ? file_write(f, u, &pos) : file_read(f, u, &pos);
	file_put(f);
	return (int32_t)n;
}

int32_t sys_pread64(const uint32_t a[6])
{
	struct uio u = uio_user(a[1], a[2]);

	return transfer_at((int)a[0], &u, arg64(a[3], a[4]), false);
}

int32_t sys_pwrite64(const uint32_t a[6])
{
	struct uio u = uio_user(a[1], a[2]);

	return transfer_at((int)a[0], &u, arg64(a[3], a[4]), true);
}

/* The vector is copied once; page_free(u->iov) is the caller's, through *page. */
static int uio_vector(struct uio *u, uptr_t iov, uint32_t n, void **page)
{
	struct iovec_abi *v;
	uint64_t total = 0;

	*u = uio_user(0, 0);
	*page = NULL;
	if (n > IOV_MAX)
		return -EINVAL;
	v = kmalloc((n + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	*page = v;
	if (copy_from_user(v, iov, n * sizeof(*v)))
		return -EFAULT;
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].len > INT32_MAX)
			return -EINVAL;
		total += v[i].len;
	}
	u->len = total > 0x7ffff000u ? 0x7ffff000u : (size_t)total;
	u->iov = v;
	return 0;
}

static int32_t transfer_vector(const uint32_t a[6], bool at, bool write)
{
	struct uio u;
	void *v;
	int32_t ret = uio_vector(&u, a[1], a[2], &v);

	if (!ret && at)
		ret = transfer_at((int)a[0], &u, arg64(a[3], a[4]), write);
	else if (!ret)
		ret = transfer((int)a[0], &u, write);
	kfree(v);
	return ret;
}

int32_t sys_readv(const uint32_t a[6]) { return transfer_vector(a, false, false); }

int32_t sys_writev(const uint32_t a[6]) { return transfer_vector(a, false, true); }

int32_t sys_preadv(const uint32_t a[6]) { return transfer_vector(a, true, false); }

int32_t sys_pwritev(const uint32_t a[6]) { return transfer_vector(a, true, true); }

/* --- seeking */

static off_t seek_generic(struct file *f, off_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence == SEEK_END)
		off += f->inode->size;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	f->pos = off;
	return off;
}

static off_t do_lseek(int fd, off_t off, uint32_t whence)
{
	struct file *f = fd_get(fd);
	off_t ret;

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH)
		ret = -EBADF;
	else if (!f->ops->seekable && !f->ops->lseek)
		ret = -ESPIPE;
	else if (whence > SEEK_HOLE)
		ret = -EINVAL;
	else if (f->ops->lseek)
		ret = f->ops->lseek(f, off, (int)whence);
	else
		ret = seek_generic(f, off, (int)whence);
	file_put(f);
	return ret;
}

int32_t sys_lseek(const uint32_t a[6])
{
	off_t ret = do_lseek((int)a[0], (int32_t)a[1], a[2]);

	return ret > INT32_MAX ? -EOVERFLOW : (int32_t)ret;
}

int32_t sys_llseek(const uint32_t a[6])
{
	off_t ret = do_lseek((int)a[0], arg64(a[2], a[1]), a[4]);

	if (ret < 0)
		return (int32_t)ret;
	return copy_to_user(a[3], &ret, sizeof(ret));
}

/* --- sendfile: through one page of the server's */

/* -errno only if nothing was copied. What the output did not take is not skipped in the input. */
static ssize_t copy_files(struct file *in, off_t *pos, struct file *out, size_t count)
{
	ssize_t done = 0;
	void *page = page_alloc();

	if (!page)
		return -ENOMEM;
	while (count) {
		struct uio u = uio_kernel(page, count < FS_PAGE ? count : FS_PAGE);
		off_t start = *pos;
		ssize_t n = file_read(in, &u, pos), w;

		if (n <= 0) {
			done = done ? done : n;
			break;
		}
		u = uio_kernel(page, (size_t)n);
		w = file_write(out, &u, &out->pos);
		*pos = start + (w > 0 ? w : 0);
		if (w < 0) {
			done = done ? done : w;
			break;
		}
		done += w;
		count -= (size_t)w;
		if (w < n)
			break;
	}
	page_free(page);
	return done;
}

static int32_t do_sendfile(int out_fd, int in_fd, off_t *pos, uint32_t count)
{
	struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
	ssize_t ret;

	if (count > 0x7ffff000u)
		count = 0x7ffff000u;
	if (!in || !out || !file_readable(in) || !file_writable(out))
		ret = -EBADF;
	else if (!in->ops->seekable)
		ret = pos ? -ESPIPE : -EINVAL;
	else if (out->flags & O_APPEND)
		ret = -EINVAL;
	else if (pos && *pos < 0)
		ret = -EINVAL;
	else
		ret = copy_files(in, pos ? pos : &in->pos, out, count);
	if (in)
		file_put(in);
	if (out)
		file_put(out);
	return (int32_t)ret;
}

int32_t sys_sendfile(const uint32_t a[6])
{
	int32_t at, ret;
	off_t pos;

	if (!a[2])
		return do_sendfile((int)a[0], (int)a[1], NULL, a[3]);
	if (copy_from_user(&at, a[2], sizeof(at)))
		return -EFAULT;
	pos = at;
	ret = do_sendfile((int)a[0], (int)a[1], &pos, a[3]);
	at = (int32_t)pos;
	return copy_to_user(a[2], &at, sizeof(at)) ? -EFAULT : ret;
}

int32_t sys_sendfile64(const uint32_t a[6])
{
	int32_t ret;
	off_t pos;

	if (!a[2])
		return do_sendfile((int)a[0], (int)a[1], NULL, a[3]);
	if (copy_from_user(&pos, a[2], sizeof(pos)))
		return -EFAULT;
	ret = do_sendfile((int)a[0], (int)a[1], &pos, a[3]);
	return copy_to_user(a[2], &pos, sizeof(pos)) ? -EFAULT : ret;
}

/* --- nothing is ever unwritten */

int32_t sys_sync(const uint32_t a[6])
{
	(void)a;
	return 0;
}

int32_t sys_fsync(const uint32_t a[6])
{
	struct file *f = fd_get((int)a[0]);
	int32_t ret = 0;

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH)
		ret = -EBADF;
	else if (!S_ISREG(f->inode->mode) && !S_ISDIR(f->inode->mode))
		ret = -EINVAL;
	file_put(f);
	return ret;
}

int32_t sys_fadvise64(const uint32_t a[6])
{
	struct file *f = fd_get((int)a[0]);
	int32_t ret;

	if (!f)
		return -EBADF;
	ret = S_ISFIFO(f->inode->mode) ? -ESPIPE : 0;
	file_put(f);
	return ret;
}

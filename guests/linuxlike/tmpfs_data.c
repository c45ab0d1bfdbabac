/* SPDX-License-Identifier: GPL-2.0-only */
/* tmpfs files: a file is its pages. */
#include "fs.h"

#define MAX_SIZE ((int64_t)1 << 44) /* page offsets have 32 bits */

static const uint8_t zero_page[FS_PAGE];

static void *find_page(const struct inode *i, int64_t pos)
{
	return ptree_get(&i->data.pages, (uint32_t)(pos / FS_PAGE));
}

/* Who has it mapped gets SIGBUS from now on. */
static void page_gone(void *arg, void *page)
{
	struct inode *i = arg;

	if (i->data.mapped)
		vm_revoke(page);
	page_free(page);
	i->pages--;
	tmpfs_uncharge(i->super);
}

/* From page `first` up to, not including, `end`. */
static void free_pages(struct inode *i, int64_t first, int64_t end)
{
	if (first < end)
		ptree_clear(&i->data.pages, (uint32_t)first, (uint32_t)(end - 1), page_gone, i);
}

/* The page at index, made if it is a hole; NULL: no space. No reference. */
static void *data_page(struct inode *i, uint32_t index)
{
	void *page = ptree_get(&i->data.pages, index);
	void **slot;

	if (page)
		return page;
	if (!tmpfs_charge(i->super))
		return NULL;
	slot = ptree_slot(&i->data.pages, index);
	page = slot ? page_alloc() : NULL;
	if (!page) {
		tmpfs_uncharge(i->super);
		return NULL;
	}
	*slot = page;
	i->pages++;
	return page;
}

static ssize_t data_read(struct file *f, struct uio *u, off_t *pos)
{
	struct inode *i = f->inode;
	ssize_t done = 0;

	while (u->len && *pos < i->size) {
		uint32_t off = (uint32_t)(*pos % FS_PAGE);
		size_t n = FS_PAGE - off;
		void *page = find_page(i, *pos);
		int err;

		if (n > u->len)
			n = u->len;
		if ((int64_t)n > i->size - *pos)
			n = (size_t)(i->size - *pos);
		if (page)
			page_get(page); /* the copy may sleep, and the file be cut meanwhile */
		err = uio_put(u, (page ? (const uint8_t *)page : zero_page) + off, n);
		if (page)
			page_free(page);
		if (err)
			return done ? done : err;
		*pos += (off_t)n;
		done += (ssize_t)n;
	}
	return done;
}

static ssize_t data_write_page(struct inode *i, struct uio *u, off_t pos, size_t n)
{
	void *page = data_page(i, (uint32_t)(pos / FS_PAGE));
	int err;

	if (!page)
		return -ENOSPC;
	page_get(page);
	err = uio_get(u, (uint8_t *)page + pos % FS_PAGE, n);
	page_free(page);
	if (err)
		return err;
	if (pos + (off_t)n > i->size)
		i->size = pos + (off_t)n;
	return (ssize_t)n;
}

static ssize_t data_write(struct file *f, struct uio *u, off_t *pos)
{
	struct inode *i = f->inode;
	ssize_t done = 0;

	if (f->flags & O_APPEND)
		*pos = i->size;
	if (!u->len)
		return 0;
	if (*pos >= MAX_SIZE)
		return -EFBIG;
	if (current && task_uid(current))
		i->mode &= ~(uint32_t)(S_ISUID | ((i->mode & 010) ? S_ISGID : 0));
	inode_touch_mtime(i);
	while (u->len && *pos < MAX_SIZE) {
		size_t n = FS_PAGE - (size_t)(*pos % FS_PAGE);
		ssize_t k;

		if (n > u->len)
			n = u->len;
		k = data_write_page(i, u, *pos, n);
		if (k < 0)
			return done ? done : k;
		*pos += k;
		done += k;
	}
	return done;
}

static void zero_range(struct inode *i, int64_t from, int64_t to)
{
	while (from < to) {
		int64_t end = (from / FS_PAGE + 1) * FS_PAGE;
		uint8_t *page = find_page(i, from);

		if (end > to)
			end = to;
		if (page)
			memset(page + from % FS_PAGE, 0, (size_t)(end - from));
		from = end;
	}
}

static int data_truncate(struct inode *i, int64_t size)
{
	if (size > MAX_SIZE)
		return -EFBIG;
	if (size < i->size) {
		/* Zero the rest of the last page: a later extension must read zeros. */
		if (size % FS_PAGE)
			zero_range(i, size, (size / FS_PAGE + 1) * FS_PAGE);
		free_pages(i, (size + FS_PAGE - 1) / FS_PAGE, MAX_SIZE / FS_PAGE);
	}
	i->size = size;
	return 0;
}

static void punch_hole(struct inode *i, int64_t off, int64_t end)
{
	int64_t first = (off + FS_PAGE - 1) / FS_PAGE * FS_PAGE, last = end / FS_PAGE * FS_PAGE;

	if (first > last) {
		zero_range(i, off, end);
		return;
	}
	zero_range(i, off, first);
	zero_range(i, last, end);
	free_pages(i, first / FS_PAGE, last / FS_PAGE);
}

static int data_fallocate(struct inode *i, uint32_t mode, int64_t off, int64_t len)
{
	int64_t end = off + len;

	if (mode & ~(uint32_t)(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE) {
		if (!(mode & FALLOC_FL_KEEP_SIZE))
			return -EOPNOTSUPP;
		punch_hole(i, off, end);
		return 0;
	}
	if (end > MAX_SIZE || end < off)
		return -EFBIG;
	if ((uint64_t)len / FS_PAGE > page_count_free())
		return -ENOSPC;
	for (int64_t at = off / FS_PAGE; at * FS_PAGE < end; at++)
		if (!data_page(i, (uint32_t)at))
			return -ENOSPC;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > i->size)
		i->size = end;
	i->ctime = time_now();
	return 0;
}

/* SEEK_DATA and SEEK_HOLE. */
static off_t data_seek(struct inode *i, off_t off, bool hole)
{
	uint32_t n = (uint32_t)(off / FS_PAGE);

	if (off < 0 || off >= i->size)
		return -ENXIO;
	if (hole)
		while (ptree_get(&i->data.pages, n))
			n++;
	else if (!ptree_next(&i->data.pages, &n, (uint32_t)((i->size - 1) / FS_PAGE)))
		return -ENXIO;
	if (n != (uint32_t)(off / FS_PAGE))
		off = (off_t)n * FS_PAGE;
	return off < i->size ? off : i->size;
}

static off_t data_lseek(struct file *f, off_t off, int whence)
{
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		off += f->pos;
		break;
	case SEEK_END:
		off += f->inode->size;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		off = data_seek(f->inode, off, whence == SEEK_HOLE);
		if (off < 0)
			return off;
		break;
	default:
		return -EINVAL;
	}
	if (off < 0 || off > MAX_SIZE)
		return -EINVAL;
	f->pos = off;
	return off;
}

static int data_mmap_page(struct file *f, uint32_t pgoff, bool make, void **page)
{
	struct inode *i = f->inode;

	if ((int64_t)pgoff * FS_PAGE >= i->size)
		return -ENXIO;
	*page = make ? data_page(i, pgoff) : ptree_get(&i->data.pages, pgoff);
	return *page ? 0 : -ENOSPC;
}

static struct vm_object *data_object(struct file *f, uint32_t pages)
{
	f->inode->data.mapped = true;
	return file_pages_object(f, pages);
}

static void data_free(struct inode *i)
{
	i->data.mapped = false; /* a mapping would hold the file */
	free_pages(i, 0, MAX_SIZE / FS_PAGE);
	i->super->nr_inodes--;
}

const struct inode_ops tmpfs_reg_iops = {
	.truncate = data_truncate,
	.fallocate = data_fallocate,
	.free = data_free,
};

const struct file_ops tmpfs_reg_fops = {
	.read = data_read,
	.write = data_write,
	.lseek = data_lseek,
	.object = data_object,
	.page = data_mmap_page,
	.seekable = true,
};

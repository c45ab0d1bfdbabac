/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmpfs files: a file is its pages, in a radix tree whose nodes are pages of
 * pointers. Height 0: the root pointer is the only data page itself.
 */
#include "fs.h"

#define FANOUT_SHIFT (sizeof(void *) == 8 ? 9u : 10u)
#define FANOUT (1u << FANOUT_SHIFT)
_Static_assert(FANOUT * sizeof(void *) == FS_PAGE, "a node is a page");
#define MAX_SIZE ((int64_t)1 << 44) /* page offsets have 32 bits */

static const uint8_t zero_page[FS_PAGE];

static uint64_t tree_span(uint32_t height) { return 1ull << height * FANOUT_SHIFT; }

static uint32_t slot_of(uint32_t index, uint32_t height)
{
	return index >> height * FANOUT_SHIFT & (FANOUT - 1);
}

static void *tree_find(const struct inode *i, uint32_t index)
{
	uint32_t height = i->data.height;
	void *node = i->data.tree;

	if (index >= tree_span(height))
		return NULL;
	while (node && height)
		node = ((void **)node)[slot_of(index, --height)];
	return node;
}

/* The slot for a page; makes the nodes on the way. NULL: out of memory. */
static void **tree_slot(struct inode *i, uint32_t index)
{
	void **slot = &i->data.tree;

	while (index >= tree_span(i->data.height)) {
		if (i->data.tree) {
			void **top = page_alloc();

			if (!top)
				return NULL;
			top[0] = i->data.tree;
			i->data.tree = top;
		}
		i->data.height++;
	}
	for (uint32_t height = i->data.height; height;) {
		if (!*slot)
			*slot = page_alloc();
		if (!*slot)
			return NULL;
		slot = &((void **)*slot)[slot_of(index, --height)];
	}
	return slot;
}

/* Free all pages with index in [from, to); true when the node became empty and is gone. */
static bool node_free(struct inode *i, void **slot, uint32_t height, uint64_t from, uint64_t to)
{
	bool empty = true;

	if (!*slot)
		return true;
	if (height == 0) {
		page_free(*slot);
		*slot = NULL;
		i->pages--;
		tmpfs_uncharge(i->super);
		return true;
	}
	for (uint64_t k = 0, span = tree_span(height - 1); k < FANOUT; k++) {
		uint64_t lo = k * span, hi = lo + span;
		void **child = &((void **)*slot)[k];

		if (!*child)
			continue;
		if (hi <= from || lo >= to ||
		    !node_free(i, child, height - 1, from > lo ? from - lo : 0,
			       to < hi ? to - lo : span))
			empty = false;
	}
	if (empty) {
		page_free(*slot);
		*slot = NULL;
	}
	return empty;
}

static void tree_free_range(struct inode *i, uint64_t from, uint64_t to)
{
	uint64_t span = tree_span(i->data.height);

	if (to > span)
		to = span;
	if (from >= to)
		return;
	if (node_free(i, &i->data.tree, i->data.height, from, to))
		i->data.height = 0;
}

/* The page at index, made if it is a hole; NULL: no space. No reference. */
static void *data_page(struct inode *i, uint32_t index)
{
	void *page = tree_find(i, index);
	void **slot;

	if (page)
		return page;
	if (!tmpfs_charge(i->super))
		return NULL;
	slot = tree_slot(i, index);
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
		void *page = tree_find(i, (uint32_t)(*pos / FS_PAGE));
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
		uint8_t *page = tree_find(i, (uint32_t)(from / FS_PAGE));

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
		tree_free_range(i, (uint64_t)(size + FS_PAGE - 1) / FS_PAGE, UINT64_MAX);
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
	tree_free_range(i, (uint64_t)first / FS_PAGE, (uint64_t)last / FS_PAGE);
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

/* SEEK_DATA and SEEK_HOLE, page by page. */
static off_t data_seek(struct inode *i, off_t off, bool hole)
{
	if (off < 0 || off >= i->size)
		return -ENXIO;
	while (off < i->size) {
		uint64_t span = tree_span(i->data.height);
		bool beyond = (uint64_t)off / FS_PAGE >= span || !i->data.tree;

		if (beyond)
			return hole ? off : -ENXIO;
		if ((tree_find(i, (uint32_t)(off / FS_PAGE)) == NULL) == hole)
			return off;
		off = (off / FS_PAGE + 1) * FS_PAGE;
	}
	return hole ? i->size : -ENXIO;
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

static void *data_mmap_page(struct file *f, uint32_t pgoff, int *err)
{
	void *page;

	*err = -ENXIO;
	if ((int64_t)pgoff * FS_PAGE >= f->inode->size)
		return NULL;
	page = data_page(f->inode, pgoff);
	*err = page ? 0 : -ENOSPC;
	if (page)
		page_get(page);
	return page;
}

static void data_free(struct inode *i)
{
	tree_free_range(i, 0, UINT64_MAX);
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
	.page = data_mmap_page,
	.seekable = true,
};

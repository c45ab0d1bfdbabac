/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unpacking an initramfs: cpio archives of the "newc" format, one after another, with
 * zeros between. The archive comes from outside: every length is checked first.
 */
#include "fs.h"

#define HEADER 110u
#define HARD_LINKS 256u

struct entry {
	uint32_t ino, mode, uid, gid, nlink, mtime, size, maj, min, rmaj, rmin, namesize;
	const char *name;
	const uint8_t *data;
};

/* Names of files with several links, until the last one has come. */
static struct {
	uint32_t ino, maj, min;
	const char *name;
} seen[HARD_LINKS];
static uint32_t nr_seen;

static int hex8(const uint8_t *p, uint32_t *v)
{
	*v = 0;
	for (int i = 0; i < 8; i++) {
		uint8_t c = p[i] | 0x20;

		if (p[i] >= '0' && p[i] <= '9')
			*v = *v << 4 | (uint32_t)(p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			*v = *v << 4 | (uint32_t)(c - 'a' + 10);
		else
			return -EINVAL;
	}
	return 0;
}

/* Bytes of the whole entry, or -EINVAL. */
static int64_t entry_read(const uint8_t *p, size_t len, struct entry *e)
{
	uint32_t *field[12] = { &e->ino,  &e->mode, &e->uid, &e->gid,  &e->nlink, &e->mtime,
				&e->size, &e->maj,  &e->min, &e->rmaj, &e->rmin,  &e->namesize };
	uint64_t data, end;

	if (len < HEADER || (memcmp(p, "070701", 6) && memcmp(p, "070702", 6)))
		return -EINVAL;
	for (int i = 0; i < 12; i++)
		if (hex8(p + 6 + 8 * i, field[i]))
			return -EINVAL;
	data = ((uint64_t)HEADER + e->namesize + 3) & ~3ull;
	end = data + e->size;
	if (!e->namesize || e->namesize > PATH_MAX || end > len || p[HEADER + e->namesize - 1])
		return -EINVAL;
	e->name = (const char *)p + HEADER;
	e->data = p + data;
	end = (end + 3) & ~3ull;
	return (int64_t)(end > len ? len : end);
}

static int put_data(const struct entry *e)
{
	struct file *f;
	struct uio u = uio_kernel((void *)(uintptr_t)e->data, e->size);
	int err = vfs_open(AT_FDCWD, e->name, O_CREAT | O_WRONLY | O_TRUNC, e->mode & 07777, &f);
	ssize_t n;

	if (err)
		return err;
	f->inode->mode = e->mode;
	n = e->size ? file_write(f, &u, &f->pos) : 0;
	file_put(f);
	return n < 0 ? (int)n : (size_t)n < e->size ? -ENOSPC : 0;
}

static const char *link_known(const struct entry *e)
{
	for (uint32_t i = 0; i < nr_seen; i++)
		if (seen[i].ino == e->ino && seen[i].maj == e->maj && seen[i].min == e->min)
			return seen[i].name;
	if (nr_seen < HARD_LINKS) {
		seen[nr_seen].ino = e->ino;
		seen[nr_seen].maj = e->maj;
		seen[nr_seen].min = e->min;
		seen[nr_seen++].name = e->name;
	}
	return NULL;
}

static int put_file(const struct entry *e)
{
	const char *known = e->nlink > 1 ? link_known(e) : NULL;
	struct path p;
	int err;

	if (known && strcmp(known, e->name)) {
		err = walk_path(AT_FDCWD, known, 0, &p);
		if (err)
			return err;
		vfs_unlink(AT_FDCWD, e->name, false);
		err = vfs_link(&p, AT_FDCWD, e->name);
		path_put(&p);
		/* newc gives the data with the last name of a file. */
		if (err || !e->size)
			return err;
	}
	return put_data(e);
}

static int put_symlink(const struct entry *e)
{
	char *target;
	int err;

	if (!e->size || e->size >= PATH_MAX)
		return -EINVAL;
	target = page_alloc();
	if (!target)
		return -ENOMEM;
	memcpy(target, e->data, e->size);
	vfs_unlink(AT_FDCWD, e->name, false);
	err = vfs_create(AT_FDCWD, e->name, S_IFLNK | 0777, 0, target);
	page_free(target);
	return err;
}

static int put_node(const struct entry *e)
{
	int err = vfs_create(AT_FDCWD, e->name, e->mode, MKDEV(e->rmaj & 0xfff, e->rmin & 0xfffff),
			     NULL);

	return err == -EEXIST && S_ISDIR(e->mode) ? 0 : err;
}

static int set_attributes(const struct entry *e)
{
	struct path p;
	struct inode *i;
	int err = walk_path(AT_FDCWD, e->name, 0, &p);

	if (err)
		return err;
	i = p.dentry->inode;
	i->uid = e->uid;
	i->gid = e->gid;
	if (!S_ISLNK(e->mode))
		i->mode = (i->mode & S_IFMT) | (e->mode & 07777);
	i->atime = i->mtime = (struct timespec64){ e->mtime, 0 };
	path_put(&p);
	return 0;
}

static int entry_put(const struct entry *e)
{
	int err;

	switch (e->mode & S_IFMT) {
	case S_IFREG:
		err = put_file(e);
		break;
	case S_IFLNK:
		err = put_symlink(e);
		break;
	case S_IFDIR:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		err = put_node(e);
		break;
	default:
		return -EINVAL;
	}
	return err ? err : set_attributes(e);
}

/* Directories get their times once more at the end: what came into them changed these. */
static int unpack_pass(const uint8_t *p, size_t len, bool directories)
{
	while (len) {
		struct entry e;
		int64_t n;
		int err = 0;

		if (*p == 0) {
			p++;
			len--;
			continue;
		}
		n = entry_read(p, len, &e);
		if (n < 0) {
			printk("initramfs: damaged archive, %u bytes before its end\n",
			       (uint32_t)len);
			return -EINVAL;
		}
		if (!strcmp(e.name, "TRAILER!!!"))
			nr_seen = 0;
		else if (!directories)
			err = entry_put(&e);
		else if (S_ISDIR(e.mode))
			err = set_attributes(&e);
		if (err) {
			printk("initramfs: %s: error %d\n", e.name, -err);
			return err;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int cpio_unpack(const uint8_t *p, size_t len)
{
	int err;

	nr_seen = 0;
	err = unpack_pass(p, len, false);
	return err ? err : unpack_pass(p, len, true);
}

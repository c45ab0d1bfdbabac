/* SPDX-License-Identifier: GPL-2.0-only */
/* tmpfs: inodes, limits, mount options. Directories: tmpfs_dir.c; pages: tmpfs_data.c. */
#include <stdio.h>
#include "fs.h"

#define TMPFS_MAGIC 0x01021994u
#define SHORT_LINK 128u	    /* longer targets take a page, as on Linux */
#define PAGES_KEPT_FREE 64u /* for the server itself */

static void symlink_free(struct inode *i)
{
	for (uint64_t n = i->pages; n; n--)
		tmpfs_uncharge(i->super);
	i->super->nr_inodes--;
	kfree(i->target);
}

static void plain_free(struct inode *i) { i->super->nr_inodes--; }

static int symlink_readlink(struct dentry *d, char *buf, size_t size)
{
	size_t len = (size_t)d->inode->size;

	if (len > size)
		len = size;
	memcpy(buf, d->inode->target, len);
	return (int)len;
}

static const struct inode_ops symlink_iops = { .readlink = symlink_readlink, .free = symlink_free };
static const struct inode_ops special_iops = { .free = plain_free };

bool tmpfs_charge(struct super *sb)
{
	if (sb->max_pages && sb->nr_pages >= sb->max_pages)
		return false;
	if (page_count_free() <= PAGES_KEPT_FREE)
		return false;
	sb->nr_pages++;
	return true;
}

void tmpfs_uncharge(struct super *sb) { sb->nr_pages--; }

static int symlink_set(struct inode *i, const char *target)
{
	size_t len = strlen(target);

	if (len + 1 > SHORT_LINK) {
		if (!tmpfs_charge(i->super))
			return -ENOSPC;
		i->pages = 1;
	}
	i->target = kmalloc(len + 1);
	if (!i->target)
		return -ENOMEM;
	memcpy(i->target, target, len);
	i->size = (int64_t)len;
	return 0;
}

static void set_ops(struct inode *i)
{
	i->ops = &special_iops;
	if (S_ISREG(i->mode)) {
		i->ops = &tmpfs_reg_iops;
		i->fops = &tmpfs_reg_fops;
	} else if (S_ISDIR(i->mode)) {
		i->ops = &tmpfs_dir_iops;
		i->fops = &tmpfs_dir_fops;
		i->nlink = 2;
		i->size = 2 * TMPFS_DIRENT_SIZE;
	} else if (S_ISLNK(i->mode)) {
		i->ops = &symlink_iops;
	}
}

struct inode *tmpfs_inode(struct super *sb, uint32_t mode, uint32_t rdev, const char *target,
			  int *err)
{
	struct inode *i;

	*err = -ENOSPC;
	if (sb->max_inodes && sb->nr_inodes >= sb->max_inodes)
		return NULL;
	*err = -ENOMEM;
	i = inode_new(sb, mode);
	if (!i)
		return NULL;
	sb->nr_inodes++;
	i->ino = ++sb->next_ino;
	i->uid = current ? task_uid(current) : 0;
	i->gid = current ? task_gid(current) : 0;
	i->rdev = rdev;
	set_ops(i);
	*err = target ? symlink_set(i, target) : 0;
	if (*err) {
		inode_put(i);
		return NULL;
	}
	return i;
}

struct file *tmpfs_file_new(const char *name, uint32_t flags, int *err)
{
	char label[NAME_MAX + 1];
	struct inode *i = anon_inode(S_IFREG | 0777);
	struct dentry *d;
	struct file *f;

	*err = -ENOMEM;
	if (!i)
		return NULL;
	i->super->nr_inodes++;
	set_ops(i);
	i->nlink = 0;
	snprintf(label, sizeof(label), "/memfd:%s", name);
	d = anon_dentry(label, i);
	if (!d)
		return NULL;
	f = anon_file(d, &tmpfs_reg_fops, flags);
	dentry_put(d);
	if (f) {
		i->writers++; /* as file_put() will count it back */
		*err = 0;
	}
	return f;
}

/* --- options: size=N[kmg%], nr_blocks=, nr_inodes=, mode= */

struct tmpfs_limits {
	uint64_t pages, inodes;
	uint32_t mode;
};

static bool parse_number(const char **p, uint64_t total, bool percent, uint64_t *out)
{
	const char *s = *p;
	uint64_t v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > UINT64_MAX / 16)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	if (*s == 'k' || *s == 'K')
		v <<= 10, s++;
	else if (*s == 'm' || *s == 'M')
		v <<= 20, s++;
	else if (*s == 'g' || *s == 'G')
		v <<= 30, s++;
	else if (percent && *s == '%')
		v = total * v / 100, s++;
	*p = s;
	*out = v;
	return true;
}

static bool option_is(const char **p, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(*p, name, n))
		return false;
	*p += n;
	return true;
}

static int parse_option(const char **p, struct tmpfs_limits *l)
{
	uint64_t v;

	if (option_is(p, "size=")) {
		if (!parse_number(p, (uint64_t)page_count_total() * FS_PAGE, true, &v))
			return -EINVAL;
		l->pages = (v + FS_PAGE - 1) / FS_PAGE;
	} else if (option_is(p, "nr_blocks=")) {
		if (!parse_number(p, 0, false, &l->pages))
			return -EINVAL;
	} else if (option_is(p, "nr_inodes=")) {
		if (!parse_number(p, 0, false, &l->inodes))
			return -EINVAL;
	} else if (option_is(p, "mode=")) {
		l->mode = 0;
		if (**p < '0' || **p > '7')
			return -EINVAL;
		for (; **p >= '0' && **p <= '7'; (*p)++)
			l->mode = l->mode << 3 | (uint32_t)(**p - '0');
		l->mode &= 07777;
	} else {
		return -EINVAL;
	}
	return **p && **p != ',' ? -EINVAL : 0;
}

static int parse_options(const char *p, struct tmpfs_limits *l)
{
	while (*p) {
		if (*p == ',') {
			p++;
			continue;
		}
		int err = parse_option(&p, l);

		if (err)
			return err;
	}
	return 0;
}

int tmpfs_fill(struct super *sb, const char *options)
{
	uint64_t half = page_count_total() / 2;
	struct tmpfs_limits l = { half, half, 01777 };
	struct inode *root;
	int err = parse_options(options, &l);

	if (err)
		return err;
	sb->max_pages = l.pages;
	sb->max_inodes = l.inodes;
	sb->root_mode = l.mode;
	root = tmpfs_inode(sb, S_IFDIR | l.mode, 0, NULL, &err);
	if (!root)
		return err;
	sb->root = dentry_new(NULL, "/", 1, root);
	return sb->root ? 0 : -ENOMEM;
}

int tmpfs_remount(struct super *sb, const char *options)
{
	struct tmpfs_limits l = { sb->max_pages, sb->max_inodes, sb->root_mode };
	int err = parse_options(options, &l);

	if (err)
		return err;
	if ((l.pages && l.pages < sb->nr_pages) || (l.inodes && l.inodes < sb->nr_inodes))
		return -EINVAL;
	sb->max_pages = l.pages;
	sb->max_inodes = l.inodes;
	return 0;
}

void tmpfs_options(struct super *sb, struct seq *s)
{
	uint64_t half = page_count_total() / 2;

	if (sb->max_pages != half)
		seq_printf(s, ",size=%uk", (uint32_t)(sb->max_pages * (FS_PAGE / 1024)));
	if (sb->max_inodes != half)
		seq_printf(s, ",nr_inodes=%u", (uint32_t)sb->max_inodes);
	if (sb->root_mode != 01777)
		seq_printf(s, ",mode=%03o", sb->root_mode);
	seq_printf(s, ",inode64");
}

struct fs_type tmpfs_type = {
	.name = "tmpfs",
	.magic = TMPFS_MAGIC,
	.nodev = true,
	.fill = tmpfs_fill,
	.remount = tmpfs_remount,
	.options = tmpfs_options,
};

/* No limits; Linux ignores options it does not know here. */
static int ramfs_fill(struct super *sb, const char *options)
{
	int err;

	(void)options;
	err = tmpfs_fill(sb, "mode=755");
	sb->max_pages = sb->max_inodes = 0;
	return err;
}

struct fs_type ramfs_type = {
	.name = "ramfs", .magic = 0x858458f6, .nodev = true, .fill = ramfs_fill
};

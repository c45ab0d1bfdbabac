/* SPDX-License-Identifier: GPL-2.0-only */
/* Character devices without hardware: null, zero, full, random, kmsg; and which number is whose. */
#include "fs.h"

static ssize_t null_read(struct file *f, struct uio *u, off_t *pos)
{
	(void)f, (void)u, (void)pos;
	return 0;
}

static ssize_t null_write(struct file *f, struct uio *u, off_t *pos)
{
	(void)f, (void)pos;
	return (ssize_t)u->len;
}

static ssize_t zero_read(struct file *f, struct uio *u, off_t *pos)
{
	static const uint8_t zeros[FS_PAGE];
	ssize_t done = 0;

	(void)f, (void)pos;
	while (u->len) {
		size_t n = u->len < FS_PAGE ? u->len : FS_PAGE;

		if (uio_put(u, zeros, n))
			return done ? done : -EFAULT;
		done += (ssize_t)n;
		if (signal_pending())
			break;
	}
	return done;
}

static ssize_t full_write(struct file *f, struct uio *u, off_t *pos)
{
	(void)f, (void)u, (void)pos;
	return -ENOSPC;
}

static ssize_t random_read(struct file *f, struct uio *u, off_t *pos)
{
	uint8_t chunk[256];
	ssize_t done = 0;

	(void)f, (void)pos;
	while (u->len) {
		size_t n = u->len < sizeof(chunk) ? u->len : sizeof(chunk);

		random_bytes(chunk, n);
		if (uio_put(u, chunk, n))
			return done ? done : -EFAULT;
		done += (ssize_t)n;
		if (signal_pending())
			break;
	}
	return done;
}

static ssize_t random_write(struct file *f, struct uio *u, off_t *pos)
{
	uint8_t chunk[64];
	ssize_t done = 0;

	(void)f, (void)pos;
	while (u->len) {
		size_t n = u->len < sizeof(chunk) ? u->len : sizeof(chunk);

		if (uio_get(u, chunk, n))
			return done ? done : -EFAULT;
		random_mix(chunk, n);
		done += (ssize_t)n;
	}
	return done;
}

static ssize_t kmsg_write(struct file *f, struct uio *u, off_t *pos)
{
	char line[200];
	ssize_t len = (ssize_t)u->len;
	size_t n = u->len < sizeof(line) - 1 ? u->len : sizeof(line) - 1;

	(void)f, (void)pos;
	if (uio_get(u, line, n))
		return -EFAULT;
	line[n] = 0;
	printk("%s%s", line, n && line[n - 1] == '\n' ? "" : "\n");
	return len;
}

/* Seeking does not move anything, and is no error. */
static off_t mem_lseek(struct file *f, off_t off, int whence)
{
	(void)f, (void)off, (void)whence;
	return 0;
}

/* Each mapping has zeroes of its own. */
static struct vm_object *zero_object(struct file *f, uint32_t pages)
{
	(void)f;
	return vm_zero(pages);
}

static const struct file_ops null_fops = { .read = null_read,
					   .write = null_write,
					   .lseek = mem_lseek };
static const struct file_ops zero_fops = {
	.read = zero_read, .write = null_write, .lseek = mem_lseek, .object = zero_object
};
static const struct file_ops full_fops = { .read = zero_read,
					   .write = full_write,
					   .lseek = mem_lseek };
static const struct file_ops random_fops = { .read = random_read,
					     .write = random_write,
					     .lseek = mem_lseek };
static const struct file_ops kmsg_fops = { .write = kmsg_write };

static const struct chrdev {
	const char *name; /* in devtmpfs */
	uint32_t rdev;
	uint32_t mode;
	const struct file_ops *fops;
} devices[] = {
	{ "null", MKDEV(1, 3), 0666, &null_fops },
	{ "zero", MKDEV(1, 5), 0666, &zero_fops },
	{ "full", MKDEV(1, 7), 0666, &full_fops },
	{ "random", MKDEV(1, 8), 0666, &random_fops },
	{ "urandom", MKDEV(1, 9), 0666, &random_fops },
	{ "kmsg", MKDEV(1, 11), 0644, &kmsg_fops },
	{ "tty", DEV_TTY, 0666, &tty_fops },
	{ "console", DEV_CONSOLE, 0600, &tty_fops },
	{ "hvc0", DEV_HVC0, 0600, &tty_fops },
};

const struct file_ops *chrdev_fops(uint32_t rdev)
{
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (devices[i].rdev == rdev)
			return devices[i].fops;
	return NULL;
}

static int devtmpfs_fill(struct super *sb, const char *options)
{
	int err = tmpfs_fill(sb, "mode=755");

	(void)options; /* as on Linux: the one instance was made long ago */
	for (size_t i = 0; !err && i < ARRAY_SIZE(devices); i++) {
		const struct chrdev *c = &devices[i];
		struct dentry *d;

		err = sb->root->inode->ops->create(sb->root, c->name, strlen(c->name),
						   S_IFCHR | c->mode, c->rdev, NULL, &d);
		if (!err)
			dentry_put(d);
	}
	return err;
}

static void devtmpfs_options(struct super *sb, struct seq *s)
{
	seq_printf(s, ",size=%uk,nr_inodes=%u,mode=755,inode64",
		   (uint32_t)(sb->max_pages * (FS_PAGE / 1024)), (uint32_t)sb->max_inodes);
}

struct fs_type devtmpfs_type = {
	.name = "devtmpfs",
	.magic = 0x01021994,
	.nodev = true,
	.fill = devtmpfs_fill,
	.remount = tmpfs_remount,
	.options = devtmpfs_options,
};

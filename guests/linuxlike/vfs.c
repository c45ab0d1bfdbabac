/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot: the root file system and what the initramfs holds. */
#include "fs.h"

/* As on Linux, the root is a tmpfs called rootfs, open to all until the archive says otherwise. */
static int rootfs_fill(struct super *sb, const char *options)
{
	(void)options;
	return tmpfs_fill(sb, "");
}

static void rootfs_options(struct super *sb, struct seq *s)
{
	seq_printf(s, ",size=%uk,nr_inodes=%u,inode64",
		   (uint32_t)(sb->max_pages * (FS_PAGE / 1024)), (uint32_t)sb->max_inodes);
}

static struct fs_type rootfs_type = {
	.name = "rootfs",
	.magic = 0x01021994,
	.nodev = true,
	.fill = rootfs_fill,
	.remount = tmpfs_remount,
	.options = rootfs_options,
};

/* init's descriptors need a console even if the archive brings no node for it. */
static int console_ensure(void)
{
	struct path p;
	int err = walk_path(AT_FDCWD, "/dev/console", WALK_FOLLOW, &p);

	if (!err) {
		path_put(&p);
		return 0;
	}
	err = vfs_create(AT_FDCWD, "/dev", S_IFDIR | 0755, 0, NULL);
	if (err && err != -EEXIST)
		return err;
	return vfs_create(AT_FDCWD, "/dev/console", S_IFCHR | 0600, DEV_CONSOLE, NULL);
}

int vfs_init(const void *cpio, size_t len, bool gz)
{
	const uint8_t *p = cpio;
	int err = mount_fs(&rootfs_type, NULL, "rootfs", 0, "");

	if (err)
		return err;
	if (gz || (len > 2 && p[0] == 0x1f && p[1] == 0x8b)) {
		printk("initramfs: gzip is not understood, give a plain cpio archive\n");
		return -EINVAL;
	}
	if (len)
		err = cpio_unpack(p, len);
	return err ? err : console_ensure();
}

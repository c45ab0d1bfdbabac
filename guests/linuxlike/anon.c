/* SPDX-License-Identifier: GPL-2.0-only */
/* Files without a place in the tree: pipes, memory files. They live on a mount no one sees. */
#include "fs.h"

static int anon_fill(struct super *sb, const char *options)
{
	struct inode *i = inode_new(sb, S_IFDIR | 0700);

	(void)options;
	if (!i)
		return -ENOMEM;
	sb->root = dentry_new(NULL, "", 0, i);
	return sb->root ? 0 : -ENOMEM;
}

static struct fs_type anon_type = {
	.name = "pipefs",
	.magic = 0x50495045,
	.nodev = true,
	.pseudo = true,
	.read_only_tree = true,
	.fill = anon_fill,
};

static struct mount *anon_mount(void)
{
	static struct mount *m;

	if (!m)
		m = mount_hidden(&anon_type);
	return m;
}

struct inode *anon_inode(uint32_t mode)
{
	struct mount *m = anon_mount();
	struct inode *i = m ? inode_new(m->super, mode) : NULL;

	if (!i)
		return NULL;
	i->ino = ++m->super->next_ino;
	i->uid = task_uid(current);
	i->gid = task_gid(current);
	return i;
}

/* Takes over the reference of i, also when it fails. */
struct dentry *anon_dentry(const char *name, struct inode *i)
{
	return dentry_new(NULL, name, strlen(name), i);
}

struct file *anon_file(struct dentry *d, const struct file_ops *ops, uint32_t flags)
{
	struct path p = { anon_mount(), d };

	return file_new(&p, ops, flags);
}

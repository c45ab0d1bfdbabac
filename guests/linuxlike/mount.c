/* SPDX-License-Identifier: GPL-2.0-only */
/* Mounts: a tree of file systems; the mount and umount system calls are in sys_mount.c. */
#include "fs.h"

struct list mounts = LIST_INIT(mounts);
struct fs_type *const fs_types[] = { &tmpfs_type, &ramfs_type, &devtmpfs_type, &proc_type, NULL };
static uint32_t next_dev = 1, next_id = 20;

struct mount *mount_root(void) { return list_first(&mounts, struct mount, link); }

struct fs_type *fs_type_find(const char *name)
{
	for (int i = 0; fs_types[i]; i++)
		if (!strcmp(fs_types[i]->name, name))
			return fs_types[i];
	return NULL;
}

/* Empties a tree that no one can reach any more; leaves first, without recursion. */
static void tree_free(struct dentry *root)
{
	struct dentry *d = root;

	for (;;) {
		struct list *first = d->children.next;

		if (first != &d->children) {
			struct dir_link *l = list_entry(first, struct dir_link, link);

			if (l->cursor)
				list_del(&l->link);
			else
				d = list_entry(l, struct dentry, in_dir);
			continue;
		}
		if (d == root)
			return;
		struct dentry *parent = d->parent;

		if (d->inode->nlink)
			d->inode->nlink--;
		dentry_unlink(d);
		d = parent;
	}
}

static void super_put(struct super *sb)
{
	if (--sb->refs)
		return;
	tree_free(sb->root);
	dentry_put(sb->root);
	kfree(sb);
}

static int super_get(struct fs_type *type, const char *options, struct super **out)
{
	struct super *sb = type->shared;
	int err;

	if (sb) {
		sb->refs++;
		*out = sb;
		return 0;
	}
	sb = kmalloc(sizeof(*sb));
	if (!sb)
		return -ENOMEM;
	sb->type = type;
	sb->dev = MKDEV(0, next_dev++);
	sb->refs = 1;
	err = type->fill(sb, options);
	if (err) {
		kfree(sb);
		return err;
	}
	if (type == &devtmpfs_type) {
		sb->refs++; /* /dev outlives its mounts */
		type->shared = sb;
	}
	*out = sb;
	return 0;
}

void mount_get(struct mount *m) { m->refs++; }

void mount_put(struct mount *m)
{
	if (--m->refs)
		return;
	dentry_put(m->root);
	super_put(m->super);
	kfree(m->source);
	kfree(m);
}

static struct mount *mount_new(struct super *sb, struct dentry *root, const char *source,
			       uint32_t flags)
{
	struct mount *m = kmalloc(sizeof(*m));
	size_t len = strlen(source);

	if (!m)
		return NULL;
	m->source = kmalloc(len + 1);
	if (!m->source) {
		kfree(m);
		return NULL;
	}
	memcpy(m->source, source, len);
	m->super = sb;
	m->root = root;
	dentry_get(root);
	m->flags = flags;
	m->id = next_id++;
	m->refs = 1;
	list_init(&m->link);
	return m;
}

struct mount *mount_hidden(struct fs_type *type)
{
	struct super *sb;

	return super_get(type, "", &sb) ? NULL : mount_new(sb, sb->root, "", 0);
}

/* at NULL: the root of everything */
static void mount_attach(struct mount *m, const struct path *at)
{
	if (at) {
		path_get(at);
		m->parent = at->mnt;
		m->point = at->dentry;
		m->point->mounts++;
	}
	m->attached = true;
	list_add_tail(&mounts, &m->link);
}

int mount_fs(struct fs_type *type, const struct path *at, const char *source, uint32_t flags,
	     const char *options)
{
	struct super *sb;
	struct mount *m;
	int err = super_get(type, options, &sb);

	if (err)
		return err;
	m = mount_new(sb, sb->root, source, flags);
	if (!m) {
		super_put(sb);
		return -ENOMEM;
	}
	mount_attach(m, at);
	return 0;
}

int mount_bind(const struct path *from, const struct path *at)
{
	struct mount *m;

	if (S_ISDIR(from->dentry->inode->mode) != S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	from->mnt->super->refs++;
	m = mount_new(from->mnt->super, from->dentry, from->mnt->source, from->mnt->flags);
	if (!m) {
		super_put(from->mnt->super);
		return -ENOMEM;
	}
	mount_attach(m, at);
	return 0;
}

static bool mount_has_children(const struct mount *m)
{
	list_for_each (l, &mounts)
		if (list_entry(l, struct mount, link)->parent == m)
			return true;
	return false;
}

void mount_detach(struct mount *m)
{
	struct path at = { m->parent, m->point };

	m->attached = false;
	list_del(&m->link);
	m->point->mounts--;
	m->parent = NULL;
	m->point = NULL;
	path_put(&at);
	mount_put(m);
}

/* m has one reference of the list and one of the caller's path. */
int mount_umount(struct mount *m, bool lazy)
{
	if (!m->parent)
		return -EINVAL;
	if (!lazy && (m->refs > 2 || mount_has_children(m)))
		return -EBUSY;
	if (lazy) {
		bool again = true;

		while (again) {
			again = false;
			list_for_each (l, &mounts) {
				struct mount *c = list_entry(l, struct mount, link);

				if (c->parent == m && !mount_has_children(c)) {
					mount_detach(c);
					again = true;
					break;
				}
			}
		}
		if (mount_has_children(m))
			return -EBUSY; /* only one level is taken along */
	}
	mount_detach(m);
	return 0;
}

int mount_move(struct mount *m, const struct path *at)
{
	struct path old = { m->parent, m->point };

	if (!m->parent)
		return -EINVAL;
	for (const struct mount *up = at->mnt; up; up = up->parent)
		if (up == m)
			return -ELOOP;
	path_get(at);
	m->point->mounts--;
	m->parent = at->mnt;
	m->point = at->dentry;
	m->point->mounts++;
	path_put(&old);
	return 0;
}

void mount_descend(struct path *p)
{
	while (p->dentry->mounts) {
		struct mount *found = NULL;

		/* The newest mount on a point hides the older ones below it. */
		list_for_each (l, &mounts) {
			struct mount *m = list_entry(l, struct mount, link);

			if (m->point == p->dentry && m->parent == p->mnt)
				found = m;
		}
		if (!found)
			return;
		struct path to = { found, found->root };

		path_get(&to);
		path_put(p);
		*p = to;
	}
}

bool path_up(struct path *p, const struct path *root)
{
	struct path to = *p;

	for (;;) {
		if (to.dentry == root->dentry && to.mnt == root->mnt)
			return false;
		if (to.dentry != to.mnt->root)
			break;
		if (!to.mnt->parent)
			return false;
		to = (struct path){ to.mnt->parent, to.mnt->point };
	}
	to.dentry = to.dentry->parent;
	path_get(&to);
	path_put(p);
	*p = to;
	mount_descend(p);
	return true;
}

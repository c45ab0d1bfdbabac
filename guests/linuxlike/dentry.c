/* SPDX-License-Identifier: GPL-2.0-only */
/* Names: the tree of dentries, their hash by (directory, name), paths as text. */
#include "fs.h"

#define HASH_SIZE 2048u

static struct dentry *hash[HASH_SIZE];

static struct dentry **hash_slot(const struct dentry *dir, const char *name, size_t len)
{
	uint32_t h = (uint32_t)((uintptr_t)dir >> 4) * 2654435761u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return &hash[(h ^ h >> 15) % HASH_SIZE];
}

static void hash_add(struct dentry *d)
{
	struct dentry **slot = hash_slot(d->parent, d->name, d->len);

	d->hash_next = *slot;
	*slot = d;
}

static void hash_remove(struct dentry *d)
{
	struct dentry **p = hash_slot(d->parent, d->name, d->len);

	while (*p != d)
		p = &(*p)->hash_next;
	*p = d->hash_next;
}

static char *name_dup(const char *name, size_t len)
{
	char *s = kmalloc(len + 1);

	if (s)
		memcpy(s, name, len);
	return s;
}

/* Takes over the reference of inode, also when it fails. A root has no parent: NULL. */
struct dentry *dentry_new(struct dentry *parent, const char *name, size_t len, struct inode *inode)
{
	struct dentry *d = kmalloc(sizeof(*d));
	char *copy = name_dup(name, len);

	if (!d || !copy) {
		kfree(d);
		kfree(copy);
		inode_put(inode);
		return NULL;
	}
	d->name = copy;
	d->len = (uint8_t)len;
	d->inode = inode;
	d->refs = 1;
	list_init(&d->children);
	list_init(&d->in_dir.link);
	d->parent = parent ? parent : d;
	if (parent)
		dentry_get(parent);
	return d;
}

void dentry_get(struct dentry *d) { d->refs++; }

void dentry_put(struct dentry *d)
{
	/* A loop, not a recursion: the last user of a deep removed directory may let go
	 * of a long chain of parents. */
	while (--d->refs == 0) {
		struct dentry *parent = d->parent;

		inode_put(d->inode);
		kfree(d->name);
		kfree(d);
		if (parent == d)
			return;
		d = parent;
	}
}

struct dentry *dentry_child(struct dentry *dir, const char *name, size_t len)
{
	for (struct dentry *d = *hash_slot(dir, name, len); d; d = d->hash_next)
		if (d->parent == dir && d->len == len && !memcmp(d->name, name, len))
			return d;
	return NULL;
}

void dentry_link(struct dentry *d)
{
	dentry_get(d);
	d->linked = true;
	list_add(&d->parent->children, &d->in_dir.link);
	hash_add(d);
}

void dentry_unlink(struct dentry *d)
{
	hash_remove(d);
	list_del(&d->in_dir.link);
	d->linked = false;
	dentry_put(d);
}

/* As Linux's d_move: a renamed entry is the newest of its directory. */
int dentry_move(struct dentry *d, struct dentry *dir, const char *name, size_t len)
{
	struct dentry *old = d->parent;
	char *copy = name_dup(name, len);

	if (!copy)
		return -ENOMEM;
	hash_remove(d);
	list_del(&d->in_dir.link);
	kfree(d->name);
	d->name = copy;
	d->len = (uint8_t)len;
	dentry_get(dir);
	d->parent = dir;
	dentry_put(old);
	list_add(&dir->children, &d->in_dir.link);
	hash_add(d);
	return 0;
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent = a->parent;
	char *name = a->name;
	uint8_t len = a->len;

	hash_remove(a);
	hash_remove(b);
	a->parent = b->parent;
	a->name = b->name;
	a->len = b->len;
	b->parent = parent;
	b->name = name;
	b->len = len;
	list_del(&b->in_dir.link);
	list_add(&b->parent->children, &b->in_dir.link);
	list_del(&a->in_dir.link);
	list_add(&a->parent->children, &a->in_dir.link);
	hash_add(a);
	hash_add(b);
}

bool dentry_is_below(const struct dentry *d, const struct dentry *top)
{
	for (; d != top; d = d->parent)
		if (d->parent == d)
			return false;
	return true;
}

void path_get(const struct path *p)
{
	mount_get(p->mnt);
	dentry_get(p->dentry);
}

void path_put(struct path *p)
{
	if (!p->dentry)
		return;
	dentry_put(p->dentry);
	mount_put(p->mnt);
	p->dentry = NULL;
	p->mnt = NULL;
}

bool path_is_deleted(const struct path *p)
{
	const struct dentry *d = p->dentry;

	return d->parent != d && !d->linked && d->inode->nlink == 0;
}

/* Written from the end of buf backwards, then moved to its front. */
int path_text(const struct path *p, const struct path *root, char *buf, size_t size)
{
	const struct dentry *d = p->dentry;
	const struct mount *m = p->mnt;
	size_t at = size - 1;

	buf[at] = 0;
	if (m->super->type->pseudo) {
		if (at < d->len)
			return -ENAMETOOLONG;
		memcpy(buf, d->name, d->len + 1u);
		return d->len;
	}
	while (d != root->dentry || m != root->mnt) {
		if (d == m->root) {
			if (!m->parent)
				break;
			d = m->point;
			m = m->parent;
			continue;
		}
		if (d->parent == d)
			break;
		if (at < d->len + 1u)
			return -ENAMETOOLONG;
		at -= d->len;
		memcpy(buf + at, d->name, d->len);
		buf[--at] = '/';
		d = d->parent;
	}
	if (at == size - 1)
		buf[--at] = '/';
	memmove(buf, buf + at, size - at);
	return (int)(size - 1 - at);
}

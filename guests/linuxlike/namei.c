/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path walk. What is left of a name lies in a page of the walk's own; a
 * symbolic link's text is put before it, so the walk never recurses.
 */
#include "fs.h"

#define MAX_LINKS 40u

struct fsctx *fs_current(void)
{
	static struct fsctx boot;

	if (current)
		return task_fs(current);
	if (!boot.root.dentry) {
		boot.root = boot.cwd = (struct path){ mount_root(), mount_root()->root };
		path_get(&boot.root);
		path_get(&boot.cwd);
		boot.refs = 1;
	}
	return &boot;
}

char *path_from_user(uptr_t name, int *err)
{
	char *page = page_alloc();
	int len;

	if (!page) {
		*err = -ENOMEM;
		return NULL;
	}
	len = strncpy_from_user(page, name, PATH_MAX);
	if (len < 0) {
		page_free(page);
		*err = len;
		return NULL;
	}
	*err = 0;
	return page;
}

static int walk_start_at(struct walk *w, int dfd, const char *name)
{
	struct fsctx *fs = fs_current();
	struct file *f;

	if (*name == '/') {
		w->path = fs->root;
	} else if (dfd == AT_FDCWD) {
		w->path = fs->cwd;
	} else {
		f = fd_get(dfd);
		if (!f)
			return -EBADF;
		w->path = f->path;
		path_get(&w->path);
		file_put(f);
		return 0;
	}
	path_get(&w->path);
	return 0;
}

static int walk_start(struct walk *w, int dfd, const char *name)
{
	size_t len = strlen(name);
	int err;

	memset(w, 0, sizeof(*w));
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	w->page = page_alloc();
	if (!w->page)
		return -ENOMEM;
	memcpy(w->page, name, len + 1);
	w->rest = w->page;
	err = walk_start_at(w, dfd, name);
	if (err)
		page_free(w->page);
	return err;
}

void walk_end(struct walk *w)
{
	path_put(&w->path);
	page_free(w->page);
}

static int walk_lookup(struct path *dir, const char *name, size_t len, struct path *out)
{
	struct inode *i = dir->dentry->inode;
	int err;

	if (!S_ISDIR(i->mode))
		return -ENOTDIR;
	err = inode_permission(i, X_OK);
	if (err)
		return err;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	err = i->ops->lookup(dir->dentry, name, len, &out->dentry);
	if (err)
		return err;
	out->mnt = dir->mnt;
	mount_get(out->mnt);
	mount_descend(out);
	return 0;
}

int path_symlink_text(struct dentry *d, char *buf, size_t size)
{
	return d->inode->ops->readlink ? d->inode->ops->readlink(d, buf, size) : -EINVAL;
}

/* Put the text of a link before what is left. tail: what to add, "/" or nothing. */
static int walk_splice(struct walk *w, struct dentry *link, const char *tail)
{
	char *page = page_alloc();
	size_t rest = strlen(w->rest), extra = strlen(tail);
	int len;

	if (!page)
		return -ENOMEM;
	len = path_symlink_text(link, page, PATH_MAX);
	if (len == 0)
		len = -ENOENT;
	if (len > 0 && (size_t)len + extra + rest >= PATH_MAX)
		len = -ENAMETOOLONG;
	if (len < 0) {
		page_free(page);
		return len;
	}
	memcpy(page + len, tail, extra);
	memcpy(page + (size_t)len + extra, w->rest, rest + 1);
	page_free(w->page);
	w->page = w->rest = page;
	if (*page == '/') {
		path_put(&w->path);
		w->path = fs_current()->root;
		path_get(&w->path);
	}
	return 0;
}

/* Takes over link. The walk's path is the directory that holds it. */
static int walk_follow(struct walk *w, struct path *link, const char *tail, bool *jumped)
{
	struct inode *i = link->dentry->inode;
	struct path to;
	int err;

	*jumped = false;
	if (++w->links > MAX_LINKS) {
		path_put(link);
		return -ELOOP;
	}
	inode_touch_atime(link);
	if (i->ops->follow) {
		err = i->ops->follow(link->dentry, &to);
		if (!err) {
			path_put(&w->path);
			w->path = to;
			*jumped = true;
		}
	} else {
		err = walk_splice(w, link->dentry, tail);
	}
	path_put(link);
	return err;
}

/* Into a directory on the way. */
static int walk_enter(struct walk *w, const char *name, size_t len)
{
	struct path to;
	bool jumped;
	int err;

	if (len == 1 && name[0] == '.')
		return S_ISDIR(w->path.dentry->inode->mode) ? 0 : -ENOTDIR;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		if (!S_ISDIR(w->path.dentry->inode->mode))
			return -ENOTDIR;
		err = inode_permission(w->path.dentry->inode, X_OK);
		if (!err)
			path_up(&w->path, &fs_current()->root);
		return err;
	}
	err = walk_lookup(&w->path, name, len, &to);
	if (err)
		return err;
	if (S_ISLNK(to.dentry->inode->mode))
		return walk_follow(w, &to, "/", &jumped);
	path_put(&w->path);
	w->path = to;
	return 0;
}

static enum walk_last walk_type(const char *name, size_t len)
{
	if (len == 1 && name[0] == '.')
		return LAST_DOT;
	return len == 2 && name[0] == '.' && name[1] == '.' ? LAST_DOTDOT : LAST_NORM;
}

/* Walk all but the last name. */
static int walk_to_last(struct walk *w)
{
	for (;;) {
		char *name = w->rest, *end, *next;
		int err;

		while (*name == '/')
			name++;
		for (end = name; *end && *end != '/'; end++)
			;
		for (next = end; *next == '/'; next++)
			;
		if (!*next) {
			w->last = name;
			w->last_len = (size_t)(end - name);
			w->type = name == end ? LAST_ROOT : walk_type(name, w->last_len);
			w->slash = end != next;
			w->rest = next;
			return 0;
		}
		w->rest = next;
		err = walk_enter(w, name, (size_t)(end - name));
		if (err)
			return err;
	}
}

int walk_parent(int dfd, const char *name, struct walk *w)
{
	int err;

	if (!*name)
		return -ENOENT;
	err = walk_start(w, dfd, name);
	if (err)
		return err;
	err = walk_to_last(w);
	if (!err && !S_ISDIR(w->path.dentry->inode->mode))
		err = -ENOTDIR;
	if (err)
		walk_end(w);
	return err;
}

int walk_last(struct walk *w, struct path *out)
{
	int err;

	if (w->type == LAST_NORM)
		return walk_lookup(&w->path, w->last, w->last_len, out);
	if (w->type != LAST_ROOT) {
		err = inode_permission(w->path.dentry->inode, X_OK);
		if (err)
			return err;
	}
	*out = w->path;
	path_get(out);
	if (w->type == LAST_DOTDOT)
		path_up(out, &fs_current()->root);
	return 0;
}

/* Takes over link, on success too. A link that jumps leaves "." as the last name. */
int walk_follow_last(struct walk *w, struct path *link)
{
	bool jumped;
	int err = walk_follow(w, link, w->slash ? "/" : "", &jumped);

	if (err)
		return err;
	if (jumped) {
		w->type = LAST_ROOT;
		w->last_len = 0;
		return 0;
	}
	err = walk_to_last(w);
	if (!err && !S_ISDIR(w->path.dentry->inode->mode))
		err = -ENOTDIR;
	return err;
}

static int walk_finish(struct walk *w, unsigned flags, struct path *out)
{
	for (;;) {
		int err = walk_last(w, out);

		if (err)
			return err;
		if (S_ISLNK(out->dentry->inode->mode) && ((flags & WALK_FOLLOW) || w->slash)) {
			err = walk_follow_last(w, out);
			if (err)
				return err;
			continue;
		}
		if (w->slash && !S_ISDIR(out->dentry->inode->mode)) {
			path_put(out);
			return -ENOTDIR;
		}
		return 0;
	}
}

int walk_path(int dfd, const char *name, unsigned flags, struct path *out)
{
	struct walk w;
	int err;

	if (!*name) {
		if (!(flags & WALK_EMPTY))
			return -ENOENT;
		err = walk_start_at(&w, dfd, name);
		*out = w.path;
		return err;
	}
	err = walk_parent(dfd, name, &w);
	if (err)
		return err;
	err = walk_finish(&w, flags, out);
	walk_end(&w);
	return err;
}

int walk_user(int dfd, uptr_t name, unsigned flags, struct path *out)
{
	int err;
	char *page = path_from_user(name, &err);

	if (!page)
		return err;
	err = walk_path(dfd, page, flags, out);
	page_free(page);
	return err;
}

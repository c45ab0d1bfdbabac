/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc as a file system: names are looked up in tables, processes and descriptors as they are. */
#include <stdio.h>
#include "proc.h"

#define FIRST_PID_POS 256 /* of a process in the root directory, as on Linux */
#define MAX_STORE 256

static const struct inode_ops dir_iops, file_iops, link_iops, jump_iops;
static const struct file_ops dir_fops, file_fops;

static const struct proc_entry pid_entry = { "PID", PROC_DIR, .dir = proc_pid_dir };
static const struct proc_entry root_entry = { "", PROC_DIR, .dir = proc_root_dir };

static uint64_t proc_ino(const struct proc_entry *e, pid_t pid, int fd)
{
	if (e == &root_entry)
		return 1;
	if (fd >= 0)
		return (uint64_t)pid << 16 | 0x8000u | (uint32_t)fd;
	return (uint64_t)pid << 16 | (((uintptr_t)e / sizeof(void *)) & 0x7fff);
}

struct inode *proc_inode(struct super *sb, const struct proc_entry *e, pid_t pid, int fd)
{
	struct inode *i = inode_new(sb, e->mode);
	struct task *t = pid ? task_find(pid) : NULL;

	if (!i)
		return NULL;
	i->ino = proc_ino(e, pid, fd);
	i->proc.entry = e;
	i->proc.pid = pid;
	i->proc.fd = fd;
	if (t) {
		i->uid = task_uid(t);
		i->gid = task_gid(t);
	}
	if (S_ISDIR(e->mode)) {
		i->nlink = 2;
		i->ops = &dir_iops;
		i->fops = &dir_fops;
	} else if (S_ISLNK(e->mode)) {
		i->ops = e->jump ? &jump_iops : &link_iops;
		i->size = fd >= 0 ? 64 : 0;
	} else {
		i->ops = &file_iops;
		i->fops = &file_fops;
	}
	return i;
}

/* A number without leading zeros, or -1. */
static int parse_number(const char *name, size_t len)
{
	int v = 0;

	if (!len || len > 9 || (name[0] == '0' && len > 1))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		v = v * 10 + (name[i] - '0');
	}
	return v;
}

static const struct proc_entry *find_entry(const struct proc_entry *dir, const char *name,
					   size_t len)
{
	for (; dir && dir->name; dir++)
		if (strlen(dir->name) == len && !memcmp(dir->name, name, len))
			return dir;
	return NULL;
}

static int dir_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
	const struct proc_entry *own = dir->inode->proc.entry, *e;
	pid_t pid = dir->inode->proc.pid;
	int fd = -1, n = parse_number(name, len);
	struct inode *i;
	struct file *f;

	if (pid && !task_find(pid))
		return -ENOENT;
	e = find_entry(own->dir, name, len);
	if (!e && own == &root_entry && n > 0 && task_find(n)) {
		e = &pid_entry;
		pid = n;
	} else if (!e && own->fds && n >= 0) {
		f = files_get_file(task_files(task_find(pid)), n);
		if (!f)
			return -ENOENT;
		file_put(f);
		e = &proc_fd_link;
		fd = n;
	}
	if (!e)
		return -ENOENT;
	i = proc_inode(dir->inode->super, e, pid, fd);
	if (!i)
		return -ENOMEM;
	*out = dentry_new(dir, name, len, i);
	return *out ? 0 : -ENOMEM;
}

static bool emit_name(struct file *f, struct dir_sink *s, const struct proc_entry *e, pid_t pid,
		      int fd, const char *name, off_t next)
{
	if (!s->emit(s, name, strlen(name), proc_ino(e, pid, fd), e->mode, next))
		return false;
	f->pos = next;
	return true;
}

static bool emit_table(struct file *f, struct dir_sink *s, const struct proc_entry *own, pid_t pid)
{
	off_t n = 0;

	for (const struct proc_entry *e = own->dir; e && e->name; e++, n++)
		if (n >= f->pos - 2 && !emit_name(f, s, e, pid, -1, e->name, n + 3))
			return false;
	return true;
}

static pid_t next_pid(pid_t from)
{
	struct task *t = NULL;

	while ((t = task_next(t)))
		if (task_pid(t) >= from)
			return task_pid(t);
	return 0;
}

/* Processes come and go while they are told: only the last number is kept. */
static bool emit_pids(struct file *f, struct dir_sink *s)
{
	char name[16];
	pid_t pid;

	if (f->pos < FIRST_PID_POS)
		f->pos = FIRST_PID_POS;
	while ((pid = next_pid((pid_t)(f->pos - FIRST_PID_POS)))) {
		snprintf(name, sizeof(name), "%d", pid);
		if (!emit_name(f, s, &pid_entry, pid, -1, name, FIRST_PID_POS + pid + 1))
			return false;
	}
	return true;
}

static bool emit_fds(struct file *f, struct dir_sink *s, pid_t pid)
{
	char name[16];
	struct task *t;
	int fd;

	while ((t = task_find(pid)) && (fd = files_next(task_files(t), (int)(f->pos - 2))) >= 0) {
		snprintf(name, sizeof(name), "%d", fd);
		if (!emit_name(f, s, &proc_fd_link, pid, fd, name, fd + 3))
			return false;
	}
	return true;
}

static int dir_readdir(struct file *f, struct dir_sink *s)
{
	const struct proc_entry *own = f->inode->proc.entry;
	pid_t pid = f->inode->proc.pid;

	if (pid && !task_find(pid))
		return -ENOENT;
	if (!dir_emit_dots(f, s))
		return 0;
	if (own->fds)
		emit_fds(f, s, pid);
	else if (emit_table(f, s, own, pid) && own == &root_entry)
		emit_pids(f, s);
	return 0;
}

/* --- files */

static ssize_t file_fop_read(struct file *f, struct uio *u, off_t *pos)
{
	const struct proc_entry *e = f->inode->proc.entry;
	struct task *t = f->inode->proc.pid ? task_find(f->inode->proc.pid) : NULL;
	struct seq s = { .u = u, .skip = *pos };

	if (f->inode->proc.pid && !t)
		return -ESRCH;
	if (!e->show)
		return -EINVAL;
	e->show(&s, t);
	if (s.err)
		return s.err;
	*pos += s.done;
	return s.done;
}

static ssize_t file_fop_write(struct file *f, struct uio *u, off_t *pos)
{
	const struct proc_entry *e = f->inode->proc.entry;
	char text[MAX_STORE + 1];
	size_t len = u->len;
	ssize_t ret;

	if (!e->store)
		return -EIO;
	if (len > MAX_STORE)
		return -EINVAL;
	if (uio_get(u, text, len))
		return -EFAULT;
	text[len] = 0;
	ret = e->store(text, len);
	if (ret > 0)
		*pos += ret;
	return ret;
}

/* --- links */

static int link_readlink(struct dentry *d, char *buf, size_t size)
{
	const struct proc_entry *e = d->inode->proc.entry;
	struct task *t = d->inode->proc.pid ? task_find(d->inode->proc.pid) : NULL;

	if (d->inode->proc.pid && !t)
		return -ENOENT;
	return e->text(t, d->inode->proc.fd, buf, size);
}

static int link_follow(struct dentry *d, struct path *out)
{
	const struct proc_entry *e = d->inode->proc.entry;
	struct task *t = task_find(d->inode->proc.pid);

	if (!t)
		return -ENOENT;
	return e->jump(t, d->inode->proc.fd, out);
}

static void dir_getattr(struct dentry *d, struct kstat *st)
{
	const struct proc_entry *own = d->inode->proc.entry;
	struct task *t = NULL;

	st->blksize = 1024;
	for (const struct proc_entry *e = own->dir; e && e->name; e++)
		st->nlink += S_ISDIR(e->mode);
	if (own == &root_entry)
		while ((t = task_next(t)))
			st->nlink++;
}

static void plain_getattr(struct dentry *d, struct kstat *st)
{
	(void)d;
	st->blksize = 1024;
}

static const struct inode_ops dir_iops = { .lookup = dir_lookup, .getattr = dir_getattr };
static const struct inode_ops file_iops = { .getattr = plain_getattr };
static const struct inode_ops link_iops = { .readlink = link_readlink, .getattr = plain_getattr };
static const struct inode_ops jump_iops = { .readlink = link_readlink,
					    .follow = link_follow,
					    .getattr = plain_getattr };
static const struct file_ops dir_fops = { .readdir = dir_readdir, .seekable = true };
static const struct file_ops file_fops = { .read = file_fop_read,
					   .write = file_fop_write,
					   .seekable = true };

static int proc_fill(struct super *sb, const char *options)
{
	struct inode *i = proc_inode(sb, &root_entry, 0, -1);

	(void)options;
	if (!i)
		return -ENOMEM;
	sb->root = dentry_new(NULL, "/", 1, i);
	return sb->root ? 0 : -ENOMEM;
}

struct fs_type proc_type = {
	.name = "proc",
	.magic = 0x9fa0,
	.nodev = true,
	.read_only_tree = true,
	.fill = proc_fill,
};

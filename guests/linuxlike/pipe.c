/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pipes and fifos: a ring of 64 KB whose pages come when the first byte
 * for them does and go when the last one has been read.
 */
#include <stdio.h>
#include "abi_tty.h"
#include "fs.h"
#include "signal.h"

#define PIPE_SIZE 65536u
#define PIPE_PAGES (PIPE_SIZE / FS_PAGE)

struct pipe {
	uint8_t *page[PIPE_PAGES];
	uint32_t head, tail; /* bytes ever written, ever read */
	uint32_t readers, writers;
	uint32_t reader_opens, writer_opens; /* ever: a fifo's open waits for a change */
	struct waitq rd, wr;
	uint32_t users; /* files, and opens that wait */
	bool busy;
	struct waitq idle;
};

static uint32_t pipe_used(const struct pipe *p) { return p->head - p->tail; }

/* A page that is being read is given back whole, so its front is no room for what is written. */
static uint32_t pipe_room(const struct pipe *p)
{
	return PIPE_SIZE - (p->head - p->tail / FS_PAGE * FS_PAGE);
}

static struct pipe *pipe_new(void)
{
	struct pipe *p = kmalloc(sizeof(*p));

	if (p) {
		waitq_init(&p->rd);
		waitq_init(&p->wr);
		waitq_init(&p->idle);
	}
	return p;
}

static struct pipe *pipe_hold(struct inode *i)
{
	if (!i->pipe)
		i->pipe = pipe_new();
	if (i->pipe)
		i->pipe->users++;
	return i->pipe;
}

static void pipe_drop(struct inode *i)
{
	struct pipe *p = i->pipe;

	if (--p->users)
		return;
	for (uint32_t k = 0; k < PIPE_PAGES; k++)
		if (p->page[k])
			page_free(p->page[k]);
	kfree(p);
	i->pipe = NULL;
}

/* Copies may sleep, so whoever reads or writes holds the pipe meanwhile. */
static int pipe_lock(struct pipe *p)
{
	while (p->busy)
		if (waitq_sleep(&p->idle, NO_DEADLINE))
			return -ERESTARTSYS;
	p->busy = true;
	return 0;
}

static void pipe_unlock(struct pipe *p)
{
	p->busy = false;
	waitq_wake(&p->idle);
}

/* The emptied pipe keeps its last page: short messages need no new one each time. */
static void pipe_emptied(struct pipe *p, uint32_t slot)
{
	uint8_t *page = p->page[slot];

	p->page[slot] = NULL;
	p->page[0] = page;
	p->tail = p->head = 0;
}

/* One stretch within a page; bytes copied, or -errno. */
static ssize_t pipe_take(struct pipe *p, struct uio *u)
{
	uint32_t slot = p->tail / FS_PAGE % PIPE_PAGES, off = p->tail % FS_PAGE;
	size_t n = MIN(MIN((size_t)(FS_PAGE - off), u->len), pipe_used(p));
	int err = uio_put(u, p->page[slot] + off, n);

	if (err)
		return err;
	p->tail += (uint32_t)n;
	if (p->tail == p->head) {
		pipe_emptied(p, slot);
	} else if (p->tail % FS_PAGE == 0) {
		page_free(p->page[slot]);
		p->page[slot] = NULL;
	}
	return (ssize_t)n;
}

static int pipe_wait_data(struct pipe *p, struct file *f)
{
	int err = pipe_lock(p);

	while (!err && !pipe_used(p)) {
		pipe_unlock(p);
		if (!p->writers)
			return 1;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		if (waitq_sleep(&p->rd, NO_DEADLINE))
			return -ERESTARTSYS;
		err = pipe_lock(p);
	}
	return err;
}

static ssize_t pipe_read(struct file *f, struct uio *u, off_t *pos)
{
	struct pipe *p = f->inode->pipe;
	ssize_t done = 0;
	int err;

	(void)pos;
	if (!u->len)
		return 0;
	err = pipe_wait_data(p, f);
	if (err)
		return err < 0 ? err : 0;
	while (u->len && pipe_used(p)) {
		ssize_t n = pipe_take(p, u);

		if (n < 0) {
			done = done ? done : n;
			break;
		}
		done += n;
	}
	pipe_unlock(p);
	waitq_wake(&p->wr);
	return done;
}

static ssize_t pipe_give(struct pipe *p, struct uio *u)
{
	uint32_t slot = p->head / FS_PAGE % PIPE_PAGES, off = p->head % FS_PAGE;
	size_t n = MIN(MIN((size_t)(FS_PAGE - off), u->len), pipe_room(p));
	int err;

	if (!p->page[slot])
		p->page[slot] = page_alloc();
	if (!p->page[slot])
		return -ENOMEM;
	err = uio_get(u, p->page[slot] + off, n);
	if (err)
		return err;
	p->head += (uint32_t)n;
	return (ssize_t)n;
}

/* Wait until `need` bytes fit; holds the pipe when it returns 0. */
static int pipe_wait_room(struct pipe *p, struct file *f, uint32_t need)
{
	int err = pipe_lock(p);

	while (!err && (!p->readers || pipe_room(p) < need)) {
		pipe_unlock(p);
		if (!p->readers)
			return -EPIPE;
		waitq_wake(&p->rd);
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		if (waitq_sleep(&p->wr, NO_DEADLINE))
			return -ERESTARTSYS;
		err = pipe_lock(p);
	}
	return err;
}

/* Up to PIPE_BUF bytes go in whole or not at all; more may mix with others' bytes. */
static ssize_t pipe_write(struct file *f, struct uio *u, off_t *pos)
{
	struct pipe *p = f->inode->pipe;
	uint32_t need = u->len <= PIPE_BUF ? (uint32_t)u->len : 1;
	ssize_t done = 0;
	int err = 0;

	(void)pos;
	while (u->len && !err) {
		err = pipe_wait_room(p, f, need);
		if (err)
			break;
		while (u->len && pipe_room(p) && !err) {
			ssize_t n = pipe_give(p, u);

			if (n < 0)
				err = (int)n;
			else
				done += n;
		}
		pipe_unlock(p);
		waitq_wake(&p->rd);
		need = 1;
	}
	if (err == -EPIPE)
		signal_send(current, SIGPIPE);
	return done ? done : err;
}

static uint32_t pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->inode->pipe;
	uint32_t mask = 0;

	if (file_readable(f)) {
		poll_wait(pt, &p->rd);
		if (pipe_used(p))
			mask |= POLL_READ;
		/* A fifo that no one has written to yet is quiet, not hung up. */
		if (!p->writers && p->writer_opens != (uint32_t)(uintptr_t)f->priv)
			mask |= POLLHUP;
	}
	if (file_writable(f)) {
		poll_wait(pt, &p->wr);
		if (pipe_room(p) >= PIPE_BUF)
			mask |= POLL_WRITE;
		if (!p->readers)
			mask |= POLLERR;
	}
	return mask;
}

static int pipe_ioctl(struct file *f, uint32_t cmd, uptr_t arg)
{
	uint32_t used = pipe_used(f->inode->pipe);

	return cmd == FIONREAD ? copy_to_user(arg, &used, sizeof(used)) : -ENOTTY;
}

static void pipe_release(struct file *f)
{
	struct pipe *p = f->inode->pipe;

	p->readers -= file_readable(f);
	p->writers -= file_writable(f);
	waitq_wake(&p->rd);
	waitq_wake(&p->wr);
	pipe_drop(f->inode);
}

static void pipe_count(struct pipe *p, struct file *f)
{
	if (file_readable(f)) {
		p->readers++;
		p->reader_opens++;
	}
	if (file_writable(f)) {
		p->writers++;
		p->writer_opens++;
	}
}

static int fifo_wait(struct pipe *p, struct waitq *q, const uint32_t *opens)
{
	uint32_t before = *opens;

	(void)p;
	while (*opens == before)
		if (waitq_sleep(q, NO_DEADLINE))
			return -ERESTARTSYS;
	return 0;
}

static int fifo_open(struct file *f)
{
	struct pipe *p = pipe_hold(f->inode);
	uint32_t access = f->flags & O_ACCMODE;
	bool nonblock = (f->flags & O_NONBLOCK) != 0;
	int err = 0;

	if (!p)
		return -ENOMEM;
	if (access == O_WRONLY && nonblock && !p->readers) {
		pipe_drop(f->inode);
		return -ENXIO;
	}
	pipe_count(p, f);
	waitq_wake(&p->rd);
	waitq_wake(&p->wr);
	if (access == O_RDONLY && !p->writers) {
		if (nonblock)
			f->priv = (void *)(uintptr_t)p->writer_opens;
		else
			err = fifo_wait(p, &p->rd, &p->writer_opens);
	} else if (access == O_WRONLY && !p->readers) {
		err = fifo_wait(p, &p->wr, &p->reader_opens);
	}
	if (err)
		pipe_release(f);
	return err;
}

const struct file_ops fifo_fops = {
	.open = fifo_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};

static const struct file_ops pipe_fops = {
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};

int32_t pipe_fcntl(struct file *f, uint32_t cmd, uint32_t arg)
{
	if (!f->inode->pipe)
		return -EBADF;
	if (cmd == F_SETPIPE_SZ && arg > PIPE_SIZE)
		return -EPERM; /* more than this server gives anyone */
	return (int32_t)PIPE_SIZE;
}

static struct file *pipe_end(struct dentry *d, uint32_t flags)
{
	struct file *f;

	if (!pipe_hold(d->inode))
		return NULL;
	f = anon_file(d, &pipe_fops, flags);
	if (!f) {
		pipe_drop(d->inode);
		return NULL;
	}
	pipe_count(d->inode->pipe, f);
	return f;
}

int pipe_pair(struct file **rd, struct file **wr, uint32_t flags)
{
	struct inode *i = anon_inode(S_IFIFO | 0600);
	struct dentry *d;
	char name[24];

	if (!i)
		return -ENOMEM;
	snprintf(name, sizeof(name), "pipe:[%u]", (uint32_t)i->ino);
	d = anon_dentry(name, i);
	if (!d)
		return -ENOMEM;
	*rd = pipe_end(d, O_RDONLY | flags);
	*wr = *rd ? pipe_end(d, O_WRONLY | flags) : NULL;
	if (*rd && !*wr)
		file_put(*rd);
	dentry_put(d);
	return *wr ? 0 : -ENOMEM;
}

static int32_t do_pipe(uptr_t fds, uint32_t flags)
{
	struct file *rd, *wr;
	bool cloexec = (flags & O_CLOEXEC) != 0;
	int32_t fd[2];
	int err;

	if (flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = pipe_pair(&rd, &wr, flags & O_NONBLOCK);
	if (err)
		return err;
	fd[0] = fd_install(rd, 0, cloexec);
	if (fd[0] < 0) {
		file_put(wr);
		return fd[0];
	}
	fd[1] = fd_install(wr, 0, cloexec);
	if (fd[1] < 0)
		err = fd[1];
	else if (copy_to_user(fds, fd, sizeof(fd))) {
		err = -EFAULT;
		fd_close(fd[1]);
	}
	if (err)
		fd_close(fd[0]);
	return err;
}

int32_t sys_pipe(const uint32_t a[6]) { return do_pipe(a[0], 0); }

int32_t sys_pipe2(const uint32_t a[6]) { return do_pipe(a[0], a[1]); }

/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminals as files: open, read, poll; the console and the controlling terminal. */
#include "signal.h"
#include "tty.h"

#define RING_MASK (TTY_RING - 1)

static struct tty console_tty;

void tty_setup(struct tty *t, const struct tty_driver *drv, uint32_t rdev)
{
	static const uint8_t cc[NCCS] = {
		[VINTR] = 3, [VQUIT] = 0x1c,   [VERASE] = 0x7f, [VKILL] = 0x15, [VEOF] = 4,
		[VMIN] = 1,  [VSTART] = 0x11,  [VSTOP] = 0x13,	[VSUSP] = 0x1a, [VREPRINT] = 0x12,
		[13] = 0x0f, [VWERASE] = 0x17, [VLNEXT] = 0x16,
	};

	memset(t, 0, sizeof(*t));
	t->drv = drv;
	t->rdev = rdev;
	t->t.iflag = ICRNL | IXON;
	t->t.oflag = OPOST | ONLCR;
	t->t.cflag = B38400 | CS8 | CREAD | HUPCL;
	t->t.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	memcpy(t->t.cc, cc, sizeof(cc));
	waitq_init(&t->rd);
	waitq_init(&t->wr);
}

struct tty *tty_console(void) { return &console_tty; }

struct tty *tty_of(struct file *f) { return f && f->ops == &tty_fops ? f->priv : NULL; }

uint32_t tty_dev(struct file *f)
{
	const struct tty *t = tty_of(f);

	return t ? t->rdev : 0;
}

pid_t tty_foreground(struct file *f)
{
	const struct tty *t = tty_of(f);

	return t && t->pgrp ? t->pgrp : -1;
}

void tty_event(void)
{
	struct tty *t = &console_tty;

	tty_pull(t);
	tty_echo_flush(t);
	if (t->drv->room())
		waitq_wake(&t->wr);
}

int tty_init(void)
{
	tty_setup(&console_tty, &console_driver, DEV_HVC0);
	console_listen(tty_event);
	return 0;
}

static int fop_open(struct file *f)
{
	uint32_t rdev = f->inode->rdev;
	struct tty *t = &console_tty;

	if (rdev == DEV_TTY) {
		t = tty_of(task_tty(current));
		if (!t)
			return -ENXIO;
	}
	if (t->exclusive && current && task_uid(current))
		return -EBUSY;
	f->priv = t;
	/* Linux's rule: the console is no one's controlling terminal by being opened. */
	if (rdev == DEV_HVC0 && !(f->flags & O_NOCTTY) && current &&
	    task_sid(current) == task_pid(current) && !task_tty(current) && !t->session)
		tty_acquire(t, f);
	return 0;
}

static bool input_ready(const struct tty *t)
{
	if (tty_lflag(t, ICANON))
		return t->lines != 0;
	return tty_count(t) >= (t->t.cc[VTIME] || !t->t.cc[VMIN] ? 1u : t->t.cc[VMIN]);
}

/* Give up to a line; what follows an end of file stays for the next read. */
static ssize_t read_line(struct tty *t, struct uio *u)
{
	char chunk[128];
	ssize_t done = 0;
	bool end = false;

	while (u->len && !end && t->tail != t->head) {
		size_t n = 0;

		while (n < sizeof(chunk) && n < u->len && !end && t->tail != t->head) {
			uint8_t mark = t->mark[t->tail & RING_MASK];

			if (mark != MARK_EOF)
				chunk[n++] = (char)t->ring[t->tail & RING_MASK];
			t->tail++;
			if (mark != MARK_NONE) {
				t->lines--;
				end = true;
			}
		}
		if (uio_put(u, chunk, n))
			return done ? done : -EFAULT;
		done += (ssize_t)n;
	}
	return done;
}

static ssize_t read_bytes(struct tty *t, struct uio *u)
{
	char chunk[128];
	ssize_t done = 0;

	while (u->len && t->tail != t->head) {
		size_t n = 0;

		while (n < sizeof(chunk) && n < u->len && t->tail != t->head)
			chunk[n++] = (char)t->ring[t->tail++ & RING_MASK];
		if (t->tail > t->line_start)
			t->line_start = t->tail;
		if (uio_put(u, chunk, n))
			return done ? done : -EFAULT;
		done += (ssize_t)n;
	}
	return done;
}

/* VMIN and VTIME, in the four cases of termios(3). */
static ssize_t read_raw(struct tty *t, struct uio *u, bool nonblock)
{
	uint64_t gap = t->t.cc[VTIME] * 100000000ull;
	size_t min = t->t.cc[VMIN];
	uint64_t deadline = gap && !min ? time_ns() + gap : NO_DEADLINE;
	ssize_t done = 0;

	if (min > u->len)
		min = u->len;
	for (;;) {
		ssize_t n = read_bytes(t, u);
		int err;

		if (n < 0)
			return done ? done : n;
		done += n;
		tty_pull(t);
		if (!u->len)
			return done;
		if (tty_count(t))
			continue;
		if (done ? (size_t)done >= min : !min && !gap)
			return done;
		if (nonblock)
			return done ? done : -EAGAIN;
		if (n && min && gap)
			deadline = time_ns() + gap;
		err = waitq_sleep(&t->rd, deadline);
		if (err == -ETIMEDOUT)
			return done;
		if (err)
			return done ? done : -ERESTARTSYS;
	}
}

ssize_t tty_read(struct tty *t, struct uio *u, bool nonblock)
{
	if (!u->len)
		return 0;
	tty_pull(t);
	while (tty_lflag(t, ICANON)) {
		ssize_t n;

		if (t->lines) {
			n = read_line(t, u);
			tty_pull(t);
			return n;
		}
		if (nonblock)
			return -EAGAIN;
		if (waitq_sleep(&t->rd, NO_DEADLINE))
			return -ERESTARTSYS;
	}
	return read_raw(t, u, nonblock);
}

static ssize_t fop_read(struct file *f, struct uio *u, off_t *pos)
{
	struct tty *t = f->priv;
	int err = tty_check_background(t, f, SIGTTIN);

	(void)pos;
	return err ? err : tty_read(t, u, (f->flags & O_NONBLOCK) != 0);
}

static ssize_t fop_write(struct file *f, struct uio *u, off_t *pos)
{
	struct tty *t = f->priv;
	int err = tty_lflag(t, TOSTOP) ? tty_check_background(t, f, SIGTTOU) : 0;

	(void)pos;
	return err ? err : tty_write(t, u, (f->flags & O_NONBLOCK) != 0);
}

uint32_t tty_ready(struct tty *t)
{
	uint32_t mask = 0;

	tty_pull(t);
	if (input_ready(t))
		mask |= POLL_READ;
	if (!t->stopped && !t->writing && t->drv->room() >= 256)
		mask |= POLL_WRITE;
	return mask;
}

static uint32_t fop_poll(struct file *f, struct poll_table *pt)
{
	struct tty *t = f->priv;

	poll_wait(pt, &t->rd);
	poll_wait(pt, &t->wr);
	return tty_ready(t);
}

const struct file_ops tty_fops = {
	.open = fop_open,
	.read = fop_read,
	.write = fop_write,
	.poll = fop_poll,
	.ioctl = tty_ioctl,
};

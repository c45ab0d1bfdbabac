/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminal output: processing (OPOST), echoes, and writers that sleep while there is no room. */
#include "tty.h"

static size_t process_newline(struct tty *t, char *out)
{
	if (t->t.oflag & ONLRET)
		t->column = 0;
	if (!(t->t.oflag & ONLCR)) {
		out[0] = '\n';
		return 1;
	}
	t->column = 0;
	out[0] = '\r';
	out[1] = '\n';
	return 2;
}

static size_t process_return(struct tty *t, char *out)
{
	if ((t->t.oflag & ONOCR) && t->column == 0)
		return 0;
	if (t->t.oflag & OCRNL) {
		if (t->t.oflag & ONLRET)
			t->column = 0;
		out[0] = '\n';
		return 1;
	}
	t->column = 0;
	out[0] = '\r';
	return 1;
}

static size_t process_tab(struct tty *t, char *out)
{
	uint32_t spaces = 8 - (t->column & 7);

	t->column += spaces;
	if ((t->t.oflag & TABDLY) != XTABS) {
		out[0] = '\t';
		return 1;
	}
	memset(out, ' ', spaces);
	return spaces;
}

size_t tty_process(struct tty *t, uint8_t c, char out[TTY_EXPAND])
{
	out[0] = (char)c;
	if (!(t->t.oflag & OPOST))
		return 1;
	switch (c) {
	case '\n':
		return process_newline(t, out);
	case '\r':
		return process_return(t, out);
	case '\t':
		return process_tab(t, out);
	case '\b':
		if (t->column)
			t->column--;
		return 1;
	default:
		if ((t->t.oflag & OLCUC) && c >= 'a' && c <= 'z')
			out[0] = (char)(c - 32);
		if (c >= ' ' && c != 0x7f && !((t->t.iflag & IUTF8) && (c & 0xc0) == 0x80))
			t->column++;
		return 1;
	}
}

bool tty_echo_flush(struct tty *t)
{
	size_t n;

	if (!t->echo_len)
		return true;
	if (t->stopped)
		return false;
	n = t->drv->room();
	if (n > t->echo_len)
		n = t->echo_len;
	if (n) {
		t->drv->write((const char *)t->echo, n);
		t->drv->kick();
		t->echo_len -= (uint32_t)n;
		memmove(t->echo, t->echo + n, t->echo_len);
	}
	return t->echo_len == 0;
}

/* If even the queue is full, what was typed is not shown, but not lost either. */
void tty_echo_raw(struct tty *t, const char *p, size_t n)
{
	if (t->echo_len + n > TTY_ECHO)
		tty_echo_flush(t);
	if (t->echo_len + n > TTY_ECHO)
		return;
	memcpy(t->echo + t->echo_len, p, n);
	t->echo_len += (uint32_t)n;
}

void tty_echo(struct tty *t, uint8_t c)
{
	char out[TTY_EXPAND];
	size_t n = tty_process(t, c, out);

	tty_echo_raw(t, out, n);
}

void tty_echo_char(struct tty *t, uint8_t c)
{
	if (tty_lflag(t, ECHOCTL) && (c < ' ' || c == 0x7f) && c != '\t') {
		tty_echo(t, '^');
		tty_echo(t, c ^ 0x40);
	} else {
		tty_echo(t, c);
	}
}

/* As much as there is room for; bytes of u taken, or -EFAULT. */
static ssize_t write_some(struct tty *t, struct uio *u)
{
	uint8_t in[128];
	char out[128 * 2 + TTY_EXPAND];
	size_t room = t->drv->room(), n = u->len, len = 0, used = 0;
	bool opost = (t->t.oflag & OPOST) != 0;

	if (n > sizeof(in))
		n = sizeof(in);
	/* Processed bytes may double, or become tabs: take no more than is sure to fit. */
	if (opost && n > room / ((t->t.oflag & TABDLY) == XTABS ? TTY_EXPAND : 2))
		n = room / ((t->t.oflag & TABDLY) == XTABS ? TTY_EXPAND : 2);
	if (opost && (t->t.oflag & TABDLY) == XTABS && n > sizeof(out) / TTY_EXPAND)
		n = sizeof(out) / TTY_EXPAND;
	if (n > room)
		n = room;
	if (!n)
		return 0;
	if (uio_get(u, in, n))
		return -EFAULT;
	for (; used < n; used++)
		len += tty_process(t, in[used], out + len);
	t->drv->write(out, len);
	return (ssize_t)used;
}

static ssize_t write_locked(struct tty *t, struct uio *u, bool nonblock)
{
	ssize_t done = 0;

	while (u->len) {
		ssize_t n = 0;

		if (!t->stopped && tty_echo_flush(t))
			n = write_some(t, u);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (n)
			continue;
		t->drv->kick();
		if (nonblock)
			return done ? done : -EAGAIN;
		if (waitq_sleep(&t->wr, NO_DEADLINE))
			return done ? done : -ERESTARTSYS;
	}
	return done;
}

ssize_t tty_write(struct tty *t, struct uio *u, bool nonblock)
{
	ssize_t done;

	/* One writer at a time, so that lines of two programs do not mix. */
	while (t->writing) {
		if (nonblock)
			return -EAGAIN;
		if (waitq_sleep(&t->wr, NO_DEADLINE))
			return -ERESTARTSYS;
	}
	t->writing = true;
	done = write_locked(t, u, nonblock);
	t->writing = false;
	t->drv->kick();
	waitq_wake(&t->wr);
	return done;
}

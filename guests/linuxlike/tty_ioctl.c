/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminal ioctls: termios in its three layouts, window size, flow, flush. */
#include "signal.h"
#include "tty.h"

static const uint32_t speeds[] = { 0,	50,   75,   110,  134,	150,  200,   300,
				   600, 1200, 1800, 2400, 4800, 9600, 19200, 38400 };
static const uint32_t fast_speeds[] = { 0,	 57600,	  115200,  230400,  460800,  500000,
					576000,	 921600,  1000000, 1152000, 1500000, 2000000,
					2500000, 3000000, 3500000, 4000000 };

static uint32_t speed_of(uint32_t cflag)
{
	return cflag & 0010000u ? fast_speeds[cflag & 017u] : speeds[cflag & 017u];
}

/* All output was given to the ring; from there it goes its way without us. */
static int wait_drained(struct tty *t)
{
	while (!tty_echo_flush(t) || t->writing) {
		t->drv->kick();
		if (waitq_sleep(&t->wr, NO_DEADLINE))
			return -ERESTARTSYS;
	}
	return 0;
}

static void set_termios(struct tty *t, const struct termios_abi *n)
{
	bool canon = (t->t.lflag ^ n->lflag) & ICANON;

	t->t = *n;
	if (canon)
		tty_recount(t);
	if (t->stopped && !(n->iflag & IXON))
		t->stopped = false;
	/* A reader waits for what its mode calls input, a writer perhaps for ^Q: look again. */
	waitq_wake(&t->rd);
	waitq_wake(&t->wr);
}

static int change(struct tty *t, struct file *f, const struct termios_abi *n, uint32_t how)
{
	int err = tty_check_background(t, f, SIGTTOU);

	if (!err && how)
		err = wait_drained(t);
	if (err)
		return err;
	if (how == 2) {
		tty_pull(t);
		tty_flush_input(t);
	}
	set_termios(t, n);
	return 0;
}

/* how: 0 now, 1 after output, 2 after output and without what was typed */
static int tcsets(struct tty *t, struct file *f, uptr_t arg, uint32_t how, size_t size)
{
	struct termios2_abi n;

	if (copy_from_user(&n, arg, size))
		return -EFAULT;
	return change(t, f, &n.t, how);
}

static int tcgets2(struct tty *t, uptr_t arg)
{
	struct termios2_abi n = { t->t, speed_of(t->t.cflag), speed_of(t->t.cflag) };

	return copy_to_user(arg, &n, sizeof(n));
}

static int tcgeta(struct tty *t, uptr_t arg)
{
	struct termio_abi n = { (uint16_t)t->t.iflag,
				(uint16_t)t->t.oflag,
				(uint16_t)t->t.cflag,
				(uint16_t)t->t.lflag,
				t->t.line,
				{ 0 } };

	memcpy(n.cc, t->t.cc, sizeof(n.cc));
	return copy_to_user(arg, &n, sizeof(n));
}

static int tcseta(struct tty *t, struct file *f, uptr_t arg, uint32_t how)
{
	struct termios_abi n = t->t;
	struct termio_abi u;

	if (copy_from_user(&u, arg, sizeof(u)))
		return -EFAULT;
	n.iflag = (n.iflag & 0xffff0000u) | u.iflag;
	n.oflag = (n.oflag & 0xffff0000u) | u.oflag;
	n.cflag = (n.cflag & 0xffff0000u) | u.cflag;
	n.lflag = (n.lflag & 0xffff0000u) | u.lflag;
	n.line = u.line;
	memcpy(n.cc, u.cc, sizeof(u.cc));
	return change(t, f, &n, how);
}

static int flow(struct tty *t, struct file *f, uint32_t what)
{
	int err = tty_check_background(t, f, SIGTTOU);
	char c;

	if (err)
		return err;
	switch (what) {
	case 0: /* TCOOFF */
	case 1: /* TCOON */
		t->stopped = what == 0;
		waitq_wake(&t->wr);
		return 0;
	case 2: /* TCIOFF */
	case 3: /* TCION */
		c = (char)t->t.cc[what == 2 ? VSTOP : VSTART];
		if (c) {
			tty_echo_raw(t, &c, 1);
			tty_echo_flush(t);
		}
		return 0;
	default:
		return -EINVAL;
	}
}

static int flush(struct tty *t, struct file *f, uint32_t what)
{
	int err = tty_check_background(t, f, SIGTTOU);

	if (err)
		return err;
	if (what > 2)
		return -EINVAL;
	if (what != 1) { /* TCIFLUSH, TCIOFLUSH */
		tty_pull(t);
		tty_flush_input(t);
	}
	if (what != 0) /* TCOFLUSH, TCIOFLUSH */
		t->echo_len = 0;
	return 0;
}

static int set_winsize(struct tty *t, uptr_t arg)
{
	struct winsize_abi ws;

	if (copy_from_user(&ws, arg, sizeof(ws)))
		return -EFAULT;
	if (!memcmp(&ws, &t->ws, sizeof(ws)))
		return 0;
	t->ws = ws;
	tty_signal(t, SIGWINCH);
	return 0;
}

static int input_waiting(struct tty *t, uptr_t arg)
{
	uint32_t n = 0;

	tty_pull(t);
	n = tty_count(t);
	if (tty_lflag(t, ICANON)) {
		/* Only whole lines can be read, and an end of file is no byte of them. */
		n = t->lines ? t->line_start - t->tail : 0;
		for (uint32_t i = t->tail; t->lines && i != t->line_start; i++)
			n -= t->mark[i % TTY_RING] == MARK_EOF;
	}
	return copy_to_user(arg, &n, sizeof(n));
}

static int tcsbrk(struct tty *t, struct file *f)
{
	int err = tty_check_background(t, f, SIGTTOU);

	return err ? err : wait_drained(t);
}

static int termios_ioctl(struct tty *t, struct file *f, uint32_t cmd, uptr_t arg)
{
	switch (cmd) {
	case TCGETS:
		return copy_to_user(arg, &t->t, sizeof(t->t));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return tcsets(t, f, arg, cmd - TCSETS, sizeof(struct termios_abi));
	case TCGETS2:
		return tcgets2(t, arg);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return tcsets(t, f, arg, cmd - TCSETS2, sizeof(struct termios2_abi));
	case TCGETA:
		return tcgeta(t, arg);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return tcseta(t, f, arg, cmd - TCSETA);
	default:
		return -ENOIOCTLCMD;
	}
}

static int other_ioctl(struct tty *t, struct file *f, uint32_t cmd, uptr_t arg)
{
	switch (cmd) {
	case TIOCGWINSZ:
		return copy_to_user(arg, &t->ws, sizeof(t->ws));
	case TIOCSWINSZ:
		return set_winsize(t, arg);
	case FIONREAD:
		return input_waiting(t, arg);
	case TIOCOUTQ:
		return copy_to_user(arg, &t->echo_len, sizeof(t->echo_len));
	case TCFLSH:
		return flush(t, f, arg);
	case TCXONC:
		return flow(t, f, arg);
	case TCSBRK:
	case TCSBRKP:
		return tcsbrk(t, f);
	case TIOCEXCL:
	case TIOCNXCL:
		t->exclusive = cmd == TIOCEXCL;
		return 0;
	default:
		return -ENOTTY;
	}
}

int tty_ioctl(struct file *f, uint32_t cmd, uptr_t arg)
{
	struct tty *t = f->priv;
	int err = tty_job_ioctl(t, f, cmd, arg);

	if (err == -ENOIOCTLCMD)
		err = termios_ioctl(t, f, cmd, arg);
	if (err == -ENOIOCTLCMD)
		err = other_ioctl(t, f, cmd, arg);
	return err;
}

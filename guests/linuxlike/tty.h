/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals. Input goes driver ─► tty_input() ─► ring of bytes and marks ─► read();
 * output goes write() ─► tty_output() ─► driver, and echoes go between. Nothing is
 * dropped for want of room: writers sleep, echoes queue, and input that cannot be
 * taken stays in the driver's ring.
 */
#ifndef LX_TTY_H
#define LX_TTY_H

#include "abi_tty.h"
#include "fs.h"

#define TTY_RING 4096u
#define TTY_ECHO 2048u
#define TTY_EXPAND 8u /* the most that one byte becomes: a tab */

struct tty_driver {
	size_t (*room)(void);
	void (*write)(const char *p, size_t n); /* n <= room */
	size_t (*read)(char *p, size_t n);	/* without waiting */
	void (*kick)(void);			/* the rings changed: tell the other end */
};

enum { MARK_NONE, MARK_EOL, MARK_EOF };

struct tty {
	const struct tty_driver *drv;
	struct termios_abi t;
	struct winsize_abi ws;
	uint32_t rdev;
	pid_t session, pgrp;
	bool exclusive;

	uint8_t ring[TTY_RING], mark[TTY_RING];
	uint32_t head, tail; /* of the ring, counting up */
	uint32_t lines;	     /* marks between tail and head */
	uint32_t line_start; /* where the line being typed began */
	bool lnext;
	uint32_t line_column;

	bool stopped; /* ^S */
	uint32_t column;
	uint8_t echo[TTY_ECHO]; /* output that waits for room */
	uint32_t echo_len;
	bool writing; /* someone's write() is under way */

	struct waitq rd, wr;
};

static inline uint32_t tty_count(const struct tty *t) { return t->head - t->tail; }
static inline bool tty_lflag(const struct tty *t, uint32_t f) { return (t->t.lflag & f) != 0; }

/* --- tty_in.c */
void tty_input(struct tty *t, uint8_t c);
void tty_pull(struct tty *t); /* take what the driver has, as far as it fits */
void tty_flush_input(struct tty *t);
void tty_recount(struct tty *t); /* canonical mode changed: marks are made anew */

/* --- tty_out.c */
size_t tty_process(struct tty *t, uint8_t c, char out[TTY_EXPAND]); /* what a byte becomes */
void tty_echo(struct tty *t, uint8_t c);			    /* through output processing */
void tty_echo_raw(struct tty *t, const char *p, size_t n);
void tty_echo_char(struct tty *t, uint8_t c); /* controls as ^X */
bool tty_echo_flush(struct tty *t);	      /* true: nothing waits any more */
ssize_t tty_write(struct tty *t, struct uio *u, bool nonblock);

/* --- tty.c */
void tty_setup(struct tty *t, const struct tty_driver *drv, uint32_t rdev);
struct tty *tty_of(struct file *f); /* NULL: no terminal */
struct tty *tty_console(void);
ssize_t tty_read(struct tty *t, struct uio *u, bool nonblock);
uint32_t tty_ready(struct tty *t); /* POLL_* */

/* --- tty_job.c */
int tty_check_background(struct tty *t, struct file *f, int sig); /* 0, -EIO, -ERESTARTSYS */
void tty_signal(struct tty *t, int sig);			  /* to the foreground group */
int tty_job_ioctl(struct tty *t, struct file *f, uint32_t cmd,
		  uptr_t arg); /* -ENOIOCTLCMD: not ours */
void tty_acquire(struct tty *t,
		 struct file *f); /* becomes the controlling terminal of current's session */
#define ENOIOCTLCMD 515

/* --- tty_ioctl.c */
int tty_ioctl(struct file *f, uint32_t cmd, uptr_t arg);

/* --- console.c */
extern const struct tty_driver console_driver;
void console_listen(void (*fn)(void)); /* called when there is input or room */

#endif

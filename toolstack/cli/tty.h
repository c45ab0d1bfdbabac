/* SPDX-License-Identifier: GPL-2.0-only */
/* The user's terminal in raw mode, put back on every way out. */
#ifndef CLI_TTY_H
#define CLI_TTY_H

/* Takes SIGINT, SIGTERM, SIGHUP and SIGQUIT from now on: they interrupt what waits,
 * and tty_signal() tells which came. */
void tty_catch_signals(void);
int tty_signal(void); /* 0: none yet */

/* If stdin is a terminal: raw until tty_restore() or the end of the program, however it ends. */
void tty_raw(void);
void tty_restore(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/tty.h"

static struct termios saved, raw;
static volatile sig_atomic_t is_raw, caught;

/* tcsetattr is safe in signal handlers. */
void tty_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	is_raw = 0;
}

static void on_fatal(int sig)
{
	tty_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_signal(int sig) { caught = sig; }

/* Back from a stop (^Z typed elsewhere, or kill -STOP): the shell had its own mode on. */
static void on_cont(int sig)
{
	(void)sig;
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void handle(int sig, void (*fn)(int))
{
	struct sigaction sa = { .sa_handler = fn };

	/* No SA_RESTART: poll has to return. */
	sigaction(sig, &sa, NULL);
}

void tty_catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		handle(sigs[i], on_signal);
	signal(SIGPIPE, SIG_IGN);
}

int tty_signal(void) { return caught; }

void tty_raw(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };

	if (is_raw || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved))
		return;
	raw = saved;
	cfmakeraw(&raw);
	/* A guest that ends its lines with a bare newline is still to be read. */
	raw.c_oflag |= OPOST | ONLCR;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		handle(fatal[i], on_fatal);
	handle(SIGCONT, on_cont);
	atexit(tty_restore);
	is_raw = 1;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

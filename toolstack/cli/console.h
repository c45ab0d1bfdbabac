/* SPDX-License-Identifier: GPL-2.0-only */
/* A console session: this terminal, or these pipes, connected to a domain's console. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "cli/client.h"

enum console_result {
	CONSOLE_FAILED,	  /* *e is set */
	CONSOLE_DETACHED, /* ^] was typed */
	CONSOLE_SIGNAL,	  /* tty_signal() tells which */
	CONSOLE_OVER,	  /* the domain ended, and all it printed was shown */
};

struct console_end {
	uint32_t domid;
	uint32_t code;	    /* SHUTDOWN_* + 1; 0: it was destroyed */
	uint32_t successor; /* it was restarted as this domid; 0: it was not */
};

/* flags: DAEMON_CONSOLE_ALL. The connection is of no other use afterwards, except for
 * another session. */
enum console_result console_session(struct conn *c, const char *who, uint32_t flags,
				    struct console_end *end, struct err *e);
/* The same, and on to the successor each time the domain is restarted. */
enum console_result console_follow(struct conn *c, const char *who, uint32_t flags,
				   struct console_end *end, struct err *e);

/* What became of a domain, in a line on stderr; the exit code that says the same. */
int console_verdict(const char *name, const struct console_end *end);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/console.h"
#include "cli/query.h"
#include "cli/tagma.h"
#include "cli/tty.h"
#include "lib/file.h"

#define ESCAPE 0x1d	 /* ^] */
#define TYPE_AHEAD 16384 /* bytes given to the daemon that it has not taken yet */

struct session {
	struct conn *c;
	uint32_t domid;
	bool tty;	/* stdin is one: ^] leaves */
	bool input_end; /* stdin ended; the session goes on */
	bool output_lost;
	bool over, detached;
	struct console_end *end;
};

static void on_event(struct session *s, const uint8_t *payload, size_t len)
{
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_event ev;

	proto_event(&b, &ev);
	/* The daemon sends it for the one console this connection is attached to. */
	if (!pbuf_done(&b) || ev.kind != DAEMON_EV_OVER)
		return;
	*s->end = (struct console_end){ ev.domid, ev.arg, (uint32_t)strtoul(ev.text, NULL, 10) };
	s->over = true;
}

static void on_frame(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	struct session *s = arg;

	if (channel == PROTO_CH_EVENT)
		on_event(s, payload, len);
	else if (channel >= PROTO_CH_CONSOLE && fd_write_all(STDOUT_FILENO, payload, len))
		s->output_lost = true;
}

static void read_input(struct session *s)
{
	uint8_t buf[1024], *esc;
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		s->input_end = true;
		return;
	}
	esc = s->tty ? memchr(buf, ESCAPE, (size_t)n) : NULL;
	if (esc) {
		n = esc - buf;
		s->detached = true;
	}
	if (n)
		conn_send(s->c, (uint16_t)(PROTO_CH_CONSOLE + s->domid), buf, (size_t)n);
}

static int attach(struct session *s, const char *who, uint32_t flags, struct err *e)
{
	struct daemon_console m = { .flags = flags };
	uint8_t buf[PROTO_NAME + 16];
	struct pbuf b = pbuf_writer(buf, sizeof(buf)), in;

	if (strlen(who) >= sizeof(m.name))
		return err_set(e, "%s is an invalid domain identifier: too long", who);
	strcpy(m.name, who);
	daemon_console(&b, &m);
	/* Output, and even the end, may come in one piece with the reply. */
	conn_listen(s->c, on_frame, s);
	if (conn_call(s->c, DAEMON_CONSOLE, &b, &in, e))
		return err_prefix(e, "console of '%s'", who);
	daemon_console(&in, &m);
	if (!pbuf_done(&in))
		return err_set(e, "the daemon's reply makes no sense");
	s->domid = m.domid;
	return 0;
}

static enum console_result wait_end(struct session *s, struct err *e)
{
	bool readable;

	while (!s->over) {
		bool read_stdin = !s->input_end && s->c->out.len < TYPE_AHEAD;

		if (tty_signal())
			return CONSOLE_SIGNAL;
		if (s->output_lost) {
			err_errno(e, "stdout");
			return CONSOLE_FAILED;
		}
		if (conn_poll(s->c, 1000, read_stdin ? STDIN_FILENO : -1, &readable)) {
			err_set(e, "the machine ended");
			return CONSOLE_FAILED;
		}
		if (readable)
			read_input(s);
		if (s->detached && !s->c->out.len)
			return CONSOLE_DETACHED;
	}
	return CONSOLE_OVER;
}

enum console_result console_session(struct conn *c, const char *who, uint32_t flags,
				    struct console_end *end, struct err *e)
{
	struct session s = { .c = c, .tty = isatty(STDIN_FILENO), .end = end };
	enum console_result r;

	if (attach(&s, who, flags, e)) {
		conn_listen(c, NULL, NULL);
		return CONSOLE_FAILED;
	}
	tty_raw();
	r = wait_end(&s, e);
	tty_restore();
	conn_listen(c, NULL, NULL);
	return r;
}

enum console_result console_follow(struct conn *c, const char *who, uint32_t flags,
				   struct console_end *end, struct err *e)
{
	char next[16];
	enum console_result r = console_session(c, who, flags, end, e);

	while (r == CONSOLE_OVER && end->successor) {
		snprintf(next, sizeof(next), "%u", end->successor);
		r = console_session(c, next, flags, end, e);
	}
	return r;
}

int console_verdict(const char *name, const struct console_end *end)
{
	if (end->code == 1) /* SHUTDOWN_poweroff */
		return EXIT_OK;
	if (!end->code) {
		cli_note("domain '%s' was destroyed", name);
		return EXIT_ENDED;
	}
	if (end->code == 4) { /* SHUTDOWN_crash */
		cli_note("domain '%s' crashed", name);
		return EXIT_CRASHED;
	}
	cli_note("domain '%s' ended: %s", name, shutdown_name(end->code - 1));
	return EXIT_ENDED;
}

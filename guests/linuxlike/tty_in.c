/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminal input: the line discipline, byte by byte. */
#include "signal.h"
#include "tty.h"

#define RING_MASK (TTY_RING - 1)

static uint8_t *ring_at(struct tty *t, uint32_t i) { return &t->ring[i & RING_MASK]; }

static bool is_cc(const struct tty *t, uint8_t c, int which)
{
	return t->t.cc[which] && c == t->t.cc[which];
}

static void put(struct tty *t, uint8_t c, uint8_t mark)
{
	*ring_at(t, t->head) = c;
	t->mark[t->head & RING_MASK] = mark;
	t->head++;
	if (mark != MARK_NONE) {
		t->lines++;
		t->line_start = t->head;
	}
}

void tty_flush_input(struct tty *t)
{
	t->tail = t->line_start = t->head;
	t->lines = 0;
	t->lnext = false;
}

/* As Linux: what is there when canonical mode begins counts as one line. */
void tty_recount(struct tty *t)
{
	for (uint32_t i = t->tail; i != t->head; i++)
		t->mark[i & RING_MASK] = MARK_NONE;
	t->lines = 0;
	t->line_start = t->head;
	t->lnext = false;
	if (tty_lflag(t, ICANON) && t->head != t->tail) {
		t->mark[(t->head - 1) & RING_MASK] = MARK_EOL;
		t->lines = 1;
	}
}

static bool is_continuation(const struct tty *t, uint8_t c)
{
	return (t->t.iflag & IUTF8) && (c & 0xc0) == 0x80;
}

/* The column where the byte at `end` of the line being typed stands. */
static uint32_t column_at(struct tty *t, uint32_t end)
{
	uint32_t col = t->line_column;

	for (uint32_t i = t->line_start; i != end; i++) {
		uint8_t c = *ring_at(t, i);

		if (c == '\t')
			col = (col | 7) + 1;
		else if (c < ' ' || c == 0x7f)
			col += tty_lflag(t, ECHOCTL) ? 2 : 0;
		else if (!is_continuation(t, c))
			col++;
	}
	return col;
}

static void echo_erase(struct tty *t, uint32_t from, uint32_t to)
{
	uint32_t width = column_at(t, to) - column_at(t, from);
	bool tab = *ring_at(t, from) == '\t';

	for (; width; width--) {
		tty_echo(t, '\b');
		if (!tab) {
			tty_echo(t, ' ');
			tty_echo(t, '\b');
		}
	}
}

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c >= 0x80;
}

/* One character, with all its bytes. */
static void erase_char(struct tty *t, bool show)
{
	uint32_t at = t->head - 1;

	while (at != t->line_start && is_continuation(t, *ring_at(t, at)))
		at--;
	if (show)
		echo_erase(t, at, t->head);
	t->head = at;
}

static void erase_word(struct tty *t)
{
	bool seen = false, show = tty_lflag(t, ECHO);

	while (t->head != t->line_start) {
		if (is_word(*ring_at(t, t->head - 1)))
			seen = true;
		else if (seen)
			break;
		erase_char(t, show);
	}
}

static void erase_line(struct tty *t)
{
	bool show = tty_lflag(t, ECHO);

	if (!show || (tty_lflag(t, ECHOK) && tty_lflag(t, ECHOKE) && tty_lflag(t, ECHOE))) {
		while (t->head != t->line_start)
			erase_char(t, show);
		return;
	}
	t->head = t->line_start;
	tty_echo_char(t, t->t.cc[VKILL]);
	if (tty_lflag(t, ECHOK))
		tty_echo(t, '\n');
}

static bool input_erase(struct tty *t, uint8_t c)
{
	bool erase = is_cc(t, c, VERASE), kill = is_cc(t, c, VKILL);
	bool word = is_cc(t, c, VWERASE) && tty_lflag(t, IEXTEN);

	if (!erase && !kill && !word)
		return false;
	if (t->head == t->line_start)
		return true;
	if (kill)
		erase_line(t);
	else if (word)
		erase_word(t);
	else if (tty_lflag(t, ECHO) && !tty_lflag(t, ECHOE)) {
		erase_char(t, false);
		tty_echo_char(t, c);
	} else {
		erase_char(t, tty_lflag(t, ECHO));
	}
	return true;
}

static bool input_signal(struct tty *t, uint8_t c)
{
	int sig = is_cc(t, c, VINTR)   ? SIGINT
		  : is_cc(t, c, VQUIT) ? SIGQUIT
		  : is_cc(t, c, VSUSP) ? SIGTSTP
				       : 0;

	if (!sig || !tty_lflag(t, ISIG))
		return false;
	if (!tty_lflag(t, NOFLSH)) {
		tty_flush_input(t);
		tty_echo_flush(t);
		t->echo_len = 0;
	}
	if (t->t.iflag & IXON)
		t->stopped = false;
	if (tty_lflag(t, ECHO))
		tty_echo_char(t, c);
	tty_signal(t, sig);
	waitq_wake(&t->wr);
	return true;
}

static bool input_flow(struct tty *t, uint8_t c)
{
	if (!(t->t.iflag & IXON))
		return false;
	if (is_cc(t, c, VSTOP)) {
		t->stopped = true;
		return true;
	}
	if (is_cc(t, c, VSTART) || (t->stopped && (t->t.iflag & IXANY))) {
		t->stopped = false;
		waitq_wake(&t->wr);
		return is_cc(t, c, VSTART);
	}
	return false;
}

static void reprint(struct tty *t, uint8_t c)
{
	tty_echo_char(t, c);
	tty_echo(t, '\n');
	for (uint32_t i = t->line_start; i != t->head; i++)
		tty_echo_char(t, *ring_at(t, i));
}

/* The bytes that mean something in a line; true: c was one. */
static bool input_canon(struct tty *t, uint8_t c)
{
	if (input_erase(t, c))
		return true;
	if (is_cc(t, c, VLNEXT) && tty_lflag(t, IEXTEN)) {
		t->lnext = true;
		if (tty_lflag(t, ECHO) && tty_lflag(t, ECHOCTL)) {
			tty_echo(t, '^');
			tty_echo(t, '\b');
		}
		return true;
	}
	if (is_cc(t, c, VREPRINT) && tty_lflag(t, IEXTEN) && tty_lflag(t, ECHO)) {
		reprint(t, c);
		return true;
	}
	if (c == '\n') {
		if (tty_lflag(t, ECHO | ECHONL))
			tty_echo(t, '\n');
		put(t, '\n', MARK_EOL);
		return true;
	}
	if (is_cc(t, c, VEOF)) {
		put(t, 0, MARK_EOF);
		return true;
	}
	if (is_cc(t, c, VEOL) || (is_cc(t, c, VEOL2) && tty_lflag(t, IEXTEN))) {
		if (tty_lflag(t, ECHO))
			tty_echo_char(t, c);
		put(t, c, MARK_EOL);
		return true;
	}
	return false;
}

static void input_plain(struct tty *t, uint8_t c)
{
	/* The last place is for the byte that ends the line. */
	if (tty_count(t) >= TTY_RING - 1) {
		if (t->t.iflag & IMAXBEL)
			tty_echo_raw(t, "\a", 1);
		return;
	}
	if (t->head == t->line_start)
		t->line_column = t->column;
	if (tty_lflag(t, ECHO)) {
		if (c == '\n')
			tty_echo(t, c);
		else
			tty_echo_char(t, c);
	}
	put(t, c, MARK_NONE);
}

void tty_input(struct tty *t, uint8_t c)
{
	if (t->t.iflag & ISTRIP)
		c &= 0x7f;
	if (t->lnext) {
		t->lnext = false;
		input_plain(t, c);
		return;
	}
	if (input_flow(t, c) || input_signal(t, c))
		return;
	if (c == '\r') {
		if (t->t.iflag & IGNCR)
			return;
		if (t->t.iflag & ICRNL)
			c = '\n';
	} else if (c == '\n' && (t->t.iflag & INLCR)) {
		c = '\r';
	}
	if (tty_count(t) >= TTY_RING)
		return;
	if (tty_lflag(t, ICANON) && input_canon(t, c))
		return;
	input_plain(t, c);
}

/* While a line is complete, more waits in the driver; one being typed must come to its end. */
static size_t input_space(const struct tty *t)
{
	uint32_t count = tty_count(t);

	if (count < TTY_RING - 1)
		return TTY_RING - 1 - count;
	return tty_lflag(t, ICANON) && !t->lines ? 1 : 0;
}

void tty_pull(struct tty *t)
{
	char chunk[64];
	bool any = false;
	size_t n;

	while ((n = input_space(t))) {
		n = t->drv->read(chunk, n < sizeof(chunk) ? n : sizeof(chunk));
		if (!n)
			break;
		for (size_t i = 0; i < n; i++)
			tty_input(t, (uint8_t)chunk[i]);
		any = true;
	}
	if (!any)
		return;
	tty_echo_flush(t);
	t->drv->kick();
	waitq_wake(&t->rd);
}

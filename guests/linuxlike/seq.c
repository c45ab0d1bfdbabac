/* SPDX-License-Identifier: GPL-2.0-only */
/* Text made anew for every read; only the window asked for is kept. */
#include <stdarg.h>
#include <stdio.h>
#include "fs.h"

void seq_write(struct seq *s, const void *p, size_t n)
{
	const char *c = p;

	if (s->err)
		return;
	if (s->skip >= (off_t)n) {
		s->skip -= (off_t)n;
		return;
	}
	c += s->skip;
	n -= (size_t)s->skip;
	s->skip = 0;
	if (n > s->u->len)
		n = s->u->len;
	if (n && uio_put(s->u, c, n))
		s->err = -EFAULT;
	else
		s->done += (ssize_t)n;
}

void seq_printf(struct seq *s, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > 0)
		seq_write(s, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void seq_escape(struct seq *s, const char *text)
{
	for (; *text; text++) {
		if (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\\')
			seq_printf(s, "\\%03o", (unsigned int)(uint8_t)*text);
		else
			seq_write(s, text, 1);
	}
}

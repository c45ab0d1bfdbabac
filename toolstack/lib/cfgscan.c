/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <string.h>

#include "lib/cfgscan.h"

void cfgscan_init(struct cfgscan *s, const char *text, size_t size)
{
	*s = (struct cfgscan){ .p = text, .end = text + size, .line = 1 };
}

static void skip_comment(struct cfgscan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

/* p is at the opening quote; ends behind the closing one. No string spans lines. */
static void skip_string(struct cfgscan *s)
{
	char quote = *s->p++;

	while (s->p < s->end && *s->p != '\n') {
		if (*s->p == '\\' && s->p + 1 < s->end && s->p[1] != '\n')
			s->p++;
		else if (*s->p == quote) {
			s->p++;
			return;
		}
		s->p++;
	}
}

/* The value: up to a line end or semicolon outside brackets. */
static void skip_value(struct cfgscan *s)
{
	int depth = 0;

	while (s->p < s->end) {
		char c = *s->p;

		if (c == '#') {
			skip_comment(s);
			continue;
		}
		if (c == '"' || c == '\'') {
			skip_string(s);
			continue;
		}
		if (depth <= 0 && (c == '\n' || c == ';'))
			return;
		depth += (c == '[') - (c == ']');
		s->line += c == '\n';
		s->p++;
	}
}

static int is_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

int cfgscan_next(struct cfgscan *s, struct cfgscan_key *k)
{
	const char *start;
	size_t len;

	while (s->p < s->end && !is_name(*s->p)) {
		if (*s->p == '#') {
			skip_comment(s);
			continue;
		}
		s->line += *s->p == '\n';
		s->p++;
	}
	if (s->p == s->end)
		return 0;
	start = s->p;
	while (s->p < s->end && is_name(*s->p))
		s->p++;
	len = (size_t)(s->p - start);
	if (len >= sizeof(k->name))
		len = sizeof(k->name) - 1;
	memcpy(k->name, start, len);
	k->name[len] = '\0';
	k->line = s->line;
	skip_value(s);
	return 1;
}

int cfgscan_line(const char *text, size_t size, const char *name)
{
	struct cfgscan_key k;
	struct cfgscan s;
	int line = 0;

	cfgscan_init(&s, text, size);
	while (cfgscan_next(&s, &k))
		if (!strcmp(k.name, name))
			line = k.line;
	return line;
}

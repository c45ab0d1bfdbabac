/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatting, into a buffer of known size; never writes beyond it. */
#include <hv/console.h>
#include <limits.h>
#include <string.h>

struct out {
	char *buf;
	size_t size, len; /* len may pass size: what the text would need */
};

struct spec {
	bool zero;
	int width, prec; /* prec < 0: none */
	int size;	 /* 0 int, 1 long, 2 long long */
};

/* va_list is passed by pointer: on some machines it is an array, on others a value. */
struct args {
	va_list ap;
};

static void out_char(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void out_pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		out_char(o, c);
}

static void out_text(struct out *o, const char *s, int n)
{
	while (n-- > 0)
		out_char(o, *s++);
}

static void out_number(struct out *o, const struct spec *sp, uint64_t v, unsigned base,
		       const char *prefix)
{
	char tmp[24], *p = tmp + sizeof(tmp);
	int pre = (int)strlen(prefix), n, pad;

	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	n = (int)(tmp + sizeof(tmp) - p);
	pad = sp->width - pre - n;
	out_pad(o, ' ', sp->zero ? 0 : pad);
	out_text(o, prefix, pre);
	out_pad(o, '0', sp->zero ? pad : 0);
	out_text(o, p, n);
}

static int parse_number(const char **fmt)
{
	int v = 0;

	while (**fmt >= '0' && **fmt <= '9' && v < 1000)
		v = v * 10 + (*(*fmt)++ - '0');
	return v;
}

static void parse_spec(const char **fmt, struct spec *sp, struct args *a)
{
	*sp = (struct spec){ .zero = **fmt == '0', .prec = -1 };
	sp->width = parse_number(fmt);
	if (**fmt == '.') {
		(*fmt)++;
		sp->prec = **fmt == '*' ? va_arg(a->ap, int) : parse_number(fmt);
		*fmt += **fmt == '*';
	}
	for (; **fmt == 'l'; (*fmt)++)
		sp->size++;
}

/* Widened to 64 bits, with its sign if it has one. */
static uint64_t arg_integer(const struct spec *sp, struct args *a, bool is_signed)
{
	int64_t v;

	if (sp->size > 1)
		return va_arg(a->ap, unsigned long long);
	v = sp->size ? va_arg(a->ap, long) : va_arg(a->ap, int);
	if (!is_signed)
		v &= sp->size ? (int64_t)ULONG_MAX : (int64_t)UINT_MAX;
	return (uint64_t)v;
}

static void format_one(struct out *o, char conv, struct spec *sp, struct args *a)
{
	uint64_t v;
	const char *s;
	int n;

	switch (conv) {
	case 'd':
		v = arg_integer(sp, a, true);
		out_number(o, sp, v >> 63 ? -v : v, 10, v >> 63 ? "-" : "");
		break;
	case 'u':
	case 'x':
		out_number(o, sp, arg_integer(sp, a, false), conv == 'u' ? 10 : 16, "");
		break;
	case 'p':
		out_number(o, sp, (uintptr_t)va_arg(a->ap, void *), 16, "0x");
		break;
	case 's':
		s = va_arg(a->ap, const char *);
		s = s ? s : "(null)";
		n = (int)strnlen(s, (size_t)sp->prec); /* no precision is the largest one */
		out_pad(o, ' ', sp->width - n);
		out_text(o, s, n);
		break;
	case 'c':
		out_char(o, (char)va_arg(a->ap, int));
		break;
	default: /* shown as it stands, so that the mistake is seen */
		out_pad(o, '%', conv != '%');
		out_char(o, conv);
		break;
	}
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct args a;
	struct spec sp;

	va_copy(a.ap, ap);
	while (*fmt) {
		if (*fmt != '%') {
			out_char(&o, *fmt++);
			continue;
		}
		fmt++;
		parse_spec(&fmt, &sp, &a);
		if (!*fmt)
			break;
		format_one(&o, *fmt++, &sp, &a);
	}
	va_end(a.ap);
	if (size)
		buf[MIN(o.len, size - 1)] = '\0';
	return (int)o.len;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int kprintf(const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = kvsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	console_write(line, MIN((size_t)n, sizeof(line) - 1));
	return n;
}

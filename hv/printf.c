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
	bool left, zero;
	char lower;	 /* what makes a digit of base 16 lower case: 0x20 or nothing */
	int width, prec; /* prec < 0: none */
	int size;	 /* 0 int, 1 long, 2 long long; size_t is a long on all our machines */
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

/* Blanks, sign or prefix, zeros, n characters, blanks: any conversion. */
static void out_field(struct out *o, const struct spec *sp, const char *prefix, int zeros,
		      const char *s, int n)
{
	int blanks = sp->width - (int)strlen(prefix) - zeros - n;

	out_pad(o, ' ', sp->left ? 0 : blanks);
	while (*prefix)
		out_char(o, *prefix++);
	out_pad(o, '0', zeros);
	while (n-- > 0)
		out_char(o, *s++);
	out_pad(o, ' ', sp->left ? blanks : 0);
}

static void out_number(struct out *o, const struct spec *sp, uint64_t v, unsigned base,
		       const char *prefix)
{
	char tmp[24], *p = tmp + sizeof(tmp);
	int n, zeros;

	for (; v; v /= base)
		*--p = (char)("0123456789ABCDEF"[v % base] | sp->lower);
	if (p == tmp + sizeof(tmp) && sp->prec != 0)
		*--p = '0';
	n = (int)(tmp + sizeof(tmp) - p);
	zeros = sp->prec - n;
	if (sp->prec < 0 && sp->zero && !sp->left)
		zeros = sp->width - (int)strlen(prefix) - n;
	out_field(o, sp, prefix, MAX(zeros, 0), p, n);
}

static int parse_number(const char **fmt, struct args *a)
{
	int v = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(a->ap, int);
	}
	while (**fmt >= '0' && **fmt <= '9' && v < 1000)
		v = v * 10 + (*(*fmt)++ - '0');
	return v;
}

static void parse_spec(const char **fmt, struct spec *sp, struct args *a)
{
	*sp = (struct spec){ .prec = -1 };
	for (; **fmt == '-' || **fmt == '0'; (*fmt)++) {
		sp->left |= **fmt == '-';
		sp->zero |= **fmt == '0';
	}
	sp->width = parse_number(fmt, a);
	if (**fmt == '.') {
		(*fmt)++;
		sp->prec = parse_number(fmt, a);
	}
	for (; **fmt == 'l' || **fmt == 'z'; (*fmt)++)
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
	char c;

	sp->lower = conv & 0x20;
	switch (conv) {
	case 'd':
	case 'i':
		v = arg_integer(sp, a, true);
		out_number(o, sp, v >> 63 ? -v : v, 10, v >> 63 ? "-" : "");
		break;
	case 'u':
		out_number(o, sp, arg_integer(sp, a, false), 10, "");
		break;
	case 'X':
	case 'x':
		out_number(o, sp, arg_integer(sp, a, false), 16, "");
		break;
	case 'p':
		out_number(o, sp, (uintptr_t)va_arg(a->ap, void *), 16, "0x");
		break;
	case 's':
		s = va_arg(a->ap, const char *);
		s = s ? s : "(null)";
		/* No precision is the largest one. */
		out_field(o, sp, "", 0, s, (int)strnlen(s, (size_t)sp->prec));
		break;
	case 'c':
		c = (char)va_arg(a->ap, int);
		out_field(o, sp, "", 0, &c, 1);
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

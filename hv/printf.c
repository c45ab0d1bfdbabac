/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatting, into a buffer of known size; never writes beyond it. */
#include <hv/console.h>

struct out {
	char *buf;
	size_t size, len; /* len may pass size: what the text would need */
};

struct spec {
	bool left, zero, upper;
	int width, prec; /* prec -1: none */
	int size;	 /* 0 int, 1 long, 2 long long; size_t is a long on all our machines */
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

static void out_string(struct out *o, const struct spec *sp, const char *s)
{
	int len = 0;

	if (!s)
		s = "(null)";
	while ((sp->prec < 0 || len < sp->prec) && s[len])
		len++;
	if (!sp->left)
		out_pad(o, ' ', sp->width - len);
	for (int i = 0; i < len; i++)
		out_char(o, s[i]);
	if (sp->left)
		out_pad(o, ' ', sp->width - len);
}

static void out_number(struct out *o, const struct spec *sp, uint64_t v, unsigned base,
		       const char *prefix)
{
	const char *digits = sp->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24];
	int n = 0, zeros, pre = 0;

	for (; v; v /= base)
		tmp[n++] = digits[v % base];
	if (!n && sp->prec != 0)
		tmp[n++] = '0';
	while (prefix[pre])
		pre++;
	zeros = sp->prec - n;
	if (sp->prec < 0 && sp->zero && !sp->left)
		zeros = sp->width - pre - n;
	zeros = MAX(zeros, 0);

	if (!sp->left)
		out_pad(o, ' ', sp->width - pre - zeros - n);
	for (int i = 0; i < pre; i++)
		out_char(o, prefix[i]);
	out_pad(o, '0', zeros);
	for (int i = n; i > 0; i--)
		out_char(o, tmp[i - 1]);
	if (sp->left)
		out_pad(o, ' ', sp->width - pre - zeros - n);
}

static int parse_number(const char **fmt)
{
	int v = 0;

	while (**fmt >= '0' && **fmt <= '9' && v < 1000)
		v = v * 10 + (*(*fmt)++ - '0');
	return v;
}

/* va_list is passed by pointer: on some machines it is an array, on others a value. */
struct args {
	va_list ap;
};

static void parse_spec(const char **fmt, struct spec *sp, struct args *a)
{
	*sp = (struct spec){ .prec = -1 };
	for (;; (*fmt)++) {
		if (**fmt == '-')
			sp->left = true;
		else if (**fmt == '0')
			sp->zero = true;
		else
			break;
	}
	if (**fmt == '*') {
		sp->width = va_arg(a->ap, int);
		(*fmt)++;
	} else {
		sp->width = parse_number(fmt);
	}
	if (**fmt == '.') {
		(*fmt)++;
		if (**fmt == '*') {
			sp->prec = va_arg(a->ap, int);
			(*fmt)++;
		} else {
			sp->prec = parse_number(fmt);
		}
	}
	while (**fmt == 'l' || **fmt == 'z') {
		sp->size += **fmt == 'l' || sizeof(size_t) == sizeof(long);
		(*fmt)++;
	}
}

static uint64_t arg_unsigned(const struct spec *sp, struct args *a)
{
	if (sp->size == 0)
		return va_arg(a->ap, unsigned);
	if (sp->size == 1)
		return va_arg(a->ap, unsigned long);
	return va_arg(a->ap, unsigned long long);
}

static int64_t arg_signed(const struct spec *sp, struct args *a)
{
	if (sp->size == 0)
		return va_arg(a->ap, int);
	if (sp->size == 1)
		return va_arg(a->ap, long);
	return va_arg(a->ap, long long);
}

static void format_one(struct out *o, char conv, struct spec *sp, struct args *a)
{
	int64_t v;

	switch (conv) {
	case 'd':
	case 'i':
		v = arg_signed(sp, a);
		out_number(o, sp, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0 ? "-" : "");
		break;
	case 'u':
		out_number(o, sp, arg_unsigned(sp, a), 10, "");
		break;
	case 'X':
		sp->upper = true;
		out_number(o, sp, arg_unsigned(sp, a), 16, "");
		break;
	case 'x':
		out_number(o, sp, arg_unsigned(sp, a), 16, "");
		break;
	case 'p':
		out_number(o, sp, (uintptr_t)va_arg(a->ap, void *), 16, "0x");
		break;
	case 's':
		out_string(o, sp, va_arg(a->ap, const char *));
		break;
	case 'c':
		out_pad(o, ' ', sp->left ? 0 : sp->width - 1);
		out_char(o, (char)va_arg(a->ap, int));
		out_pad(o, ' ', sp->left ? sp->width - 1 : 0);
		break;
	case '%':
		out_char(o, '%');
		break;
	default: /* shown as it stands, so that the mistake is seen */
		out_char(o, '%');
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

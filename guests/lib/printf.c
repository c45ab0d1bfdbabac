/* SPDX-License-Identifier: GPL-2.0-only */
/* <stdio.h>: %d %i %u %o %x %X %p %s %c %%, with - 0 + space #, width, precision and length. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <tagma/console.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, plus, space, alt, upper;
	int width, prec; /* prec < 0: none */
	int size;	 /* -2 char, -1 short, 0 int, 1 long, 2 long long */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_n(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_field(struct out *o, const struct spec *s, const char *text, int len)
{
	if (!s->left)
		put_n(o, ' ', s->width - len);
	for (int i = 0; i < len; i++)
		put(o, text[i]);
	if (s->left)
		put_n(o, ' ', s->width - len);
}

static void put_number(struct out *o, const struct spec *s, unsigned long long v, unsigned int base,
		       const char *prefix)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	int n = 0, zeros, plen = (int)strlen(prefix);

	for (; v; v /= base)
		text[n++] = digits[v % base];
	if (!n && s->prec != 0)
		text[n++] = '0';
	zeros = s->prec > n ? s->prec - n : 0;
	if (s->zero && !s->left && s->prec < 0 && s->width > n + plen)
		zeros = s->width - n - plen;
	if (!s->left)
		put_n(o, ' ', s->width - n - plen - zeros);
	while (*prefix)
		put(o, *prefix++);
	put_n(o, '0', zeros);
	for (int i = n; i-- > 0;)
		put(o, text[i]);
	if (s->left)
		put_n(o, ' ', s->width - n - plen - zeros);
}

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == '-')
			s->left = true;
		else if (*f == '0')
			s->zero = true;
		else if (*f == '+')
			s->plus = true;
		else if (*f == ' ')
			s->space = true;
		else if (*f == '#')
			s->alt = true;
		else
			return f;
	}
}

static const char *parse_int(const char *f, int *v, va_list *ap)
{
	if (*f == '*') {
		*v = va_arg(*ap, int);
		return f + 1;
	}
	for (*v = 0; *f >= '0' && *f <= '9'; f++)
		if (*v < 10000)
			*v = *v * 10 + (*f - '0');
	return f;
}

static const char *parse_spec(const char *f, struct spec *s, va_list *ap)
{
	*s = (struct spec){ .prec = -1 };
	f = parse_flags(f, s);
	f = parse_int(f, &s->width, ap);
	if (s->width < 0) {
		s->left = true;
		s->width = -s->width;
	}
	if (*f == '.')
		f = parse_int(f + 1, &s->prec, ap);
	for (;; f++) {
		if (*f == 'l')
			s->size++;
		else if (*f == 'h')
			s->size--;
		else if (*f == 'j')
			s->size = 2;
		else if (*f == 'z' || *f == 't')
			s->size = 1;
		else
			return f;
	}
}

static unsigned long long arg_unsigned(const struct spec *s, va_list *ap)
{
	unsigned int v;

	if (s->size >= 2)
		return va_arg(*ap, unsigned long long);
	if (s->size == 1)
		return va_arg(*ap, unsigned long);
	v = va_arg(*ap, unsigned int);
	return s->size == 0 ? v : s->size == -1 ? (uint16_t)v : (uint8_t)v;
}

static long long arg_signed(const struct spec *s, va_list *ap)
{
	int v;

	if (s->size >= 2)
		return va_arg(*ap, long long);
	if (s->size == 1)
		return va_arg(*ap, long);
	v = va_arg(*ap, int);
	return s->size == 0 ? v : s->size == -1 ? (int16_t)v : (int8_t)v;
}

static void put_signed(struct out *o, const struct spec *s, long long v)
{
	const char *sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";

	put_number(o, s, v < 0 ? -(unsigned long long)v : (unsigned long long)v, 10, sign);
}

static void put_string(struct out *o, const struct spec *s, const char *text)
{
	if (!text)
		text = "(null)";
	put_field(o, s, text, (int)(s->prec < 0 ? strlen(text) : strnlen(text, (size_t)s->prec)));
}

static void put_conversion(struct out *o, struct spec *s, char conv, va_list *ap)
{
	unsigned long long v;
	char c;

	switch (conv) {
	case 'd':
	case 'i':
		put_signed(o, s, arg_signed(s, ap));
		break;
	case 'u':
		put_number(o, s, arg_unsigned(s, ap), 10, "");
		break;
	case 'o':
		put_number(o, s, arg_unsigned(s, ap), 8, s->alt ? "0" : "");
		break;
	case 'X':
	case 'x':
		s->upper = conv == 'X';
		v = arg_unsigned(s, ap);
		put_number(o, s, v, 16, s->alt && v ? (s->upper ? "0X" : "0x") : "");
		break;
	case 'p':
		put_number(o, s, (uintptr_t)va_arg(*ap, void *), 16, "0x");
		break;
	case 's':
		put_string(o, s, va_arg(*ap, const char *));
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_field(o, s, &c, 1);
		break;
	default:
		put(o, conv);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { .buf = buf, .size = size };
	struct spec s;
	va_list ap;

	va_copy(ap, args);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &s, &ap);
		if (!*fmt)
			break;
		put_conversion(&o, &s, *fmt, &ap);
	}
	va_end(ap);
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int vprintf(const char *fmt, va_list ap)
{
	char line[512];
	int n = vsnprintf(line, sizeof(line), fmt, ap);

	console_print(line, strlen(line));
	return n;
}

int printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintf(fmt, ap);
	va_end(ap);
	return n;
}

int putchar(int c)
{
	char ch = (char)c;

	console_print(&ch, 1);
	return c;
}

int puts(const char *s)
{
	console_print(s, strlen(s));
	console_print("\n", 1);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* <stdlib.h>: numbers and sorting. */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static unsigned int digit_value(int c)
{
	if (isdigit(c))
		return (unsigned int)(c - '0');
	return isalpha(c) ? (unsigned int)((c | 32) - 'a' + 10) : 99;
}

/* Magnitude and sign; *over if it does not fit. */
static unsigned long long parse(const char *s, char **end, int base, bool *neg, bool *over)
{
	const char *p = s, *digits;
	unsigned long long v = 0;

	*neg = *over = false;
	while (isspace(*p))
		p++;
	if (*p == '-' || *p == '+')
		*neg = *p++ == '-';
	if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 32) == 'x' && isxdigit(p[2])) {
		p += 2;
		base = 16;
	}
	if (base == 0)
		base = *p == '0' ? 8 : 10;
	for (digits = p; digit_value(*p) < (unsigned int)base; p++)
		if (__builtin_mul_overflow(v, (unsigned int)base, &v) ||
		    __builtin_add_overflow(v, digit_value(*p), &v))
			*over = true;
	if (end)
		*end = (char *)(uintptr_t)(p == digits ? s : p);
	return v;
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
	bool neg, over;
	unsigned long long v = parse(s, end, base, &neg, &over);

	if (over)
		return ULLONG_MAX;
	return neg ? -v : v;
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	bool neg, over;
	unsigned long long v = parse(s, end, base, &neg, &over);

	if (over || v > ULONG_MAX)
		return ULONG_MAX;
	return neg ? -(unsigned long)v : (unsigned long)v;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
	bool neg, over;
	unsigned long long v = parse(s, end, base, &neg, &over);
	unsigned long long max = (unsigned long long)LONG_MAX + (neg ? 1 : 0);

	if (over || v > max)
		v = max;
	return neg ? (long)-v : (long)v;
}

int atoi(const char *s) { return (int)strtol(s, 0, 10); }

int abs(int v) { return v < 0 ? -v : v; }

static void swap(char *a, char *b, size_t n)
{
	while (n--) {
		char c = *a;

		*a++ = *b;
		*b++ = c;
	}
}

/* Heap sort: no recursion, no memory, no bad case. */
static void sift(char *base, size_t root, size_t n, size_t size,
		 int (*cmp)(const void *, const void *))
{
	for (;;) {
		size_t child = 2 * root + 1;

		if (child >= n)
			return;
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap(base + root * size, base + child * size, size);
		root = child;
	}
}

void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	for (size_t i = n / 2; i-- > 0;)
		sift(base, i, n, size, cmp);
	while (n > 1) {
		n--;
		swap(base, (char *)base + n * size, size);
		sift(base, 0, n, size, cmp);
	}
}

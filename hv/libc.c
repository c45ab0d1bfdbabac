/* SPDX-License-Identifier: GPL-2.0-only */
/* The few functions of C's library that compilers, libfdt and the core call. */
#include <hv/panic.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

/* A word that may alias anything and lie anywhere. */
typedef unsigned long __attribute__((may_alias, aligned(1))) word_t;

#define WORD sizeof(word_t)

/* The asm keeps compilers from turning these loops into calls of themselves. */
#define OPAQUE(p) __asm__("" : "+r"(p))

void *memcpy(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	for (; n >= WORD; n -= WORD, d += WORD, s += WORD) {
		OPAQUE(s);
		*(word_t *)d = *(const word_t *)s;
	}
	for (; n; n--) {
		OPAQUE(s);
		*d++ = *s++;
	}
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	/* Forwards is right unless dst lies within src; then from the end. */
	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(dst, src, n);
	for (; n; n--) {
		OPAQUE(s);
		d[n - 1] = s[n - 1];
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	unsigned long w = (unsigned char)c * (ULONG_MAX / 255);

	/* Whole frames are cleared by this: eight stores a turn. */
	for (; n >= 8 * WORD; n -= 8 * WORD, d += 8 * WORD) {
		word_t *q = (word_t *)d;

		OPAQUE(q);
		q[0] = q[1] = q[2] = q[3] = q[4] = q[5] = q[6] = q[7] = w;
	}
	for (; n >= WORD; n -= WORD, d += WORD) {
		OPAQUE(d);
		*(word_t *)d = w;
	}
	for (; n; n--) {
		OPAQUE(d);
		*d++ = (unsigned char)c;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

/* C's own prototypes take const away; so must their implementation. */
static void *unconst(const void *p) { return (void *)(uintptr_t)p; }

void *memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n; n--, p++)
		if (*p == (unsigned char)c)
			return unconst(p);
	return NULL;
}

size_t strnlen(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i])
		i++;
	return i;
}

size_t strlen(const char *s) { return strnlen(s, SIZE_MAX); }

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--) {
		a++;
		b++;
	}
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, SIZE_MAX); }

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return unconst(last);
}

_Noreturn void __stack_chk_fail(void); /* called by code that was built elsewhere */
_Noreturn void __stack_chk_fail(void)
{
	panic("stack overwritten, seen at %p", __builtin_return_address(0));
}

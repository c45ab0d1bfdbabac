/* SPDX-License-Identifier: GPL-2.0-only */
/* <string.h>, apart from what the arch directory does with its own instructions. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the compiler from replacing a loop by a call to the very function it is in. */
#define NOT_A_LIBCALL() __asm__ volatile("" ::: "memory")

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n && *p == *q; n--, p++, q++)
		;
	return n ? *p - *q : 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *p = s;

	for (; n; n--, p++)
		if (*p == (uint8_t)c)
			return (void *)(uintptr_t)p;
	return 0;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p) {
		p++;
		NOT_A_LIBCALL();
	}
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i])
		i++;
	return i;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (uint8_t)*a - (uint8_t)*b : 0;
}

int strcasecmp(const char *a, const char *b)
{
	for (; *a && tolower(*a) == tolower(*b); a++, b++)
		;
	return tolower(*a) - tolower(*b);
}

char *strcpy(char *restrict dst, const char *restrict src)
{
	memcpy(dst, src, strlen(src) + 1);
	return dst;
}

char *strncpy(char *restrict dst, const char *restrict src, size_t n)
{
	size_t len = strnlen(src, n);

	memcpy(dst, src, len);
	memset(dst + len, 0, n - len);
	return dst;
}

char *strcat(char *restrict dst, const char *restrict src)
{
	strcpy(dst + strlen(dst), src);
	return dst;
}

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = 0;
	}
	return len;
}

size_t strlcat(char *restrict dst, const char *restrict src, size_t size)
{
	size_t at = strnlen(dst, size);

	return at + strlcpy(dst + at, src, size - at);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (!*s)
			return 0;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = 0;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)(uintptr_t)last;
	}
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (;; s++) {
		if (!strncmp(s, what, n))
			return (char *)(uintptr_t)s;
		if (!*s)
			return 0;
	}
}

size_t strspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] && strchr(set, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] && !strchr(set, s[n]))
		n++;
	return n;
}

char *strtok_r(char *restrict s, const char *restrict set, char **restrict save)
{
	char *end;

	if (!s)
		s = *save;
	s += strspn(s, set);
	if (!*s) {
		*save = s;
		return 0;
	}
	end = s + strcspn(s, set);
	*save = *end ? end + 1 : end;
	*end = 0;
	return s;
}

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = malloc(n);

	return p ? memcpy(p, s, n) : 0;
}

const char *strerror(int err)
{
	static const struct {
		int nr;
		const char *text;
	} names[] = {
		{ 0, "success" },
		{ EPERM, "not permitted" },
		{ ENOENT, "no such entry" },
		{ ESRCH, "no such domain or thread" },
		{ EINTR, "interrupted" },
		{ E2BIG, "argument too big" },
		{ EAGAIN, "try again" },
		{ ENOMEM, "not enough memory" },
		{ EACCES, "access denied" },
		{ EFAULT, "bad address" },
		{ EBUSY, "busy" },
		{ EEXIST, "exists already" },
		{ EINVAL, "invalid argument" },
		{ ENOSPC, "no room" },
		{ ENODEV, "no such device" },
		{ ENOSYS, "not implemented" },
		{ EILSEQ, "an invariant is broken" },
		{ EOPNOTSUPP, "not supported" },
		{ ETIMEDOUT, "timed out" },
		{ EMSGSIZE, "message too long" },
	};

	err = abs(err);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].nr == err)
			return names[i].text;
	return "error";
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory copies by words where both sides are aligned alike. */
#include <stdint.h>
#include <string.h>

typedef uint32_t word __attribute__((may_alias));

/* The compiler would make calls of these very functions out of the loops. */
static inline void keep_loop(void) { __asm__ volatile("" ::: "memory"); }

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (!(((uintptr_t)d ^ (uintptr_t)s) % 4)) {
		for (; n && (uintptr_t)d % 4; n--, keep_loop())
			*d++ = *s++;
		for (; n >= 16; n -= 16, d += 16, s += 16) {
			const word *from = (const void *)s;
			word *to = (void *)d, a = from[0], b = from[1], c = from[2], e = from[3];

			to[0] = a;
			to[1] = b;
			to[2] = c;
			to[3] = e;
			keep_loop();
		}
	}
	for (; n; n--, keep_loop())
		*d++ = *s++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	uint8_t *d = (uint8_t *)dst + n;
	const uint8_t *s = (const uint8_t *)src + n;

	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	/* dst is inside src: from the end down. */
	for (; n; n--, keep_loop())
		*--d = *--s;
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	uint8_t *d = dst;
	uint32_t v = (uint8_t)c * 0x01010101u;

	for (; n && (uintptr_t)d % 4; n--, keep_loop())
		*d++ = (uint8_t)c;
	for (; n >= 16; n -= 16, d += 16) {
		word *to = (void *)d;

		to[0] = to[1] = to[2] = to[3] = v;
		keep_loop();
	}
	for (; n; n--, keep_loop())
		*d++ = (uint8_t)c;
	return dst;
}

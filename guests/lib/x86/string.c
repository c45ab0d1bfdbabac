/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory copies with x86's string instructions. */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *d = dst;
	size_t words = n / 4;

	__asm__ volatile("rep movsl\n\t"
			 "movl %3,%%ecx\n\t"
			 "rep movsb"
			 : "+D"(d), "+S"(src), "+c"(words)
			 : "r"(n & 3)
			 : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	uint8_t *d = (uint8_t *)dst + n;
	const uint8_t *s = (const uint8_t *)src + n;
	size_t words = n / 4;

	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	/* dst is inside src: from the end down, odd bytes first. */
	for (n &= 3; n; n--) {
		*--d = *--s;
		__asm__ volatile("" ::: "memory"); /* or the compiler sees a memmove() here */
	}
	d -= 4;
	s -= 4;
	__asm__ volatile("std; rep movsl; cld" : "+D"(d), "+S"(s), "+c"(words)::"memory", "cc");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;
	size_t words = n / 4;

	__asm__ volatile("rep stosl\n\t"
			 "movl %3,%%ecx\n\t"
			 "rep stosb"
			 : "+D"(d), "+c"(words)
			 : "a"((uint32_t)(uint8_t)c * 0x01010101u), "r"(n & 3)
			 : "memory");
	return dst;
}

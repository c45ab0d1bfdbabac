/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies to and from user memory where its pages are in ours (the L4Linux paper's
 * section 4.3 tells why not by mapping it here). A page that is missing is brought
 * in as the process's own access would.
 */
#include "lx_errno.h"
#include "mm.h"
#include "task_struct.h"
#include <string.h>

/* The server's address of the byte at va, good up to the end of its page. */
static char *translate(struct mm *m, uptr_t va, uint32_t want)
{
	struct vm_page p;
	int err = mm_page(m, va, want, &p);

	if (!err)
		return (char *)p.frame + (va & PAGE_MASK);
	if (err == -ENOMEM && current && m == current->mm)
		fault_no_memory(); /* not the caller's mistake: it would not understand EFAULT */
	return NULL;
}

static size_t chunk(uptr_t va, size_t n)
{
	size_t c = PAGE_SIZE - (va & PAGE_MASK);

	return c < n ? c : n;
}

int mm_read(struct mm *m, void *dst, uptr_t src, size_t n)
{
	for (char *d = dst; n;) {
		size_t c = chunk(src, n);
		const char *p = translate(m, src, TAGMA_R);

		if (!p)
			return -EFAULT;
		memcpy(d, p, c);
		d += c;
		src += (uptr_t)c;
		n -= c;
	}
	return 0;
}

int mm_write(struct mm *m, uptr_t dst, const void *src, size_t n)
{
	for (const char *s = src; n;) {
		size_t c = chunk(dst, n);
		char *p = translate(m, dst, TAGMA_W);

		if (!p)
			return -EFAULT;
		memcpy(p, s, c);
		s += c;
		dst += (uptr_t)c;
		n -= c;
	}
	return 0;
}

int mm_strnlen(struct mm *m, uptr_t s, size_t max)
{
	size_t len = 0;

	while (len <= max) {
		size_t c = chunk(s, max + 1 - len);
		const char *p = translate(m, s, TAGMA_R), *end;

		if (!p)
			return -EFAULT;
		end = memchr(p, 0, c);
		if (end)
			return (int)(len + (size_t)(end - p));
		len += c;
		s += (uptr_t)c;
	}
	return (int)(max + 1);
}

int copy_from_user(void *dst, uptr_t src, size_t n) { return mm_read(current->mm, dst, src, n); }
int copy_to_user(uptr_t dst, const void *src, size_t n)
{
	return mm_write(current->mm, dst, src, n);
}

int strncpy_from_user(char *dst, uptr_t src, size_t size)
{
	int len = mm_strnlen(current->mm, src, size - 1);

	if (len < 0)
		return len;
	if ((size_t)len >= size)
		return -ENAMETOOLONG;
	if (copy_from_user(dst, src, (size_t)len))
		return -EFAULT;
	dst[len] = 0;
	return len;
}

int get_user32(uint32_t *v, uptr_t a) { return copy_from_user(v, a, 4); }
int put_user32(uptr_t a, uint32_t v) { return copy_to_user(a, &v, 4); }

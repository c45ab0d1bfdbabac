/* SPDX-License-Identifier: GPL-2.0-only */
/* The server's memory: guests/lib's allocator under the names and habits of task.h. */
#define page_alloc lib_page_alloc /* the library's does not clear */
#include <tagma/mem.h>
#undef page_alloc
#include "loop.h"
#include "task.h"
#include <stdio.h>
#include <stdlib.h>
#include <tagma/console.h>

#define STACK_ORDER 2
#define STACK_CANARY 0x5ac0ffeeu

void *page_alloc(void) { return page_alloc_zero(); }
void *page_alloc_raw(void) { return lib_page_alloc(); }
void page_free(void *page) { page_put(page); }
size_t page_count_total(void) { return mem_total_pages(); }
size_t page_count_free(void) { return mem_free_pages(); }
void *kmalloc(size_t n) { return calloc(1, n); }
void kfree(void *p) { free(p); }

/* No guard page can stand in a space that is all of memory, so a word at the end does. */
void *stack_alloc(void)
{
	uint32_t *p = pages_alloc(STACK_ORDER);

	if (p)
		*p = STACK_CANARY;
	return p;
}

bool stack_sound(const void *stack) { return *(const uint32_t *)stack == STACK_CANARY; }
void stack_free(void *stack) { page_put(stack); }
size_t stack_size(void) { return (size_t)4096 << STACK_ORDER; }

void mem_release(const void *start, size_t len)
{
	if (len)
		mem_add((uintptr_t)start, (uintptr_t)start + len);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	hv_vprintf(fmt, ap);
	va_end(ap);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* hv/libc.c beside the host's library: under other names. Include the standard headers first. */
#ifndef LIBC_RENAME_H
#define LIBC_RENAME_H

#include <stddef.h>

void *hv_memcpy(void *dst, const void *src, size_t n);
void *hv_memmove(void *dst, const void *src, size_t n);
void *hv_memset(void *dst, int c, size_t n);
int hv_memcmp(const void *a, const void *b, size_t n);
void *hv_memchr(const void *s, int c, size_t n);
size_t hv_strlen(const char *s);
size_t hv_strnlen(const char *s, size_t n);
int hv_strcmp(const char *a, const char *b);
int hv_strncmp(const char *a, const char *b, size_t n);
char *hv_strrchr(const char *s, int c);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole files in memory, and whole buffers through file descriptors. */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct blob {
	uint8_t *data; /* one NUL more than size, for text */
	size_t size;
};

#define FILE_MAX_IMAGE ((size_t)1 << 30) /* no boot image, kernel or ramdisk is larger */

/* A regular file of at most max bytes. Fills b, which blob_free() empties. */
int file_read(const char *path, size_t max, struct blob *b, struct err *e);
/* Written beside its place and renamed: a reader sees the old file or the whole new one. */
int file_write(const char *path, const void *data, size_t size, struct err *e);
void blob_free(struct blob *b);

/* All of the buffer, across short writes and EINTR. 0, or -1 with errno. */
int fd_write_all(int fd, const void *data, size_t size);

/* malloc that ends the program: a tool that lacks a few bytes has nothing better to do. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

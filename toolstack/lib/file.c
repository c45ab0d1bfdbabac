/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

static int read_open_file(int fd, const char *path, size_t max, struct blob *b, struct err *e)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return err_errno(e, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: not a regular file", path);
	if ((uint64_t)st.st_size > max)
		return err_set(e, "%s: %lld bytes is more than the limit of %zu", path,
			       (long long)st.st_size, max);
	b->data = xcalloc((size_t)st.st_size + 1, 1);
	while (b->size < (size_t)st.st_size) {
		n = read(fd, b->data + b->size, (size_t)st.st_size - b->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "%s", path);
		if (n == 0)
			return err_set(e, "%s: became shorter while it was read", path);
		b->size += (size_t)n;
	}
	return 0;
}

int file_read(const char *path, size_t max, struct blob *b, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;

	*b = (struct blob){ 0 };
	if (fd < 0)
		return err_errno(e, "%s", path);
	ret = read_open_file(fd, path, max, b, e);
	close(fd);
	if (ret)
		blob_free(b);
	return ret;
}

int file_write(const char *path, const void *data, size_t size, struct err *e)
{
	char *tmp = xasprintf("%s.%ld.tmp", path, (long)getpid());
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), ret = 0;

	if (fd < 0) {
		ret = err_errno(e, "%s", path);
		free(tmp);
		return ret;
	}
	if (fd_write_all(fd, data, size))
		ret = err_errno(e, "%s", path);
	if (close(fd) && !ret)
		ret = err_errno(e, "%s", path);
	if (!ret && rename(tmp, path))
		ret = err_errno(e, "%s", path);
	if (ret)
		unlink(tmp);
	free(tmp);
	return ret;
}

void blob_free(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

int fd_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;
	ssize_t n;

	while (size) {
		n = write(fd, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

static void *or_die(void *p)
{
	if (!p) {
		fputs("tagma: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void *xcalloc(size_t n, size_t size) { return or_die(calloc(n, size)); }
void *xrealloc(void *p, size_t size) { return or_die(realloc(p, size)); }
char *xstrdup(const char *s) { return or_die(strdup(s)); }

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return or_die(n < 0 ? NULL : s);
}

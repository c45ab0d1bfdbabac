/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/file.h"
#include "lib/queue.h"

void queue_put(struct queue *q, const void *data, size_t len)
{
	if (q->start && q->start + q->len + len > q->cap) {
		memmove(q->data, q->data + q->start, q->len);
		q->start = 0;
	}
	if (q->len + len > q->cap) {
		q->cap = (q->len + len) * 2;
		q->data = xrealloc(q->data, q->cap);
	}
	memcpy(q->data + q->start + q->len, data, len);
	q->len += len;
}

int queue_write(struct queue *q, int fd)
{
	while (q->len) {
		ssize_t n = send(fd, q->data + q->start, q->len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		q->start += (size_t)n;
		q->len -= (size_t)n;
	}
	q->start = 0;
	return 0;
}

void queue_free(struct queue *q)
{
	free(q->data);
	*q = (struct queue){ 0 };
}

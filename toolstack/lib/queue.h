/* SPDX-License-Identifier: GPL-2.0-only */
/* A queue of bytes between a producer and a file descriptor that takes them in pieces. */
#ifndef LIB_QUEUE_H
#define LIB_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue {
	uint8_t *data;
	size_t start, len, cap;
};

void queue_put(struct queue *q, const void *data, size_t len);
/* Writes what fd takes now. 0, or -1 with errno if the peer is gone. */
int queue_write(struct queue *q, int fd);
void queue_free(struct queue *q);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Message queues of fixed-size messages; a waiting receiver takes the message directly. */
#include "rtos.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int queue_init(struct queue *q, size_t size, size_t nr)
{
	*q = (struct queue){ .size = size, .nr = nr, .ring = calloc(nr, size) };
	list_init(&q->senders);
	list_init(&q->receivers);
	return q->ring ? 0 : -ENOMEM;
}

static void put(struct queue *q, const void *msg)
{
	memcpy(q->ring + (q->head + q->used) % q->nr * q->size, msg, q->size);
	q->used++;
}

static void get(struct queue *q, void *msg)
{
	memcpy(msg, q->ring + q->head * q->size, q->size);
	q->head = (q->head + 1) % q->nr;
	q->used--;
}

int queue_send(struct queue *q, const void *msg, uint64_t deadline)
{
	bool was = rt_mask();
	int err = 0;
	if (!list_empty(&q->receivers)) {
		memcpy(list_first(&q->receivers, struct task, link)->slot, msg, q->size);
		task_wake_first(&q->receivers, 0);
		if (!was)
			task_reschedule();
	} else if (q->used < q->nr) {
		put(q, msg);
	} else {
		/* A sender's message stays in its own memory until a receiver makes room. */
		rt_current->slot = (void *)(uintptr_t)msg;
		err = task_wait(&q->senders, deadline);
	}
	rt_unmask(was);
	return err;
}

int queue_receive(struct queue *q, void *msg, uint64_t deadline)
{
	bool was = rt_mask();
	int err = 0;
	if (q->used > 0) {
		get(q, msg);
		if (!list_empty(&q->senders)) {
			put(q, list_first(&q->senders, struct task, link)->slot);
			task_wake_first(&q->senders, 0);
			task_reschedule();
		}
	} else {
		rt_current->slot = msg;
		err = task_wait(&q->receivers, deadline);
	}
	rt_unmask(was);
	return err;
}

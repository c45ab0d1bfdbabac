/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that only stand in a space's list. */
#include <hv/space.h>
#include <hv/thread.h>

void thread_unload(struct thread *t)
{
	list_del(&t->space_link);
	t->space->nr_threads--;
	t->space = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory-based messaging: address-valued signals (docs/messaging.md). */
#ifndef TAGMA_SIGNAL_H
#define TAGMA_SIGNAL_H

#include <tagma/ipc.h>

/* Pages of a space in message mode, with a signal thread (TAGMA_NIL: off). For a kernel, in
 * its root space. 0 or -errno. */
int signal_mark(uint32_t space, uint32_t addr, uint32_t len, uint32_t thread);

/* From any thread that can write there: the signal threads of all other message mappings of
 * the page get the address. -ESRCH: none is loaded; -EFAULT. */
static inline int signal_send(const volatile void *addr)
{
	struct ipc m = { .w = { (uint32_t)(uintptr_t)addr } };

	return ipc_send(&m, TAGMA_SIGNAL_ID);
}

/* The next signal to the calling thread: its address, or -errno in *err. lost counts those
 * that found the queue full before it. us: how long to wait; 0 not at all, TAGMA_NEVER. */
uint32_t signal_wait(uint32_t us, uint32_t *lost, int *err);

#endif

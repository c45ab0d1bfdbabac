/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels. Each port has a handler; event_dispatch() calls those of all ports that
 * are pending and not masked. A guest that waits in IPC calls it on TAGMA_K_EVENT; one
 * that takes upcalls, from its upcall handler (<tagma/upcall.h>).
 */
#ifndef TAGMA_EVENT_H
#define TAGMA_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_PORTS 256u

typedef void event_fn(void *arg, uint32_t port);

void event_init(void);

/* Each returns a port, masked until event_unmask(), or -errno. */
int event_bind_virq(uint32_t virq, event_fn *fn, void *arg);
int event_bind_interdomain(uint32_t domid, uint32_t remote_port, event_fn *fn, void *arg);
int event_alloc_unbound(uint32_t remote_domid, event_fn *fn, void *arg);
/* For a port that came with the domain (console, control). */
int event_set_handler(uint32_t port, event_fn *fn, void *arg);
int event_close(uint32_t port);

int event_send(uint32_t port);
void event_mask(uint32_t port);
void event_unmask(uint32_t port);

/* Upcalls and event messages for the whole vCPU: off at the start. */
void event_enable(void);
bool event_disable(void); /* returns whether they were on */
void event_restore(bool on);

/* Run the handlers; returns how many ran. */
unsigned int event_dispatch(void);
bool event_pending(void);
/* Is this port pending? Clears it. */
bool event_test_clear(uint32_t port);

/* Make it pending again, for the next event_dispatch(). */
void event_raise(uint32_t port);

/* Wait for any unmasked event without IPC: enables events, and returns when one is pending
 * (or was delivered by upcall). For a time limit, set the timer first. */
void event_wait(void);
/* Wait for one port, which may be masked, at most until deadline (ns of time_ns(); 0: none). */
void event_poll(uint32_t port, uint64_t deadline);

#endif

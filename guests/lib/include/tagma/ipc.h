/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synchronous IPC. A message's three words travel in registers; everything more is
 * described by a struct tagma_msg whose address stands in w[2], and TAGMA_T_LONG in
 * the tag. Result: the received tag, or -errno; ipc_error() tells which.
 */
#ifndef TAGMA_IPC_H
#define TAGMA_IPC_H

#include <stdbool.h>
#include <tagma/arch.h>

struct ipc {
	uint32_t tag;	 /* in: of what is sent; out: of what came, or -errno */
	uint32_t sender; /* out */
	uint32_t w[3];
};

/* A tag has no more than 30 bits, so that errors are told apart. */
static inline bool ipc_failed(const struct ipc *m) { return (int32_t)m->tag < 0; }
static inline int ipc_error(const struct ipc *m) { return ipc_failed(m) ? (int)m->tag : 0; }

/* Send to dest (or TAGMA_NIL), then receive from `from` (or TAGMA_NIL). */
static inline int ipc(struct ipc *m, uint32_t dest, uint32_t from)
{
	m->tag = arch_ipc(m->tag, dest, from, m->w, &m->sender);
	return ipc_error(m);
}

static inline int ipc_send(struct ipc *m, uint32_t dest) { return ipc(m, dest, TAGMA_NIL); }

static inline int ipc_call(struct ipc *m, uint32_t dest) { return ipc(m, dest, dest); }

/* m->tag brings flags (TAGMA_T_RCV_ZERO, or TAGMA_T_LONG with a message in w[2]): set it anew
 * for each call, as the tag that came is left there. */
static inline int ipc_receive(struct ipc *m, uint32_t from) { return ipc(m, TAGMA_NIL, from); }

/* Answer `dest` without waiting for it, then take the next message from anyone. */
static inline int ipc_reply_wait(struct ipc *m, uint32_t dest)
{
	m->tag |= TAGMA_T_SND_ZERO;
	return ipc(m, dest, TAGMA_ANY);
}

static inline int ipc_reply(struct ipc *m, uint32_t dest)
{
	m->tag |= TAGMA_T_SND_ZERO;
	return ipc(m, dest, TAGMA_NIL);
}

static inline bool ipc_is_kernel(const struct ipc *m, uint32_t label)
{
	return !ipc_failed(m) && (m->tag & TAGMA_T_KERNEL) && TAGMA_T_LABELOF(m->tag) == label;
}

#endif

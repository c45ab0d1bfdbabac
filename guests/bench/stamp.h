/* SPDX-License-Identifier: GPL-2.0-only */
/* Time stamps around one instruction; the arch's stamp.S has them. */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <tagma/hypercall.h>
#include "x86/stamp_asm.h"

struct stamp {
	uint64_t t0, t1;
	uint32_t a;	 /* in: a call's first register (the tag of an IPC); out: its result */
	uint32_t arg[5]; /* the hypercall argument registers, in and out */
	uint32_t target; /* what stamp_call calls */
};

_Static_assert(offsetof(struct stamp, t1) == STAMP_T1, "stamp_asm.h");
_Static_assert(offsetof(struct stamp, a) == STAMP_A, "stamp_asm.h");
_Static_assert(offsetof(struct stamp, arg[4]) == STAMP_ARG4, "stamp_asm.h");
_Static_assert(MARK_HYPERVISOR == TAGMA_MARK_NOP, "stamp_asm.h");
_Static_assert(offsetof(struct stamp, target) == STAMP_TARGET, "stamp_asm.h");

void stamp_none(struct stamp *s);
void stamp_call(struct stamp *s);
void stamp_trap(struct stamp *s);  /* int $0x80 */
void stamp_touch(struct stamp *s); /* writes to arg[0] */
uint32_t stamp_count(uint32_t n);  /* ticks of 2 n + 2 instructions */
void stamp_mark_start(void);
void stamp_mark_stop(void);
void stamp_forged_mark(void); /* TAGMA_MARK_stop as the hypervisor makes it */

static inline void stamp_target(struct stamp *s, uint32_t nr)
{
	s->target = (uint32_t)(uintptr_t)hypercall_page + nr * 32;
}

/* A hypercall of up to three arguments; its result is in s->a. */
static inline void stamp_hypercall(struct stamp *s, uint32_t nr, uint32_t a, uint32_t b, uint32_t c)
{
	stamp_target(s, nr);
	s->arg[0] = a;
	s->arg[1] = b;
	s->arg[2] = c;
	stamp_call(s);
}

static inline uint32_t stamp_ptr(const void *p) { return (uint32_t)(uintptr_t)p; }

/* An IPC; s->arg[3], [4] and [2] are its words. */
static inline void stamp_ipc(struct stamp *s, uint32_t tag, uint32_t dest, uint32_t from)
{
	stamp_target(s, __HYPERVISOR_tagma_ipc);
	s->a = tag;
	s->arg[0] = dest;
	s->arg[1] = from;
	stamp_call(s);
}

static inline bool stamp_failed(const struct stamp *s) { return (int32_t)s->a < 0; }

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers that a switch of threads must keep, beyond those that compiled code uses. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>

#define STATE_TLS_SLOT 1u

struct state {
	uint32_t mark;	   /* what the thread's TLS slot shows */
	bool tls, es, fpu; /* what it uses; the rest it leaves alone */
	uint32_t number;   /* on the FPU's stack */
};

void state_init(struct state *s);  /* by the thread itself */
void state_enter(struct state *s); /* before an IPC */
/* After it: is all as it was? */
bool state_leave(struct state *s);

#endif

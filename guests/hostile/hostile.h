/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that means harm. First directed checks: each error that public/tagma.h
 * promises. Then hypercalls with pseudo-random arguments, as many as its command
 * line says ("count=100000 seed=1"). It must come to its end whatever it did, and
 * so must everybody else.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdint.h>

/* Addresses that no guest has: below its memory, far above, at the very end. */
#define BAD_LOW ((void *)0x1000)
#define BAD_FAR ((void *)0x90000000)
#define BAD_END ((void *)0xfffffffc)

#define FOREIGN_SPACE TAGMA_ID(1, TAGMA_TYPE_SPACE, 0) /* the resource manager's, most likely */
#define FOREIGN_THREAD TAGMA_ID(1, TAGMA_TYPE_THREAD, 0)

void directed_run(void);
void directed_ipc(void);
void traps_run(void); /* of the arch: instructions that a guest must not execute */

void fuzz_run(uint32_t count, uint32_t seed);

/* Random arguments, and what they are made of (args.c). */
struct args {
	uint32_t nr, a[5];
};
void args_init(uint32_t seed);
void args_next(struct args *out); /* the next hypercall, its structures laid out in memory */
void args_cleanup(void);	  /* unload and close what the calls have made */
void args_spare(uint32_t main_thread, uint32_t worker); /* whom they must not name */

#endif

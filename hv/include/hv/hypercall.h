/* SPDX-License-Identifier: GPL-2.0-only */
/* Dispatch by the one table, hv/hypercalls.def. */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <hv/types.h>
#include <public/tagma.h>

/* The entry for all but the IPC short path: reads number and arguments from t's
 * registers, sets its result. A handler that blocked t, or set its result itself,
 * returns HC_NORESULT; one that must be called again later returns HC_RESTART. */
void hypercall(struct thread *t);

/* One of a family of operations that share a hypercall: fn gets the structure at the caller's
 * `arg`, copied in once; if it answers in it, it is copied back when fn returns no error. That
 * the guest can take the answer is certain before fn runs, so no fn has to undo anything. */
struct hc_op {
	long (*fn)(struct thread *t, void *arg);
	uint16_t size;
	bool answers;
};
/* Registers are the largest argument where a processor has many. */
#define HC_ARG_MAX (sizeof(struct tagma_thread) > 144 ? sizeof(struct tagma_thread) : 144u)
#define HC_IN(fn, type) ((struct hc_op){ fn, sizeof(type), false })
#define HC_INOUT(fn, type) ((struct hc_op){ fn, sizeof(type), true })
/* fn gets the address itself, as a gva_t *, or needs nothing. */
#define HC_ADDR(fn) ((struct hc_op){ fn, 0, false })

/* Does operation cmd of the nr in ops; -ENOSYS: there is none, -EFAULT. */
long hc_op(struct thread *t, const struct hc_op *ops, size_t nr, uint32_t cmd, gva_t arg);

long hc_xen_version(struct thread *t, uint32_t cmd, gva_t arg);
long hc_debug(struct thread *t, uint32_t cmd, gva_t arg);

#define HC_NORESULT (-4096L)
#define HC_RESTART (-4097L)

#endif

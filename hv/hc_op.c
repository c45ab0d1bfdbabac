/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations that share a hypercall: arguments in, answers out, at one place. */
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/thread.h>

long hc_op(struct thread *t, const struct hc_op *ops, size_t nr, uint32_t cmd, gva_t arg)
{
	uint64_t a[HC_ARG_MAX / 8];
	const struct hc_op *op = cmd < nr ? &ops[cmd] : NULL;
	long r;

	if (!op || !op->fn)
		return -XEN_ENOSYS;
	ASSERT(op->size <= sizeof(a));
	if (op->size && copy_from_guest(t->space, a, arg, op->size, NULL))
		return -XEN_EFAULT;
	/* Back as it came: what can't take the answer is refused while nothing has happened. */
	if (op->answers && copy_to_guest(t->space, arg, a, op->size, NULL))
		return -XEN_EFAULT;
	r = op->fn(t, op->size ? (void *)a : &arg);
	if (r >= 0 && op->answers && copy_to_guest(t->space, arg, a, op->size, NULL))
		return -XEN_EFAULT;
	return r;
}

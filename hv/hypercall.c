/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/preempt.h>
#include <hv/space.h>
#include <xen/xen.h>

#define U32(t, i) ((uint32_t)arch_hc_arg(t, i))
#define PTR(t, i) GVA(arch_hc_arg(t, i))

#define CALL(name, args) \
	static long call_##name(struct thread *t) { return args; }
#define HYPERCALL1(name, nr, handler, t0, a0, text) CALL(name, handler(t, t0(t, 0)))
#define HYPERCALL2(name, nr, handler, t0, a0, t1, a1, text) \
	CALL(name, handler(t, t0(t, 0), t1(t, 1)))
#define HYPERCALL3(name, nr, handler, t0, a0, t1, a1, t2, a2, text) \
	CALL(name, handler(t, t0(t, 0), t1(t, 1), t2(t, 2)))
/* Arch may have a shorter way to it; this one is always right. */
#define HYPERCALL_IPC(name, nr, handler, text) CALL(name, (handler(t), HC_NORESULT))
#include "hypercalls.def"

#define HYPERCALL(name, nr, handler, text) \
	_Static_assert(nr == __HYPERVISOR_##name, "number of " #name);
#include "hypercalls.def"

static long (*const hypercalls[])(struct thread *t) = {
#define HYPERCALL(name, nr, handler, text) [nr] = call_##name,
#include "hypercalls.def"
};

static void hypercall_do(struct thread *t, uint32_t nr)
{
	long r;

	TRACE(hypercall, nr, arch_hc_arg(t, 0));
	/* User threads send and receive; all else is for their kernel, in the root space. */
	if (t->space != t->domain->root) {
		ipc_trap(t, ARCH_TRAP_PRIVILEGED, 0);
		return;
	}
	if (nr >= ARRAY_SIZE(hypercalls) || !hypercalls[nr]) {
		arch_hc_result(t, -XEN_ENOSYS);
		return;
	}
	r = hypercalls[nr](t);
	if (r == HC_RESTART)
		arch_thread_restart_hypercall(t);
	else if (r != HC_NORESULT)
		arch_hc_result(t, r);
}

void hypercall(struct thread *t)
{
	uint32_t nr = arch_hc_number(t);

	latency_begin();
	hypercall_do(t, nr);
	latency_end(nr & 0xff);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HYPERVISOR_name(arguments) for every call of the hypervisor's table, inline:
 * each calls its own slot of the hypercall page. They return 0 or more, or -errno
 * (<errno.h>). IPC has its own header, <tagma/ipc.h>.
 */
#ifndef TAGMA_HYPERCALL_H
#define TAGMA_HYPERCALL_H

#include <tagma/arch.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#define HC_TYPE_U32 uint32_t
#define HC_TYPE_PTR const void *
#define HYPERCALL1(name, nr, handler, t0, a0, text)            \
	static inline long HYPERVISOR_##name(HC_TYPE_##t0 a0)  \
	{                                                      \
		return arch_hypercall1(nr, (unsigned long)a0); \
	}
#define HYPERCALL2(name, nr, handler, t0, a0, t1, a1, text)                       \
	static inline long HYPERVISOR_##name(HC_TYPE_##t0 a0, HC_TYPE_##t1 a1)    \
	{                                                                         \
		return arch_hypercall2(nr, (unsigned long)a0, (unsigned long)a1); \
	}
#define HYPERCALL3(name, nr, handler, t0, a0, t1, a1, t2, a2, text)                             \
	static inline long HYPERVISOR_##name(HC_TYPE_##t0 a0, HC_TYPE_##t1 a1, HC_TYPE_##t2 a2) \
	{                                                                                       \
		return arch_hypercall3(nr, (unsigned long)a0, (unsigned long)a1,                \
				       (unsigned long)a2);                                      \
	}
#define HYPERCALL_IPC(name, nr, handler, text)
/* The table stands beside the headers, in hv/. */
#include <hv/../../hypercalls.def>
#undef HC_TYPE_U32
#undef HC_TYPE_PTR

/* Ends the domain: SHUTDOWN_poweroff, _reboot, _crash. */
_Noreturn void guest_shutdown(unsigned int reason);

#endif

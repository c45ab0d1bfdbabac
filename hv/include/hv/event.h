/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's event channels, two-level: 1024 ports per domain for 32-bit guests.
 * The bits live in the guest's shared_info; the port table here is the truth about
 * where a port leads.
 */
#ifndef HV_EVENT_H
#define HV_EVENT_H

#include <hv/time.h>

#define EVTCHN_PORTS 256 /* of the 1024 that the ABI allows; bounded table per domain */

enum port_state { PORT_FREE, PORT_UNBOUND, PORT_INTERDOMAIN, PORT_VIRQ, PORT_PIRQ, PORT_IPI };

struct evtchn {
	enum port_state state;
	uint16_t remote_domid; /* UNBOUND: who may bind; INTERDOMAIN: peer */
	uint16_t remote_port;
	uint32_t irq; /* VIRQ or PIRQ */
};

/* A domain's virtual CPU: the thread that takes upcalls and event messages. */
struct vcpu {
	struct thread *thread;
	uint32_t index;
	struct timer timer;     /* VCPUOP_set_singleshot_timer, set_timer_op */
	uint64_t period;        /* VCPUOP_set_periodic_timer, ns; 0 none */
	uint32_t upcall_ip, trap_ip, entry_sp; /* struct tagma_entry */
	uint32_t poll_port;     /* SCHEDOP_poll */
};

void evtchn_init_domain(struct domain *d);
void evtchn_destroy_domain(struct domain *d); /* closes all ports; peers see UNBOUND */
void evtchn_raise(struct domain *d, uint32_t port); /* set pending; wake or upcall the vCPU */
void evtchn_raise_virq(struct domain *d, uint32_t virq);
bool evtchn_pending(struct vcpu *v); /* unmasked and pending, upcall not masked */
void irq_raised(uint32_t irq);       /* arch: a device interrupt, already masked */
void irq_release_thread(struct thread *t); /* it goes away: detach its interrupts */
int irq_attach(struct thread *t, uint32_t irq); /* IPC send to TAGMA_IRQ_ID: attach or unmask */
void vcpu_update_time(struct vcpu *v); /* vcpu_time_info, on resume after a second or first run */

long hc_evtchn_op(struct thread *t, uint32_t cmd, gva_t arg);
long hc_vcpu_op(struct thread *t, uint32_t cmd, uint32_t vcpuid, gva_t arg);
long hc_set_timer_op(struct thread *t, uint32_t lo, uint32_t hi);
long hc_physdev_op(struct thread *t, uint32_t cmd, gva_t arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's event channels, two-level: 1024 ports per domain for 32-bit guests.
 * The bits live in the guest's shared_info; the port table here is the truth about
 * where a port leads.
 */
#ifndef HV_EVENT_H
#define HV_EVENT_H

#include <hv/time.h>
#include <public/tagma.h>

#define EVTCHN_PORTS TAGMA_PORTS /* of the 1024 that the ABI allows; bounded table per domain */

#define EVTCHN_VIRQS 24

enum port_state { PORT_FREE, PORT_UNBOUND, PORT_INTERDOMAIN, PORT_VIRQ, PORT_PIRQ, PORT_IPI };

/* What waits at an INTERDOMAIN port for a peer that is not loaded. */
enum port_unsent { UNSENT_NONE, UNSENT, UNSENT_TOLD /* and the controller knows */ };

/* enum port_state state, enum port_unsent unsent: the table goes into a domain's record as
 * it is. */

#define PERIOD_MIN_NS 1000000ull /* of a periodic timer; as Xen: shorter ones are refused */

/* A domain's virtual CPU: the thread that takes upcalls and event messages. */
struct vcpu {
	struct thread *thread;
	struct si_vcpu *info; /* in shared_info, while there is a thread */
	uint32_t index;
	struct timer timer;		       /* VCPUOP_set_singleshot_timer, set_timer_op */
	struct timer periodic;		       /* VCPUOP_set_periodic_timer, every */
	uint64_t period;		       /* ns; 0 none */
	uint32_t upcall_ip, trap_ip, entry_sp; /* struct tagma_entry */
	uint32_t entry_user;		       /* thread that has the entry stack; TAGMA_NIL */
	struct list entry_queue; /* BLOCKED threads whose trap waits for it, by ipc.link */
	uint32_t poll_port;	 /* while blocked: what ends it */
	uint64_t time_stamp;	 /* of the last vcpu_update_time() */
};

/* poll_port: what ends the wait, masked or not, besides an event that would make an upcall:
 * this one port, or */
#define POLL_NONE 0u
#define POLL_ANY 0xffffffffu

/* Its vCPUs, and no port open; d->ports is zeroed by the caller. */
void evtchn_init_domain(struct domain *d);
void evtchn_destroy_domain(struct domain *d);	    /* closes all ports; peers see UNBOUND */
void evtchn_raise(struct domain *d, uint32_t port); /* set pending; wake or upcall the vCPU */
void evtchn_raise_virq(struct domain *d, uint32_t virq);
struct tagma_port *evtchn_get(const struct domain *d, uint32_t port); /* NULL: no such port */
uint32_t evtchn_alloc(struct domain *d, struct tagma_port c);	      /* 0: all are in use */
int evtchn_close(struct domain *d, uint32_t port);		      /* -EINVAL: not open */
int evtchn_unmask(struct domain *d, uint32_t port);		      /* -EINVAL */
void evtchn_notify(struct tagma_port *c); /* an event to the peer of an INTERDOMAIN port */
/* It was reloaded: its ports and their peers agree again, and what waited is sent. */
void evtchn_domain_back(struct domain *d);
bool evtchn_wanted(uint32_t *domid); /* an event waits for that one; told once for each port */
bool evtchn_is_pending(const struct domain *d, uint32_t port); /* masked or not */
bool evtchn_pending(const struct vcpu *v); /* unmasked and pending, upcall not masked */
void irq_raised(uint32_t irq);		   /* arch: a device interrupt, already masked */
void irq_release_thread(struct thread *t); /* it goes away: detach its interrupts */
/* t waits: one interrupt that came before, if it accepts one. */
void irq_deliver_pending(struct thread *t);
/* EVTCHNOP_bind_pirq; -EPERM, -EBUSY. */
int irq_bind(struct domain *d, uint32_t irq, uint32_t port);
void irq_unbind(struct domain *d, uint32_t irq);
int irq_attach(struct thread *t, uint32_t irq); /* IPC send to TAGMA_IRQ_ID: attach or unmask */

/* No thread yet: whoever starts it sets v->thread, t->vcpu. */
void vcpu_init(struct vcpu *v, uint32_t index);
void vcpu_release(struct vcpu *v);		     /* its thread goes away */
void vcpu_block(struct vcpu *v, uint32_t poll_port); /* until evtchn_raise() wakes it */
void vcpu_notify(struct vcpu *v, uint32_t port);     /* port, masked or not, became pending */
bool vcpu_resume(struct vcpu *v); /* last before its thread runs; false: it may not run after all */

long hc_evtchn_op(struct thread *t, uint32_t cmd, gva_t arg);
long hc_vcpu_op(struct thread *t, uint32_t cmd, uint32_t vcpuid, gva_t arg);
long hc_set_timer_op(struct thread *t, uint32_t lo, uint32_t hi);
long hc_physdev_op(struct thread *t, uint32_t cmd, gva_t arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine for tests of threads, IPC and events: domain 0 controls, domain 1 has
 * a root space and two user spaces, domain 2 a root space. Domains 1 and 2 have
 * shared_info and a vCPU record. An idle thread of priority 0 keeps the scheduler from
 * waiting for interrupts that never come.
 */
#ifndef IPC_WORLD_H
#define IPC_WORLD_H

#include <host.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/ipc.h>
#include <hv/shared_info.h>

#define IW_FIRST_PAGE 16u /* pages of the root spaces that have memory */
#define IW_PAGES 64u
#define IW_MESSAGES 80u /* message mappings */
#define IW_THREADS 24u	/* pool size, the idle thread included */

extern struct domain *iw_dom[3];
extern struct space *iw_user[2]; /* of domain 1, empty */
extern struct thread *iw_idle;
extern uint32_t iw_shutdowns; /* domain_shutdown() calls */

void iw_init(void);
struct thread *iw_thread(struct space *s, uint8_t prio); /* READY */
struct thread *iw_vcpu(struct domain *d, uint8_t prio);	 /* its vCPU 0 */

/* Memory. A user page shows the root page of the same number. */
void iw_map(struct space *user, uint32_t vpn, uint32_t rights);
void iw_unmap(struct space *user, uint32_t vpn);
struct tagma_msg *iw_msg(struct thread *t, uint32_t addr); /* host pointer; page must be mapped */

/* t runs (it must be READY and not stopped) and makes an IPC; then the scheduler picks. */
void iw_ipc(struct thread *t, uint32_t tag, uint32_t dest, uint32_t from, uint32_t w0, uint32_t w1,
	    uint32_t w2);
/* t becomes the running thread; iw_leave() ends its entry. */
void iw_become(struct thread *t);
struct thread *iw_leave(void);

/* What t's last IPC returned: IW_PENDING while it waits, an error, or IW_OK with the
 * message in t->arch.ipc_*. */
#define IW_PENDING 0x7000l
#define IW_OK 0x7001l
long iw_result(const struct thread *t);

void iw_time(uint64_t us); /* so much later: timers run */
bool iw_check(void);	   /* all invariants */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains: a guest kernel with its spaces, threads and memory. */
#ifndef HV_DOMAIN_H
#define HV_DOMAIN_H

#include <hv/console.h>
#include <hv/event.h>
#include <hv/frame.h>
#include <hv/list.h>
#include <hv/object.h>
#include <public/tagma.h>

struct boot_info;

#define DOMID_FIRST_GUEST 1 /* 0 is srm */
#define DOMAIN_IRQS 256
#define MAX_PAUSE 255u

enum lock_type { LOCK_SPACE, LOCK_THREAD, LOCK_MAPPING, LOCK_TYPES };

/* The writeback channel (writeback.c). */
struct channel {
	uint32_t ring; /* in the root space */
	uint32_t nr;   /* records; 0: there is none */
	uint32_t prod;
};

struct domain {
	struct object obj;    /* in domain_pool: the cache's part of it */
	struct list link;     /* domain_list, by domid */
	uint16_t domid;	      /* grows; not reused until it wraps */
	bool control;	      /* srm */
	bool dying;	      /* on its way out, destroyed or written back: nobody finds it */
	bool saved;	      /* its record is written */
	bool loading;	      /* its physmap is being made again, in steps: nobody finds it yet */
	bool runnable;	      /* something of it could run when its writeback began */
	bool trap_logged;     /* a handler without a buffer was reported */
	uint32_t pause_count; /* threads are off the run queues while > 0 */
	uint32_t shutdown;    /* SHUTDOWN_* + 1; 0: running */
	uint32_t flags;
	bool chief_imposed; /* by the controller: not the domain's to change */
	uint32_t chief;	    /* thread id; TAGMA_NIL: messages cross its border freely (clan.h) */
	struct space *root;
	struct list spaces;
	uint32_t nr_spaces, nr_threads, nr_nodes;
	uint32_t nr_messages; /* message mappings (signal.h) */
	uint8_t top_prio;
	uint32_t cpu_percent; /* of the processor, share.h; 0: no limit */
	bool over_share;      /* its threads are in the idle class */
	int64_t credit;	      /* ns */
	uint64_t credit_stamp;
	struct timer share_timer;
	uint64_t colours; /* 0: all */

	/* physmap: gpn → mfn, two levels of 1024; a missing leaf means none */
	uint32_t *physmap;
	uint32_t nr_pages, max_pages;
	uint32_t reap; /* teardown, reload: the progress in the walk over all frames */

	uint32_t *shared_info; /* host pointer (pinned frame), NULL until started */
	mfn_t shared_info_mfn;
	struct tagma_port *ports;	  /* EVTCHN_PORTS */
	uint16_t virq_port[EVTCHN_VIRQS]; /* 0: unbound */
	struct vcpu vcpu[1];		  /* grows with multiprocessor support */
	uint32_t nr_vcpus;
	struct guest_log log; /* CONSOLEIO_write */
	uint8_t irq_allowed[DOMAIN_IRQS / 8];
	uint8_t handle[16]; /* Xen's xen_domain_handle_t */
	uint64_t run_ns;    /* of threads that are gone */
	uint64_t seen_ns;   /* all run time, when the clock hand came by */
	struct channel channel;
	uint32_t lock_quota[LOCK_TYPES], locked[LOCK_TYPES]; /* cache.h */
};

extern struct list domain_list;
extern struct pool domain_pool;

void domain_init_pool(uint32_t nr);
/* domain_saved.c: the record of a domain, and a domain from its record. */
void domain_save(struct domain *d);
long domain_reload(const struct tagma_saved_domain *s);	    /* in steps: HC_RESTART */
struct domain *domain_create(uint32_t max_pages, int *err); /* paused, with an empty root space */
struct domain *domain_create_as(uint32_t domid, uint32_t max_pages, int *err); /* -EEXIST */
struct domain *domain_new(uint32_t domid,
			  int *err);	      /* the bare descriptor, of a domid that is free */
void domain_drop(struct domain *d);	      /* the opposite of domain_new, for an empty one */
bool domain_destroy(struct domain *d);	      /* in steps: false means call again */
bool domain_writeback(struct domain *d);      /* likewise; a destroy that has begun goes on */
struct domain *domain_lookup(uint32_t domid); /* NULL if none, dying or not yet reloaded */
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);
/* Guest asked, or crashed: all its threads stop, the controller is told by VIRQ_DOM_EXC. */
void domain_shutdown(struct domain *d, uint32_t reason);
/* t becomes its vCPU, and that frame its shared_info. */
void domain_attach_vcpu(struct domain *d, struct thread *t, mfn_t shared);
int domain_start(struct domain *d,
		 const struct tagma_domain_start *start); /* -EINVAL, -EBUSY, -ENOMEM */
struct domain *domain_get(const struct domain *caller, uint32_t domid,
			  int *err);	    /* DOMID_SELF too; -ESRCH, -EPERM */
struct domain *domain_find(uint32_t domid); /* dying ones too */
uint32_t domain_count(void);		    /* likewise */
uint64_t domain_run_ns(const struct domain *d);
bool domain_check(void);
/* dom0.c: what is wrong with the boot image ends the boot with one line. */
void domain0_open(const struct boot_info *b);
const char *domain0_options(void); /* the hypervisor's, in the boot image */
void domain0_build(const struct boot_info *b);
bool domain_controls(const struct domain *caller, const struct domain *d);

mfn_t domain_physmap_get(const struct domain *d, uint32_t gpn); /* MFN_NONE */
uint32_t domain_physmap_end(const struct domain *d); /* the last page's number + 1; 0: none */
/* Both leave nr_pages alone; domain_populate counts. -ENOMEM, -EINVAL, -EEXIST (or a node is
 * there). */
int domain_physmap_set(struct domain *d, uint32_t gpn, mfn_t m);
void domain_physmap_clear(struct domain *d,
			  uint32_t gpn); /* what derives from it stays: mapdb_flush_frame */
int domain_populate(struct domain *d,
		    uint32_t gpn); /* one zeroed frame of its colours; -ENOMEM, -EEXIST */
void domain_physmap_free(
	struct domain *d); /* the table itself, when nothing of it is in use any more */
/* The table again from the records of all frames, by d->reap. 0, -ENOMEM, HC_RESTART. */
int domain_physmap_rebuild(struct domain *d);

long hc_domain(struct thread *t, uint32_t cmd, gva_t arg);
long hc_memory_op(struct thread *t, uint32_t cmd, gva_t arg);
long hc_domctl(struct thread *t, gva_t arg);
long hc_sysctl(struct thread *t, gva_t arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/domain_info.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
#include <hv/share.h>
#include <hv/shared_info.h>
#include <hv/space.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/sched.h>
#include <xen/xen.h>

#define REAP_BATCH 1024u /* frame records looked at, and */
#define REAP_FREES 16u	 /* frames freed, */
#define REAP_THREADS 8u	 /* threads unloaded, in one step of teardown */

struct list domain_list;
struct pool domain_pool;

static uint32_t next_domid;
static bool domids_wrapped;

void domain_init_pool(uint32_t nr)
{
	size_t bytes = nr * sizeof(struct domain);
	struct domain *d = frame_alloc_hv((uint32_t)((bytes + PAGE_MASK) >> PAGE_SHIFT));

	pool_init(&domain_pool, TAGMA_TYPE_DOMAIN, &d->obj, sizeof(*d), nr);
	next_domid = 0;
	domids_wrapped = false;
	list_init(&domain_list);
}

uint32_t domain_count(void) { return domain_pool.nr - domain_pool.nr_free; }

struct domain *domain_find(uint32_t domid)
{
	list_for_each (l, &domain_list) {
		struct domain *d = list_entry(l, struct domain, link);

		if (d->domid == domid)
			return d;
	}
	return NULL;
}

struct domain *domain_lookup(uint32_t domid)
{
	struct domain *d = domain_find(domid);

	return d && !d->dying && !d->loading ? d : NULL;
}

struct domain *domain_get(const struct domain *caller, uint32_t domid, int *err)
{
	struct domain *d = domain_lookup(domid == DOMID_SELF ? caller->domid : domid);

	if (d && (d == caller || domain_controls(caller, d)))
		return d;
	/* Who may not touch a domain need not know whether there is one. */
	*err = caller->control ? -XEN_ESRCH : -XEN_EPERM;
	return NULL;
}

bool domain_controls(const struct domain *caller, const struct domain *d)
{
	/* Nobody controls domain 0: the machine stands on it. */
	return caller->control && caller != d && d->domid != 0;
}

/* One that is not loaded still owns its frames. */
static bool domid_in_use(uint32_t domid)
{
	return domain_find(domid) || frame_count((uint16_t)domid);
}

/* Domids grow, so that a message about domain 3 is never about a later one. */
static uint32_t fresh_domid(void)
{
	uint32_t id;

	do {
		id = next_domid++;
		if (next_domid < DOMID_FIRST_RESERVED)
			continue;
		next_domid = DOMID_FIRST_GUEST;
		domids_wrapped = true;
	} while (domain_find(id) || (domids_wrapped && domid_in_use(id)));
	return id;
}

/* The list is kept by domid: getdomaininfolist goes on where it stopped. */
static void insert_domain(struct domain *d)
{
	struct list *pos = domain_list.next;

	while (pos != &domain_list && list_entry(pos, struct domain, link)->domid < d->domid)
		pos = pos->next;
	list_add_tail(pos, &d->link);
}

static void init_domain(struct domain *d, uint32_t domid, mfn_t ports)
{
	struct object obj = d->obj; /* linked: what points to it must stay true */

	memset(d, 0, sizeof(*d));
	d->obj = obj;
	list_init(&d->link);
	list_init(&d->spaces);
	d->domid = (uint16_t)domid;
	d->control = domid == 0;
	d->pause_count = 1;
	d->nr_vcpus = 1;
	d->reap = 1;
	d->ports = frame_ptr(ports);
	console_guest_init(d);
	evtchn_init_domain(d);
	share_init(d);
}

struct domain *domain_new(uint32_t domid, int *err)
{
	struct domain *d;
	mfn_t ports;

	*err = cache_reserve_domain();
	if (!*err)
		*err = cache_reserve_space(NULL);
	if (*err)
		return NULL;
	*err = -XEN_ENOMEM;
	ports = frame_alloc(FRAME_OWNER_HV, 0);
	if (!mfn_ok(ports))
		return NULL;
	d = container_of(pool_load(&domain_pool), struct domain, obj);
	init_domain(d, domid, ports);
	d->root = space_load(d, SPACE_ROOT, 0);
	if (d->root) {
		insert_domain(d);
		*err = 0;
		return d;
	}
	frame_free(ports);
	pool_unload(&domain_pool, &d->obj);
	return NULL;
}

void domain_drop(struct domain *d)
{
	ASSERT(!d->root || space_unload(d->root));
	d->root = NULL;
	domain_physmap_free(d);
	frame_free(frame_mfn(d->ports));
	list_del(&d->link);
	timer_stop(&d->share_timer);
	pool_unload(&domain_pool, &d->obj);
}

struct domain *domain_create_as(uint32_t domid, uint32_t max_pages, int *err)
{
	struct domain *d;

	*err = -XEN_EEXIST;
	if (domid >= DOMID_FIRST_RESERVED || domid_in_use(domid))
		return NULL;
	d = domain_new(domid, err);
	if (d)
		d->max_pages = max_pages;
	return d;
}

struct domain *domain_create(uint32_t max_pages, int *err)
{
	struct domain *d;

	/* Before the domid is taken: this may be restarted. */
	*err = cache_reserve_domain();
	if (*err)
		return NULL;
	d = domain_new(fresh_domid(), err);
	if (d)
		d->max_pages = max_pages;
	return d;
}

/* fn may unload the thread it is called for. */
static void for_each_thread(const struct domain *d, void (*fn)(struct thread *))
{
	list_for_each (s, &d->spaces)
		list_for_each_safe (t, &list_entry(s, struct space, dom_link)->threads)
			fn(list_entry(t, struct thread, space_link));
}

void domain_pause(struct domain *d)
{
	if (d->pause_count++ == 0)
		for_each_thread(d, sched_dequeue);
}

void domain_unpause(struct domain *d)
{
	ASSERT(d->pause_count);
	if (--d->pause_count == 0)
		for_each_thread(d, sched_enqueue);
}

uint64_t domain_run_ns(const struct domain *d)
{
	uint64_t ns = d->run_ns;

	list_for_each (s, &d->spaces)
		list_for_each (t, &list_entry(s, struct space, dom_link)->threads)
			ns += sched_run_ns(list_entry(t, struct thread, space_link));
	return ns;
}

/* The machine goes with its resource manager. */
static _Noreturn void machine_shutdown(uint32_t reason)
{
	if (reason == SHUTDOWN_poweroff) {
		kprintf("domain 0 shut down: power off\n");
		arch_poweroff();
	}
	if (reason == SHUTDOWN_reboot) {
		kprintf("domain 0 shut down: reboot\n");
		arch_reboot();
	}
	kprintf("domain 0 crashed (reason %u): the machine stops\n", reason);
	machine_stop();
}

static const char *shutdown_name(uint32_t reason)
{
	static const char *const names[] = { "poweroff", "reboot",   "suspend",
					     "crash",	 "watchdog", "soft reset" };

	return reason < ARRAY_SIZE(names) ? names[reason] : "unknown reason";
}

void domain_shutdown(struct domain *d, uint32_t reason)
{
	struct domain *control = domain_lookup(0);

	console_guest_flush(d);
	if (d->domid == 0)
		machine_shutdown(reason);
	if (d->shutdown)
		return;
	kprintf("domain %u shut down: %s\n", d->domid, shutdown_name(reason));
	d->shutdown = reason + 1;
	domain_pause(d);
	if (control)
		evtchn_raise_virq(control, VIRQ_DOM_EXC);
}

/* Once: wall time runs with system time from here, and nobody sets the machine's clock. */
static void set_wall_clock(struct si_page *si)
{
	uint64_t ns = time_wall_boot_ns();

	si->wc_sec = (uint32_t)(ns / NSEC_PER_SEC);
	si->wc_sec_hi = (uint32_t)(ns / NSEC_PER_SEC >> 32);
	si->wc_nsec = (uint32_t)(ns % NSEC_PER_SEC);
	si->wc_version = 2;
}

void domain_attach_vcpu(struct domain *d, struct thread *t, mfn_t shared)
{
	struct vcpu *v = &d->vcpu[0];

	arch_space_small(d->root, domain_physmap_end(d) << PAGE_SHIFT);
	frame_of(shared)->pins++;
	d->shared_info_mfn = shared;
	d->shared_info = frame_ptr(shared);
	v->thread = t;
	v->info = &si_of(d)->vcpu[v->index];
	t->vcpu = v;
}

int domain_start(struct domain *d, const struct tagma_domain_start *start)
{
	mfn_t shared = domain_physmap_get(d, start->shared_info >> PAGE_SHIFT);
	mfn_t stubs = domain_physmap_get(d, start->hypercall_page >> PAGE_SHIFT);
	struct vcpu *v = &d->vcpu[0];
	struct tagma_regs regs;
	struct thread *t;
	int err;

	if (v->thread || d->shared_info)
		return -XEN_EBUSY;
	if (start->prio > d->top_prio || start->shared_info % PAGE_SIZE || !mfn_ok(shared) ||
	    start->hypercall_page % PAGE_SIZE || (start->hypercall_page && !mfn_ok(stubs)))
		return -XEN_EINVAL;
	err = cache_reserve_thread(d);
	if (err)
		return err;
	t = thread_load(d, d->root);
	ASSERT(t);
	domain_attach_vcpu(d, t, shared);
	memset(d->shared_info, 0, PAGE_SIZE);
	set_wall_clock(si_of(d));
	if (start->hypercall_page)
		arch_hypercall_page(frame_ptr(stubs));

	arch_thread_get_regs(t, &regs);
	regs.ip = start->ip;
	regs.TAGMA_REG_SP = start->sp;
	arch_thread_set_regs(t, &regs);
	arch_thread_set_start(t, start->start_info);
	thread_set_prio(t, (uint8_t)start->prio);
	thread_set_stopped(t, false);
	return 0;
}

/* Every frame that d owns, mapped or granted away, with all that derives from it. */
static bool reap_frames(struct domain *d)
{
	uint32_t freed = 0, seen = 0;

	for (; d->reap < frame_limit(); d->reap++) {
		mfn_t m = { d->reap };
		struct frame *f = frame_of(m);

		if (++seen > REAP_BATCH || freed >= REAP_FREES)
			return false;
		if (!f || f->owner != d->domid)
			continue;
		if (!mapdb_flush_frame(m))
			return false;
		if (f->gpn != GPN_NONE)
			domain_physmap_clear(d, f->gpn);
		frame_free(m);
		d->nr_pages--;
		freed++;
	}
	return true;
}

static void release_shared_info(struct domain *d)
{
	if (d->shared_info)
		frame_of(d->shared_info_mfn)->pins--;
	d->shared_info = NULL;
}

/* From here on nobody finds it. */
static void begin_removal(struct domain *d, uint32_t flags)
{
	console_guest_flush(d);
	d->runnable = domain_is_running(d);
	domain_pause(d);
	d->dying = true;
	d->obj.flags |= OBJ_DYING | flags;
	d->reap = 1;
	share_set(d, d->cpu_percent); /* nothing of it runs any more */
}

/* In steps, as records if it is written back: its spaces with their threads, then those of
 * the root space. Only a vCPU stays, which is part of the domain's own record. */
static bool unload_objects(const struct domain *d)
{
	uint32_t record = d->obj.flags & OBJ_WRITEBACK, n = 0;

	list_for_each (l, &d->spaces) {
		struct space *s = list_entry(l, struct space, dom_link);

		if (s == d->root)
			continue;
		if (!(s->obj.flags & OBJ_DYING))
			s->obj.flags |= OBJ_DYING | record;
		writeback_space(s); /* or a step of it */
		return false;
	}
	/* Each looks through all threads for those that wait for it. */
	list_for_each_safe (l, &d->root->threads) {
		struct thread *t = list_entry(l, struct thread, space_link);

		if (t->vcpu && record)
			continue;
		if (n++ == REAP_THREADS)
			return false;
		if (record)
			writeback_thread(t);
		else
			thread_unload(t);
	}
	return true;
}

/* The root goes last: the frames are taken out of it, or stay as they are. */
static bool removal_step(struct domain *d)
{
	struct domain *control = domain_lookup(0);

	if (!unload_objects(d))
		return false;
	if (!(d->obj.flags & OBJ_WRITEBACK)) {
		if (!reap_frames(d))
			return false;
	} else if (!d->saved) {
		domain_save(d);
		release_shared_info(d);
	}
	if (!space_unload(d->root))
		return false;
	d->root = NULL;
	if (control && !d->saved)
		evtchn_raise_virq(control, VIRQ_DOM_EXC);
	domain_drop(d);
	return true;
}

bool domain_writeback(struct domain *d)
{
	if (!d->dying)
		begin_removal(d, OBJ_WRITEBACK);
	return removal_step(d);
}

bool domain_destroy(struct domain *d)
{
	if (!d->dying)
		begin_removal(d, 0);
	else if (!(d->obj.flags & OBJ_WRITEBACK))
		return removal_step(d);
	/* A writeback that had begun is none any more. */
	d->obj.flags &= ~OBJ_WRITEBACK;
	d->saved = false;
	evtchn_destroy_domain(d);
	release_shared_info(d);
	return removal_step(d);
}

static bool check_one(const struct domain *d)
{
	uint32_t spaces = 0, threads = 0;

	list_for_each (s, &d->spaces) {
		spaces++;
		list_for_each (t, &list_entry(s, struct space, dom_link)->threads) {
			const struct thread *th = list_entry(t, struct thread, space_link);

			threads++;
			if (th->domain != d)
				return false;
		}
	}
	return spaces == d->nr_spaces && threads == d->nr_threads &&
	       (d->loading || frame_count(d->domid) == d->nr_pages) &&
	       (!d->shared_info || frame_of(d->shared_info_mfn)->pins);
}

bool domain_check(void)
{
	list_for_each (l, &domain_list) {
		const struct domain *d = list_entry(l, struct domain, link);

		if (check_one(d))
			continue;
		kprintf("domain_check: domain %u: counts are wrong\n", d->domid);
		return false;
	}
	return true;
}

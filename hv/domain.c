/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/ipc.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
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

static struct domain *domains;
static uint32_t nr_domains, nr_used;
static uint32_t next_domid;

void domain_init_pool(uint32_t nr)
{
	size_t bytes = nr * sizeof(struct domain);

	domains = frame_alloc_hv((uint32_t)((bytes + PAGE_MASK) >> PAGE_SHIFT));
	nr_domains = nr;
	next_domid = nr_used = 0;
	list_init(&domain_list);
	for (uint32_t i = 0; i < nr; i++)
		list_init(&domains[i].link);
}

uint32_t domain_count(void) { return nr_used; }
uint32_t domain_pool_size(void) { return nr_domains; }

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

	return d && !d->dying ? d : NULL;
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

/* Domids grow, so that a message about domain 3 is never about a later one. */
static uint32_t fresh_domid(void)
{
	uint32_t id = next_domid;

	while (domain_find(id))
		id = id + 1 < DOMID_FIRST_RESERVED ? id + 1 : DOMID_FIRST_GUEST;
	next_domid = id + 1 < DOMID_FIRST_RESERVED ? id + 1 : DOMID_FIRST_GUEST;
	return id;
}

/* The list is kept by domid: getdomaininfolist goes on where it stopped. */
static void insert_domain(struct domain *d)
{
	struct list *pos = domain_list.next;

	while (pos != &domain_list && list_entry(pos, struct domain, link)->domid < d->domid)
		pos = pos->next;
	list_add_tail(pos, &d->link);
	nr_used++;
}

struct domain *domain_create_as(uint32_t domid, uint32_t max_pages, int *err)
{
	struct domain *d = domains;
	mfn_t ports;

	if (domid >= DOMID_FIRST_RESERVED || domain_find(domid)) {
		*err = -XEN_EEXIST;
		return NULL;
	}
	while (d < domains + nr_domains && !list_empty(&d->link))
		d++;
	*err = -XEN_ENOMEM;
	if (d == domains + nr_domains)
		return NULL;
	*err = cache_reserve_space(NULL);
	if (*err)
		return NULL;
	*err = -XEN_ENOMEM;
	memset(d, 0, sizeof(*d));
	list_init(&d->link);
	list_init(&d->spaces);
	d->domid = (uint16_t)domid;
	d->control = domid == 0;
	d->pause_count = 1;
	d->max_pages = max_pages;
	d->nr_vcpus = 1;
	d->reap = 1;
	console_guest_init(d);
	ports = frame_alloc(FRAME_OWNER_HV, 0);
	if (!mfn_ok(ports))
		return NULL;
	d->ports = frame_ptr(ports);
	evtchn_init_domain(d);
	d->root = space_load(d, SPACE_ROOT, 0);
	if (!d->root) {
		frame_free(ports);
		return NULL;
	}
	insert_domain(d);
	return d;
}

struct domain *domain_create(uint32_t max_pages, int *err)
{
	return domain_create_as(fresh_domid(), max_pages, err);
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
	arch_space_small(d->root, domain_physmap_end(d) << PAGE_SHIFT);

	frame_of(shared)->pins++;
	d->shared_info_mfn = shared;
	d->shared_info = frame_ptr(shared);
	memset(d->shared_info, 0, PAGE_SIZE);
	set_wall_clock(si_of(d));
	if (start->hypercall_page)
		arch_hypercall_page(frame_ptr(stubs));

	arch_thread_get_regs(t, &regs);
	regs.ip = start->ip;
	regs.sp = start->sp;
	arch_thread_set_regs(t, &regs);
	arch_thread_set_start(t, start->start_info);
	v->thread = t;
	v->info = &si_of(d)->vcpu[v->index];
	t->vcpu = v;
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

static void begin_destroy(struct domain *d)
{
	console_guest_flush(d);
	domain_pause(d);
	/* From here on nobody finds it. */
	d->dying = true;
	evtchn_destroy_domain(d);
	if (d->shared_info)
		frame_of(d->shared_info_mfn)->pins--;
	d->shared_info = NULL;
}

static struct space *other_space(const struct domain *d)
{
	list_for_each (l, &d->spaces) {
		struct space *s = list_entry(l, struct space, dom_link);

		if (s != d->root)
			return s;
	}
	return NULL;
}

/* Each looks through all threads for those that wait for it. */
static bool unload_threads(const struct domain *d)
{
	uint32_t n = 0;

	list_for_each (l, &d->spaces) {
		struct space *s = list_entry(l, struct space, dom_link);

		for (; !list_empty(&s->threads); n++) {
			if (n == REAP_THREADS)
				return false;
			thread_unload(list_first(&s->threads, struct thread, space_link));
		}
	}
	return true;
}

bool domain_destroy(struct domain *d)
{
	struct domain *control = domain_lookup(0);
	struct space *s;

	if (!d->dying)
		begin_destroy(d);
	if (!unload_threads(d))
		return false;
	s = other_space(d);
	if (s) {
		space_unload(s); /* or a step of it */
		return false;
	}
	/* The root goes last: the frames are taken out of it. */
	if (!reap_frames(d))
		return false;
	if (d->root && !space_unload(d->root))
		return false;
	d->root = NULL;
	domain_physmap_free(d);
	frame_free(frame_mfn(d->ports));
	list_del(&d->link);
	nr_used--;
	if (control)
		evtchn_raise_virq(control, VIRQ_DOM_EXC);
	return true;
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
	       frame_count(d->domid) == d->nr_pages &&
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

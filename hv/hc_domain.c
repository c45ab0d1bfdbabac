/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cache.h>
#include <hv/clan.h>
#include <hv/domain.h>
#include <hv/forward.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/share.h>
#include <hv/space.h>
#include <hv/thread.h>

static long set_entry(struct thread *t, gva_t arg)
{
	struct tagma_entry e;

	if (!t->vcpu)
		return -XEN_EINVAL;
	if (copy_from_guest(t->space, &e, arg, sizeof(e), NULL))
		return -XEN_EFAULT;
	t->vcpu->upcall_ip = e.upcall_ip;
	t->vcpu->trap_ip = e.trap_ip;
	t->vcpu->entry_sp = e.sp;
	return 0;
}

static void fill_info(const struct domain *d, struct tagma_domain_info *i)
{
	*i = (struct tagma_domain_info){
		.domid = d->domid,
		.root_space = d->root->obj.id,
		.vcpu0 = d->vcpu[0].thread ? d->vcpu[0].thread->obj.id : TAGMA_NIL,
		.top_prio = d->top_prio,
		.nr_pages = d->nr_pages,
		.max_pages = d->max_pages,
		.nr_spaces = d->nr_spaces,
		.nr_threads = d->nr_threads,
		.nr_mappings = d->nr_nodes,
		.flags = (d->control ? TAGMA_DOMAIN_F_CONTROL : 0) |
			 (arch_space_small_size(d->root) ? TAGMA_DOMAIN_F_SMALL : 0),
		.colours = d->colours,
	};
}

static long info(struct thread *t, gva_t arg)
{
	struct tagma_domain_info i;
	struct domain *d;
	int err;

	if (copy_from_guest(t->space, &i, arg, sizeof(i), NULL))
		return -XEN_EFAULT;
	d = domain_get(t->domain, i.domid, &err);
	if (!d)
		return err;
	fill_info(d, &i);
	return copy_to_guest(t->space, arg, &i, sizeof(i), NULL) ? -XEN_EFAULT : 0;
}

static long start(struct thread *t, gva_t arg)
{
	struct tagma_domain_start s;
	struct domain *d;
	int err;

	if (copy_from_guest(t->space, &s, arg, sizeof(s), NULL))
		return -XEN_EFAULT;
	d = domain_get(t->domain, s.domid, &err);
	if (!d)
		return err;
	return d == t->domain ? -XEN_EPERM : domain_start(d, &s);
}

static long setup(struct thread *t, gva_t arg)
{
	struct tagma_domain_setup s;
	struct domain *d;
	int err;

	if (copy_from_guest(t->space, &s, arg, sizeof(s), NULL))
		return -XEN_EFAULT;
	if (s.top_prio > 255 || s.cpu_percent > 100 || s.flags & ~(TAGMA_DOMAIN_F_CONTROL | TAGMA_DOMAIN_F_LOCKED) ||
	    s.colours & ~frame_all_colours())
		return -XEN_EINVAL;
	d = domain_get(t->domain, s.domid, &err);
	if (!d)
		return err;
	if (d == t->domain)
		return -XEN_EPERM;
	err = cache_set_quota(d, (uint32_t[]){ s.lock_spaces, s.lock_threads, s.lock_mappings });
	if (!err)
		err = cache_lock_domain(d, s.flags & TAGMA_DOMAIN_F_LOCKED);
	if (err)
		return err;
	d->top_prio = (uint8_t)s.top_prio;
	share_set(d, s.cpu_percent);
	d->control = s.flags & TAGMA_DOMAIN_F_CONTROL;
	/* For frames allocated from now on; those it has are moved by recolouring. */
	d->colours = s.colours;
	return 0;
}

static long channel(struct thread *t, gva_t arg)
{
	struct tagma_channel c;

	if (copy_from_guest(t->space, &c, arg, sizeof(c), NULL))
		return -XEN_EFAULT;
	return channel_open(t->domain, &c);
}

static long reload(struct thread *t, gva_t arg)
{
	static struct tagma_saved_domain s; /* too large for the stack; under the kernel lock */

	if (!t->domain->control)
		return -XEN_EPERM;
	if (copy_from_guest(t->space, &s, arg, sizeof(s), NULL))
		return -XEN_EFAULT;
	return domain_reload(&s);
}

static long wanted(struct thread *t, gva_t arg)
{
	struct tagma_wanted w;

	if (!signal_wanted(t->domain, &w)) {
		if (!t->domain->control || !evtchn_wanted(&w.id))
			return -XEN_ESRCH;
		w.type = TAGMA_TYPE_DOMAIN;
		w.cookie = w.id;
	}
	return copy_to_guest(t->space, arg, &w, sizeof(w), NULL);
}

long hc_domain(struct thread *t, uint32_t cmd, gva_t arg)
{
	switch (cmd) {
	case TAGMA_DOMAIN_set_entry:
		return set_entry(t, arg);
	case TAGMA_DOMAIN_info:
		return info(t, arg);
	case TAGMA_DOMAIN_start:
		return start(t, arg);
	case TAGMA_DOMAIN_setup:
		return setup(t, arg);
	case TAGMA_DOMAIN_iret:
		return forward_iret(t);
	case TAGMA_DOMAIN_channel:
		return channel(t, arg);
	case TAGMA_DOMAIN_set_chief:
		return clan_set_chief(t, arg);
	case TAGMA_DOMAIN_reload:
		return reload(t, arg);
	case TAGMA_DOMAIN_wanted:
		return wanted(t, arg);
	default:
		return -XEN_ENOSYS;
	}
}

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

static long set_entry(struct thread *t, void *arg)
{
	const struct tagma_entry *e = arg;

	if (!t->vcpu)
		return -XEN_EINVAL;
	t->vcpu->upcall_ip = e->upcall_ip;
	t->vcpu->trap_ip = e->trap_ip;
	t->vcpu->entry_sp = e->sp;
	return 0;
}

static long info(struct thread *t, void *arg)
{
	struct tagma_domain_info *i = arg;
	int err;
	const struct domain *d = domain_get(t->domain, i->domid, &err);

	if (!d)
		return err;
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
			 (arch_space_small_size(d->root) ? TAGMA_DOMAIN_F_SMALL : 0) |
			 (d->obj.flags & OBJ_LOCKED ? TAGMA_DOMAIN_F_LOCKED : 0),
		.colours = d->colours,
	};
	return 0;
}

/* Another domain, which the caller controls. */
static struct domain *controlled(const struct thread *t, uint32_t domid, int *err)
{
	struct domain *d = domain_get(t->domain, domid, err);

	if (d != t->domain)
		return d;
	*err = -XEN_EPERM;
	return NULL;
}

static long start(struct thread *t, void *arg)
{
	const struct tagma_domain_start *s = arg;
	int err;
	struct domain *d = controlled(t, s->domid, &err);

	return d ? domain_start(d, s) : err;
}

static long setup(struct thread *t, void *arg)
{
	const struct tagma_domain_setup *s = arg;
	struct domain *d;
	int err;

	if (s->top_prio > 255 || s->cpu_percent > 100 || s->colours & ~frame_all_colours() ||
	    s->flags & ~(TAGMA_DOMAIN_F_CONTROL | TAGMA_DOMAIN_F_LOCKED))
		return -XEN_EINVAL;
	d = controlled(t, s->domid, &err);
	if (!d)
		return err;
	err = cache_set_quota(d, (uint32_t[]){ s->lock_spaces, s->lock_threads, s->lock_mappings });
	if (!err)
		err = cache_lock_domain(d, s->flags & TAGMA_DOMAIN_F_LOCKED);
	if (err)
		return err;
	d->top_prio = (uint8_t)s->top_prio;
	share_set(d, s->cpu_percent);
	d->control = s->flags & TAGMA_DOMAIN_F_CONTROL;
	/* For frames allocated from now on; those it has are moved by recolouring. */
	d->colours = s->colours;
	return 0;
}

static long channel(struct thread *t, void *arg) { return channel_open(t->domain, arg); }

static long iret(struct thread *t, void *arg)
{
	(void)arg;
	return forward_iret(t);
}

static long reload(struct thread *t, void *arg)
{
	static struct tagma_saved_domain s; /* too large for the stack; under the kernel lock */

	if (!t->domain->control)
		return -XEN_EPERM;
	if (copy_from_guest(t->space, &s, *(const gva_t *)arg, sizeof(s), NULL))
		return -XEN_EFAULT;
	return domain_reload(&s);
}

static long wanted(struct thread *t, void *arg)
{
	struct tagma_wanted *w = arg;

	if (signal_wanted(t->domain, w))
		return 0;
	*w = (struct tagma_wanted){ .type = TAGMA_TYPE_DOMAIN };
	return t->domain->control && evtchn_wanted(&w->id) ? 0 : -XEN_ESRCH;
}

long hc_domain(struct thread *t, uint32_t cmd, gva_t arg)
{
	static const struct hc_op ops[] = {
		[TAGMA_DOMAIN_set_entry] = HC_IN(set_entry, struct tagma_entry),
		[TAGMA_DOMAIN_info] = HC_INOUT(info, struct tagma_domain_info),
		[TAGMA_DOMAIN_start] = HC_IN(start, struct tagma_domain_start),
		[TAGMA_DOMAIN_setup] = HC_IN(setup, struct tagma_domain_setup),
		[TAGMA_DOMAIN_iret] = HC_ADDR(iret),
		[TAGMA_DOMAIN_channel] = HC_IN(channel, struct tagma_channel),
		[TAGMA_DOMAIN_set_chief] = HC_IN(clan_set_chief, struct tagma_clan),
		[TAGMA_DOMAIN_reload] = HC_ADDR(reload),
		[TAGMA_DOMAIN_wanted] = HC_INOUT(wanted, struct tagma_wanted),
	};

	return hc_op(t, ops, ARRAY_SIZE(ops), cmd, arg);
}

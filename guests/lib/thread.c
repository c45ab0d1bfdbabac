/* SPDX-License-Identifier: GPL-2.0-only */
/* Spaces and threads by their hypercalls. */
#include <tagma/arch_lib.h>
#include <tagma/thread.h>

static const struct tagma_domain_info *self_info(void)
{
	static struct tagma_domain_info info;

	/* Asked once: threads in other spaces use these, and may not ask. */
	if (!info.vcpu0) {
		info.domid = DOMID_SELF;
		HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, &info);
	}
	return &info;
}

uint32_t thread_self(void) { return self_info()->vcpu0; }

uint32_t space_self(void) { return self_info()->root_space; }

int space_load(uint32_t *id, uint32_t cookie)
{
	struct tagma_space s = { .cookie = cookie };
	int err = (int)HYPERVISOR_tagma_space(TAGMA_SPACE_load, &s);

	*id = s.id;
	return err;
}

int space_unload(uint32_t id) { return (int)HYPERVISOR_tagma_space(TAGMA_SPACE_unload, &id); }

int space_info(uint32_t id, struct tagma_space *out)
{
	out->id = id;
	return (int)HYPERVISOR_tagma_space(TAGMA_SPACE_info, out);
}

int thread_load(struct tagma_thread *t)
{
	return (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_load, t);
}

int thread_start(uint32_t *id, uint32_t prio, void (*fn)(void *arg), void *arg, void *stack_top)
{
	struct tagma_thread t = {
		.space = TAGMA_SELF,
		.flags = TAGMA_THREAD_F_STOPPED,
		.prio = prio,
	};
	int err;

	arch_thread_regs(&t.regs, fn, arg, stack_top);
	err = thread_load(&t);
	if (err)
		return err;
	*id = t.id;
	err = arch_tls_thread(t.id);
	if (!err)
		err = thread_resume(t.id);
	if (err)
		thread_unload(t.id, 0);
	return err;
}

int thread_unload(uint32_t id, struct tagma_thread *last)
{
	struct tagma_thread t;
	int err;

	if (!last)
		last = &t;
	last->id = id;
	err = (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_unload, last);
	return err;
}

int thread_info(uint32_t id, struct tagma_thread *out)
{
	out->id = id;
	return (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_info, out);
}

int thread_modify(struct tagma_thread *t, uint32_t set)
{
	t->set = set;
	return (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_modify, t);
}

int thread_set_regs(uint32_t id, const struct tagma_regs *r)
{
	struct tagma_thread t = { .id = id, .regs = *r };

	return thread_modify(&t, TAGMA_SET_REGS);
}

int thread_set_prio(uint32_t id, uint32_t prio)
{
	struct tagma_thread t = { .id = id, .prio = prio };

	return thread_modify(&t, TAGMA_SET_PRIO);
}

int thread_stop(uint32_t id)
{
	struct tagma_thread t = { .id = id, .flags = TAGMA_THREAD_F_STOPPED };

	return thread_modify(&t, TAGMA_SET_STOPPED);
}

int thread_resume(uint32_t id)
{
	struct tagma_thread t = { .id = id };

	return thread_modify(&t, TAGMA_SET_STOPPED);
}

int thread_cancel(uint32_t id) { return (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_cancel, &id); }

int thread_copy_fpu(uint32_t from, uint32_t to)
{
	uint32_t ids[2] = { from, to };

	return (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_copy_fpu, ids);
}

int thread_set_tls(uint32_t id, uint32_t slot, uint32_t base, uint32_t limit, uint32_t flags)
{
	struct tagma_tls t = {
		.id = id, .slot = slot, .base = base, .limit = limit, .flags = flags
	};

	return (int)HYPERVISOR_tagma_thread(TAGMA_THREAD_set_tls, &t);
}

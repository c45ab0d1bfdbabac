/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/forward.h>
#include <hv/guest.h>
#include <hv/hypercall.h>
#include <hv/ipc.h>
#include <hv/shared_info.h>
#include <hv/space.h>
#include <xen/xen.h>
#include <xen/sched.h>

/* Threads that are not vCPUs use the first one's entries. */
static struct vcpu *forward_vcpu(struct thread *t)
{
	return t->vcpu != NULL ? t->vcpu : &t->domain->vcpu[0];
}

static bool entry_taken(struct thread *t)
{
	return t->space != t->domain->root && forward_vcpu(t)->entry_user != TAGMA_NIL;
}

bool forward_wait(struct thread *t)
{
	if (!entry_taken(t))
		return false;
	thread_set_state(t, THREAD_BLOCKED);
	list_add_tail(&forward_vcpu(t)->entry_queue, &t->ipc.link);
	return true;
}

bool forward_holds(const struct thread *t) { return t->domain->vcpu[0].entry_user == t->obj.id; }

void forward_leave(struct thread *t)
{
	struct vcpu *v = forward_vcpu(t);
	struct thread *next;

	if (v->entry_user != t->obj.id)
		return;
	v->entry_user = TAGMA_NIL;
	if (list_empty(&v->entry_queue))
		return;
	next = list_first(&v->entry_queue, struct thread, ipc.link);
	list_del(&next->ipc.link);
	ipc_handled_forward(next);
}

static void forward_crash(struct thread *t, const struct tagma_frame *f, const char *what,
			  uint32_t addr)
{
	kprintf("domain %u: thread %x: %s %x (trap %x code %x fault %x at ip %x): crashed\n",
		t->domain->domid, t->obj.id, what, addr, f->regs.trap, f->regs.code, f->fault,
		f->regs.ip);
	domain_shutdown(t->domain, SHUTDOWN_crash);
}

/* Pushes f and makes t run `entry`. The upcall mask is read once and set at once, as
 * another processor of the guest may change it. */
static bool forward_enter(struct thread *t, struct tagma_frame *f, uint32_t entry)
{
	struct vcpu *v = forward_vcpu(t);
	struct si_page *si = si_of(t->domain);
	struct space *root = t->domain->root;
	uint32_t top = t->space == root ? arch_thread_sp(t) : v->entry_sp;
	uint32_t sp = (top - (uint32_t)sizeof(*f)) & ~15u;
	struct tagma_regs regs;
	bool foreign;
	uint8_t *mask = si != NULL ? &si->vcpu[v->index].upcall_mask : NULL;

	f->space = t->space->obj.id;
	f->mask = mask != NULL ? __atomic_load_n(mask, __ATOMIC_RELAXED) : 0;
	if (copy_to_guest(root, GVA(sp), f, sizeof(*f), NULL) != 0) {
		forward_crash(t, f, "no stack for the trap frame at", sp);
		return false;
	}
	if (mask != NULL)
		__atomic_store_n(mask, 1, __ATOMIC_RELEASE);
	regs = f->regs;
	regs.ip = entry;
	regs.flags = 0;
	regs.TAGMA_REG_SP = sp;
	arch_thread_set_regs(t, &regs);
	foreign = t->space != root;
	thread_move(t, root);
	if (foreign)
		v->entry_user = t->obj.id;
	return true;
}

void forward_trap(struct thread *t, uint32_t trap, uint32_t code, uint64_t fault_addr)
{
	uint32_t entry = forward_vcpu(t)->trap_ip;
	struct tagma_frame f = { .fault = (uint32_t)fault_addr };

	arch_thread_get_regs(t, &f.regs);
	f.regs.trap = trap;
	f.regs.code = code;
	if (entry == 0) {
		forward_crash(t, &f, "no entry for a trap in space", t->space->obj.id);
		return;
	}
	COUNT(forward);
	forward_enter(t, &f, entry);
}

bool forward_upcall(struct thread *t)
{
	struct tagma_frame f = { 0 };

	if (t->vcpu->upcall_ip == 0 || !evtchn_pending(t->vcpu) || entry_taken(t))
		return false;
	COUNT(upcall);
	arch_thread_get_regs(t, &f.regs);
	f.regs.trap = TAGMA_FRAME_UPCALL;
	return forward_enter(t, &f, t->vcpu->upcall_ip);
}

/* Only the guest kernel, which runs in the root space, may say where to go on:
 * its user threads could make themselves the kernel. */
long forward_iret(struct thread *t)
{
	struct domain *d = t->domain;
	struct si_page *si = si_of(d);
	uint32_t sp = arch_thread_sp(t);
	struct tagma_frame f = { 0 };
	struct space *s;

	if (t->space != d->root)
		return -XEN_EPERM;
	if (copy_from_guest(t->space, &f, GVA(sp), sizeof(f), NULL) != 0) {
		arch_thread_get_regs(t, &f.regs);
		forward_crash(t, &f, "no frame to return by at", sp);
		return HC_NORESULT;
	}
	s = f.space == TAGMA_SELF ? d->root : space_lookup(f.space);
	if (s == NULL || s->domain != d)
		return -XEN_ESRCH;
	arch_thread_set_regs(t, &f.regs);
	thread_move(t, s);
	if (si != NULL)
		__atomic_store_n(&si->vcpu[forward_vcpu(t)->index].upcall_mask, f.mask & 1,
				 __ATOMIC_RELEASE);
	return HC_NORESULT;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual CPUs: blocking, waking, upcalls on resume, timers, time. */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/forward.h>
#include <hv/guest.h>
#include <hv/ipc.h>
#include <hv/shared_info.h>
#include <xen/vcpu.h>

#define TIME_REFRESH_NS NSEC_PER_SEC

/* Xen's structures as a 32-bit guest lays them out. */
struct vcpu_runstate32 {
	int32_t state;
	u64_32bit entry_time;
	u64_32bit time[4];
};
struct vcpu_singleshot32 {
	u64_32bit timeout;
	uint32_t flags;
};
_Static_assert(sizeof(struct vcpu_runstate32) == 44, "Xen's ABI");
_Static_assert(sizeof(struct vcpu_singleshot32) == 12, "Xen's ABI");

static void vcpu_tick(const struct vcpu *v)
{
	if (v->thread != NULL)
		evtchn_raise_virq(v->thread->domain, VIRQ_TIMER);
}

static void vcpu_timer(struct timer *timer) { vcpu_tick(container_of(timer, struct vcpu, timer)); }

/* A late interrupt makes one tick, not a burst: the next one is in the future. */
static void vcpu_periodic(struct timer *timer)
{
	struct vcpu *v = container_of(timer, struct vcpu, periodic);
	uint64_t now = time_ns(), next = timer->deadline + v->period;

	timer_set(timer, next > now ? next : now + v->period);
	vcpu_tick(v);
}

void vcpu_init(struct vcpu *v, uint32_t index)
{
	*v = (struct vcpu){ .index = index };
	list_init(&v->entry_queue);
	timer_init(&v->timer, vcpu_timer);
	timer_init(&v->periodic, vcpu_periodic);
}

void vcpu_release(struct vcpu *v)
{
	timer_stop(&v->timer);
	timer_stop(&v->periodic);
	v->thread->vcpu = NULL;
	v->thread = NULL;
}

/* The result of the hypercall that blocks stands before anything can wake it. */
void vcpu_block(struct vcpu *v, uint32_t poll_port)
{
	v->poll_port = poll_port;
	arch_hc_result(v->thread, 0);
	thread_set_state(v->thread, THREAD_BLOCKED);
}

static bool vcpu_wakes(const struct vcpu *v, uint32_t port)
{
	return evtchn_pending(v) || v->poll_port == POLL_ANY || v->poll_port == port;
}

void vcpu_notify(struct vcpu *v, uint32_t port)
{
	struct thread *t = v->thread;

	if (t == NULL)
		return;
	if (t->state == THREAD_RECEIVING) {
		ipc_deliver_event(t);
	} else if (t->state == THREAD_BLOCKED && t->ipc.kind == IPC_USER && vcpu_wakes(v, port)) {
		timer_stop(&t->ipc.timer);
		thread_set_state(t, THREAD_READY);
	}
}

static void vcpu_update_time(struct vcpu *v)
{
	struct si_page *si = si_of(v->thread->domain);
	struct si_time *time;
	uint32_t version;

	if (si == NULL)
		return;
	time = &si->vcpu[v->index].time;
	version = __atomic_load_n(&time->version, __ATOMIC_RELAXED) | 1;
	__atomic_store_n(&time->version, version, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	arch_vcpu_time(time);
	__atomic_store_n(&time->version, version + 1, __ATOMIC_RELEASE);
	v->time_stamp = time_ns();
}

/* rq.start: the time is not read again for every entry. */
bool vcpu_resume(struct vcpu *v)
{
	struct thread *t = v->thread;

	if (v->time_stamp == 0 || t->cpu->rq.start - v->time_stamp >= TIME_REFRESH_NS)
		vcpu_update_time(v);
	if (evtchn_pending(v))
		forward_upcall(t);
	return thread_runnable(t);
}

static struct vcpu *vcpu_get(struct thread *t, uint32_t id)
{
	struct domain *d = t->domain;

	return id < d->nr_vcpus && d->vcpu[id].thread != NULL ? &d->vcpu[id] : NULL;
}

static int32_t vcpu_runstate(const struct thread *t)
{
	if (t->state == THREAD_READY && !thread_runnable(t))
		return RUNSTATE_offline;
	if (t->state != THREAD_READY)
		return t->state == THREAD_STOPPED ? RUNSTATE_offline : RUNSTATE_blocked;
	return t == t->cpu->current ? RUNSTATE_running : RUNSTATE_runnable;
}

/* The time in a state is kept for running alone; the rest is counted as blocked. */
static long vcpu_hc_runstate(struct thread *t, const struct vcpu *v, gva_t arg)
{
	uint64_t run = sched_run_ns(v->thread);
	struct vcpu_runstate32 r = {
		.state = vcpu_runstate(v->thread),
		.entry_time = v->thread->cpu->rq.start,
		.time = { [RUNSTATE_running] = run, [RUNSTATE_blocked] = time_ns() - run },
	};

	return copy_to_guest(t->space, arg, &r, sizeof(r), NULL);
}

static long vcpu_hc_periodic(struct thread *t, struct vcpu *v, gva_t arg)
{
	uint64_t period;

	if (copy_from_guest(t->space, &period, arg, sizeof(period), NULL) != 0)
		return -XEN_EFAULT;
	if (period < PERIOD_MIN_NS)
		return -XEN_EINVAL;
	v->period = MIN(period, UINT64_MAX / 4);
	timer_set(&v->periodic, time_ns() + v->period);
	return 0;
}

static long vcpu_hc_singleshot(struct thread *t, struct vcpu *v, gva_t arg)
{
	struct vcpu_singleshot32 s;

	if (copy_from_guest(t->space, &s, arg, sizeof(s), NULL) != 0)
		return -XEN_EFAULT;
	if ((s.flags & VCPU_SSHOTTMR_future) && s.timeout < time_ns())
		return -XEN_ETIME;
	timer_set(&v->timer, s.timeout);
	return 0;
}

long hc_vcpu_op(struct thread *t, uint32_t cmd, uint32_t vcpuid, gva_t arg)
{
	struct vcpu *v = vcpu_get(t, vcpuid);

	if (v == NULL)
		return -XEN_ENOENT;
	switch (cmd) {
	case VCPUOP_is_up:
		return v->thread->state != THREAD_STOPPED && !v->thread->stopped;
	case VCPUOP_get_runstate_info:
		return vcpu_hc_runstate(t, v, arg);
	case VCPUOP_set_periodic_timer:
		return vcpu_hc_periodic(t, v, arg);
	case VCPUOP_set_singleshot_timer:
		return vcpu_hc_singleshot(t, v, arg);
	case VCPUOP_stop_periodic_timer:
		timer_stop(&v->periodic);
		return 0;
	case VCPUOP_stop_singleshot_timer:
		timer_stop(&v->timer);
		return 0;
	default:
		return -XEN_ENOSYS;
	}
}

long hc_set_timer_op(struct thread *t, uint32_t lo, uint32_t hi)
{
	uint64_t deadline = (uint64_t)hi << 32 | lo;
	struct vcpu *v = t->vcpu;

	if (v == NULL)
		return -XEN_EPERM;
	if (deadline == 0)
		timer_stop(&v->timer);
	else
		timer_set(&v->timer, deadline);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that runs (cpu->current) and the one that a sender switches to
 * (cpu->next) are not in the queue, so a short IPC never touches it.
 */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/forward.h>
#include <hv/ipc.h>
#include <hv/share.h>
#include <hv/thread.h>

void sched_init(struct cpu *c)
{
	for (unsigned i = 0; i < ARRAY_SIZE(c->rq.ready); i++)
		list_init(&c->rq.ready[i]);
	c->rq.top = -1;
	c->rq.slice_end = TIMER_NEVER;
	timer_init_cpu(c);
}

static int rq_find_top(const struct runqueue *rq)
{
	for (int i = 3; i >= 0; i--)
		if (rq->bitmap[i] != 0)
			return i * 64 + 63 - __builtin_clzll(rq->bitmap[i]);
	return -1;
}

static void rq_insert(struct runqueue *rq, struct thread *t, bool head)
{
	if (head)
		list_add(&rq->ready[t->prio], &t->run_link);
	else
		list_add_tail(&rq->ready[t->prio], &t->run_link);
	rq->bitmap[t->prio / 64] |= 1ull << (t->prio % 64);
	rq->nr_ready++;
	if (t->prio > rq->top)
		rq->top = t->prio;
}

static void rq_remove(struct runqueue *rq, struct thread *t)
{
	list_del(&t->run_link);
	rq->nr_ready--;
	if (!list_empty(&rq->ready[t->prio]))
		return;
	rq->bitmap[t->prio / 64] &= ~(1ull << (t->prio % 64));
	if (t->prio == rq->top)
		rq->top = rq_find_top(rq);
}

static void sched_preempt_check(struct cpu *c, const struct thread *t)
{
	if (c->current == NULL || t->prio > c->current->prio)
		c->resched = true;
}

void sched_enqueue(struct thread *t)
{
	struct cpu *c = t->cpu;

	if (t == c->current || t == c->next || !list_empty(&t->run_link) || !thread_runnable(t))
		return;
	rq_insert(&c->rq, t, false);
	sched_preempt_check(c, t);
}

void sched_dequeue(struct thread *t)
{
	struct cpu *c = t->cpu;

	if (t == c->next)
		c->next = NULL;
	else if (!list_empty(&t->run_link))
		rq_remove(&c->rq, t);
}

void sched_rotate(struct thread *t)
{
	struct cpu *c = t->cpu;

	if (t == c->current) {
		c->rq.slice_over = true;
		return;
	}
	sched_dequeue(t);
	sched_enqueue(t);
}

void sched_switch_to(struct thread *to)
{
	struct cpu *c = to->cpu;

	if (c->current == NULL || c->next != NULL || to == c->current ||
	    !list_empty(&to->run_link) || !thread_runnable(to)) {
		sched_enqueue(to);
		return;
	}
	c->next = to;
	sched_preempt_check(c, to);
}

/*
 * What the running thread used, and what is left of its slice. A short IPC does not come
 * here: the time since the last real decision is charged to whoever runs at the next one,
 * as with clock ticks.
 */
static void sched_account(struct cpu *c, uint64_t now)
{
	struct thread *t = c->current;

	if (t == NULL)
		return;
	t->run_ns += now - c->rq.start;
	if (t->domain->cpu_percent != 0)
		share_charge(t, now - c->rq.start, now);
	c->rq.start = now;
	t->slice_left = c->rq.slice_end > now ? c->rq.slice_end - now : 0;
}

void sched_tick(struct cpu *c, uint64_t now)
{
	if (now < c->rq.slice_end) {
		timer_arm(c, c->rq.slice_end);
		return;
	}
	c->rq.slice_over = true;
	c->resched = true;
}

uint64_t sched_run_ns(const struct thread *t)
{
	return t->run_ns + (t == t->cpu->current ? time_ns() - t->cpu->rq.start : 0);
}

void sched_forget(struct thread *t)
{
	sched_dequeue(t);
	if (t != t->cpu->current)
		return;
	sched_account(t->cpu, time_ns());
	t->cpu->current = NULL;
}

/*
 * The thread to run next, taken out of the queue; NULL if there is none. *fresh:
 * it came from the queue and gets its own slice, else it goes on in the running one.
 */
static struct thread *sched_pick(struct cpu *c, bool *fresh)
{
	struct thread *cur = c->current, *next = c->next, *t = NULL;
	bool over = c->rq.slice_over;
	int top;

	c->next = NULL;
	c->resched = false;
	c->rq.slice_over = false;
	*fresh = false;
	if (cur != NULL && thread_runnable(cur))
		t = cur;
	if (next != NULL && t != NULL)
		rq_insert(&c->rq, next, false);
	else if (next != NULL)
		t = next;
	if (over)
		c->rq.slice_end = 0;
	if (over && t != NULL) {
		rq_insert(&c->rq, t, false);
		t = NULL;
	}
	top = c->rq.top;
	if (t != NULL && top <= (int)t->prio)
		return t;
	if (t != NULL)
		rq_insert(&c->rq, t, true);
	if (top < 0)
		return NULL;
	*fresh = true;
	t = list_first(&c->rq.ready[top], struct thread, run_link);
	rq_remove(&c->rq, t);
	return t;
}

static void sched_start(struct cpu *c, struct thread *t, bool fresh)
{
	uint64_t now = time_ns();

	sched_account(c, now);
	if (t != c->current) {
		COUNT(thread_switch);
		TRACE(switch, t->obj.id, 0);
	}
	if (fresh) {
		if (t->slice_left == 0)
			t->slice_left = t->slice_us * NSEC_PER_USEC;
		c->rq.slice_end = now + t->slice_left;
		timer_arm(c, c->rq.slice_end);
	}
	c->rq.start = now;
	c->current = t;
}

static void sched_idle(struct cpu *c)
{
	uint64_t start = time_ns();

	sched_account(c, start);
	c->current = NULL;
	c->rq.slice_end = TIMER_NEVER;
	arch_idle();
	c->idle_ns += time_ns() - start;
}

/* Nothing has happened that would make another thread run: most entries end so. */
static bool sched_unchanged(const struct cpu *c)
{
	const struct thread *t = c->current;

	return !c->resched && !c->rq.slice_over && c->next == NULL && t != NULL &&
	       thread_runnable(t) && t->ipc.peer == TAGMA_NIL;
}

struct thread *sched_exit(void)
{
	struct cpu *c = this_cpu();

	if (sched_unchanged(c) && (c->current->vcpu == NULL || vcpu_resume(c->current->vcpu)))
		return c->current;
	for (;;) {
		bool fresh;
		struct thread *t = sched_pick(c, &fresh);

		if (t == NULL) {
			sched_idle(c);
			continue;
		}
		if (fresh || t != c->current)
			sched_start(c, t, fresh);
		if (t->ipc.peer != TAGMA_NIL)
			ipc_continue(t);
		else if (t->vcpu == NULL || vcpu_resume(t->vcpu))
			return t;
	}
}

static bool queued(const struct thread *t) { return t != NULL && !list_empty(&t->run_link); }

bool sched_check(void)
{
	const struct cpu *c = this_cpu();
	const struct runqueue *rq = &c->rq;
	uint32_t n = 0;

	if (queued(c->current) || queued(c->next)) {
		kprintf("sched: the running thread is queued, too\n");
		return false;
	}
	for (unsigned prio = 0; prio < ARRAY_SIZE(rq->ready); prio++) {
		bool bit = (rq->bitmap[prio / 64] >> (prio % 64)) & 1;

		if (bit == list_empty(&rq->ready[prio])) {
			kprintf("sched: bitmap wrong at priority %u\n", prio);
			return false;
		}
		list_for_each (l, &rq->ready[prio]) {
			const struct thread *t = list_entry(l, struct thread, run_link);

			n++;
			if (!thread_runnable(t) || t->prio != prio) {
				kprintf("sched: thread %x queued wrongly\n", t->obj.id);
				return false;
			}
		}
	}
	return n == rq->nr_ready && rq->top == rq_find_top(rq);
}

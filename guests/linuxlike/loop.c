/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The server is one thread: it takes a message, runs the coroutine of the task it
 * is about, and answers with the next wait in one hypercall (seed LX-1).
 *
 *     message from a thread ─► task's coroutine ─► sleeps ─► (others) ─► wakes ─┐
 *                                   │ done                                      │
 *     reply + wait  ◄───────────────┴──────────────── loop ◄────────────────────┘
 */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "timer.h"
#include <stdlib.h>
#include <string.h>
#include <tagma/cache.h>
#include <tagma/event.h>
#include <tagma/ipc.h>
#include <tagma/time.h>

_Static_assert(sizeof(((struct task *)0)->item) / sizeof(((struct task *)0)->item[0]) <=
		       TAGMA_MSG_ITEMS,
	       "a reply carries them all");

struct task *current;
static void *loop_sp;
static struct list run_queue = LIST_INIT(run_queue);
static struct task *sender; /* whose message is being handled; NULL: an event's */
static struct task *reply;  /* is answered with the next wait */
static struct tagma_msg msg;
static uint64_t timer_set; /* what the vCPU's timer is set to */

void task_stack_init(struct task *t) { t->sp = coro_init(t->stack, stack_size(), task_main); }

void loop_ready(struct task *t)
{
	if (list_empty(&t->run_link) && t != current)
		list_add_tail(&run_queue, &t->run_link);
}

void loop_yield(void) { coro_switch(&current->sp, loop_sp); }

_Noreturn void loop_exit(void)
{
	current->gone = true;
	coro_switch(&current->sp, loop_sp);
	abort();
}

/* The mappings of a reply that is not sent, or no longer what should be there: what they were
 * to stand in the place of must not stay. It faults once more. */
static void items_void(struct task *t)
{
	for (uint32_t i = 0; i < t->nr_items; i++)
		vm_flush(&t->mm->vm, t->item[i].hint, PAGE_SIZE, TAGMA_RWX);
	t->nr_items = 0;
}

/* The message that lets t go on: registers after a trap, mappings after a fault. */
static uint32_t reply_build(struct task *t, struct ipc *m)
{
	uint32_t tag = TAGMA_T_LONG;

	m->w[2] = (uint32_t)(uintptr_t)&msg;
	if (t->entry == ENTRY_TRAP) {
		memcpy(msg.w, &t->regs, sizeof(t->regs));
		m->w[0] = msg.w[0];
		m->w[1] = msg.w[1];
		return tag | TAGMA_T_WORDS(TAGMA_REGS_WORDS);
	}
	if (t->items_as_of != vm_revocations())
		items_void(t);
	memcpy(msg.item, t->item, t->nr_items * sizeof(t->item[0]));
	return tag | TAGMA_T_ITEMS(t->nr_items);
}

/* A reply that cannot be put off, since another is about to take its place. */
static void reply_now(struct task *t)
{
	struct ipc m;

	if (t == reply)
		reply = NULL;
	if (!t)
		return;
	for (int tries = 0; tries < 2 && t->hw; tries++) {
		m.tag = reply_build(t, &m);
		/* -EAGAIN: it has its reply, and the receive after that was spoilt by a stranger.
		 */
		if (!ipc_reply(&m, t->hw) || ipc_error(&m) == -EAGAIN)
			return;
		if (ipc_error(&m) == -ENOMEM)
			hw_reclaim(t->mm);
		if (ipc_error(&m) == -ESRCH)
			cache_drain();
	}
	if (!t->hw) { /* written back: it goes on by being loaded again */
		items_void(t);
		hw_resume(t);
		return;
	}
	printk("linuxlike: no reply to %s[%d]: %d\n", t->comm, t->tid, ipc_error(&m));
	t->in_user = false;
	process_kill(t->process, SIGKILL);
	loop_ready(t);
}

/*
 * Whoever is answered with the wait has the CPU at once, before those that are ready. That
 * is for the thread whose message this was, which had it before; or, when it sleeps
 * now, for the one that it woke. Others line up.
 */
static void reply_to(struct task *t)
{
	if (t == sender) {
		reply_now(reply);
	} else if (reply || !sender || sender->in_user) {
		reply_now(t);
		return;
	}
	reply = t;
}

static void leave_to_user(struct task *t)
{
	if (t->entry == ENTRY_NEW || t->entry == ENTRY_KICK || !t->hw) {
		items_void(t);
		hw_resume(t);
		return;
	}
	if (t->entry == ENTRY_FAULT && t->regs_dirty)
		hw_store_regs(t);
	if (t->yielding) { /* started anew, it stands at the tail */
		t->yielding = false;
		hw_stop(t);
		reply_now(t);
		hw_start(t);
		return;
	}
	reply_to(t);
}

static void run_task(struct task *t)
{
	uint64_t start = time_ns();

	current = t;
	coro_switch(&loop_sp, t->sp);
	current = NULL;
	t->usage.stime += time_ns() - start;
	if (!stack_sound(t->stack)) {
		printk("linuxlike: server stack of %d (%s) overflowed in call %d\n", t->tid,
		       t->comm, t->syscall_nr);
		abort();
	}
	if (t->gone) {
		sender = t == sender ? NULL : sender;
		task_gone(t);
	} else if (t->in_user) {
		leave_to_user(t);
	} else {
		hw_place(); /* it sleeps */
	}
}

static void run_ready(void)
{
	while (!list_empty(&run_queue)) {
		struct task *t = list_first(&run_queue, struct task, run_link);

		list_del(&t->run_link);
		if (t->in_user) { /* only a kick readies a task in user code */
			t->kicked = false;
			if (t == reply)
				reply_now(t);
			if (!hw_interrupt(t))
				continue;
			t->in_user = false;
			t->entry = ENTRY_KICK;
		}
		run_task(t);
	}
}

static void message_kernel(const struct ipc *m)
{
	struct task *t = hw_task(m->sender);

	if (!t || !t->in_user)
		return; /* it has been unloaded since; nobody waits for an answer */
	sender = t;
	t->in_user = false;
	t->regs_dirty = false;
	if (TAGMA_T_LABELOF(m->tag) == TAGMA_K_TRAP) {
		t->entry = ENTRY_TRAP;
		memcpy(&t->regs, msg.w, sizeof(t->regs));
		t->regs.trap = m->w[0];
		t->regs.code = m->w[1];
		t->regs_valid = true;
	} else {
		t->entry = ENTRY_FAULT;
		t->regs_valid = false;
		t->fault_addr = m->w[0];
		t->fault_ip = m->w[1];
		t->fault_want = msg.w[2];
	}
	run_task(t);
}

static void set_timer(void)
{
	uint64_t next = timer_next();

	if (next == timer_set)
		return;
	timer_set = next;
	time_set_timer(next == NO_DEADLINE ? 0 : next);
}

/* Messages that the hypervisor did not make come from processes that send IPC by
 * themselves. They get no answer. */
static void wait_message(void)
{
	struct ipc m = { .tag = TAGMA_T_LONG };
	struct task *t = reply;

	if (t && !t->hw) {
		reply_now(t);
		return;
	}
	m.w[2] = (uint32_t)(uintptr_t)&msg;
	if (t)
		m.tag = reply_build(t, &m);
	reply = sender = NULL;
	if (ipc_reply_wait(&m, t ? t->hw : TAGMA_NIL)) {
		reply_now(t); /* the fault's mappings did not go through: once more, by itself */
		return;
	}
	if (!(m.tag & TAGMA_T_KERNEL))
		return;
	switch (TAGMA_T_LABELOF(m.tag)) {
	case TAGMA_K_EVENT:
		event_dispatch();
		break;
	case TAGMA_K_TRAP:
	case TAGMA_K_FAULT:
		message_kernel(&m);
		break;
	}
}

static void timer_event(void *arg, uint32_t port)
{
	(void)arg;
	(void)port;
	timer_set = NO_DEADLINE;
	timer_run(time_ns());
}

_Noreturn void loop_run(void)
{
	int port = event_bind_virq(VIRQ_TIMER, timer_event, NULL);

	if (port < 0)
		abort();
	timer_set = NO_DEADLINE;
	event_unmask((uint32_t)port);
	event_enable();
	for (;;) {
		do {
			run_ready();
			if (hw_line_moves()) {
				reply_now(reply); /* while it waits for us it could be taken for
						     idle */
				hw_run_line();
			}
		} while (!list_empty(&run_queue));
		set_timer();
		wait_message();
	}
}

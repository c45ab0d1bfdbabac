/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks and processes: birth, death, lookup; the small questions of the file half. */
#include "task_struct.h"
#include "lx_errno.h"
#include "loop.h"
#include "mm.h"
#include "vfs.h"
#include <string.h>

#define HASH_SIZE 256u

static struct list pid_hash[HASH_SIZE];			   /* tasks by tid */
static struct list process_list = LIST_INIT(process_list); /* by pid */
static pid_t last_pid;
static uint32_t nr_tasks;
struct process *init_process;

static struct list *hash_head(pid_t tid)
{
	struct list *h = &pid_hash[(uint32_t)tid % HASH_SIZE];

	if (!h->next)
		list_init(h);
	return h;
}

struct task *task_find(pid_t tid)
{
	list_for_each (l, hash_head(tid)) {
		struct task *t = list_entry(l, struct task, hash_link);

		if (t->tid == tid)
			return t;
	}
	return NULL;
}

struct process *process_find(pid_t pid)
{
	list_for_each (l, &process_list) {
		struct process *p = list_entry(l, struct process, link);

		if (p->pid == pid)
			return p;
	}
	return NULL;
}

struct process *process_next(struct process *p)
{
	struct list *l = p ? p->link.next : process_list.next;

	return l == &process_list ? NULL : list_entry(l, struct process, link);
}

/* A number is taken while a task, process, group or session has it. */
static bool pid_taken(pid_t pid)
{
	if (task_find(pid))
		return true;
	for (struct process *p = NULL; (p = process_next(p));)
		if (p->pid == pid || p->pgid == pid || p->session->sid == pid)
			return true;
	return false;
}

pid_t pid_alloc(void)
{
	for (uint32_t i = 0; i < PID_MAX; i++) {
		last_pid = last_pid >= PID_MAX - 1 ? 300 : last_pid + 1;
		if (!pid_taken(last_pid))
			return last_pid;
	}
	return -EAGAIN;
}

struct process *process_alloc(pid_t pid)
{
	struct process *p = kmalloc(sizeof(*p));
	struct list *at = process_list.next;

	if (!p)
		return NULL;
	p->pid = pid;
	p->start_ns = time_ns();
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->threads);
	sigpend_init(&p->shared);
	waitq_init(&p->threads_gone);
	waitq_init(&p->child_news);
	while (at != &process_list && list_entry(at, struct process, link)->pid < pid)
		at = at->next;
	list_add_tail(at, &p->link);
	return p;
}

void process_free(struct process *p)
{
	if (p->leader)
		task_free(p->leader);
	sigpend_clear(&p->shared, ~0ull);
	list_del(&p->sibling);
	list_del(&p->link);
	if (p->session)
		session_put(p->session);
	if (p->sighand)
		sighand_put(p->sighand);
	kfree(p);
}

static void sleep_timeout(struct timer *timer)
{
	struct task *t =
		(struct task *)(void *)((char *)timer - offsetof(struct task, sleep_timer));

	if (t->state != TASK_SLEEPING)
		return; /* it was woken at the same moment */
	t->timed_out = true;
	task_wake(t);
}

struct task *task_alloc(struct process *p)
{
	struct task *t = kmalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->stack = stack_alloc();
	if (!t->stack) {
		kfree(t);
		return NULL;
	}
	task_stack_init(t);
	list_init(&t->run_link);
	list_init(&t->futex_link);
	list_init(&t->waiters);
	list_init(&t->hash_link);
	sigpend_init(&t->pending);
	timer_init(&t->sleep_timer, sleep_timeout);
	t->altstack.flags = SS_DISABLE;
	t->syscall_nr = -1;
	t->start_ns = time_ns();
	t->process = p;
	list_add_tail(&p->threads, &t->thread_link);
	p->nr_threads++;
	if (!p->leader)
		p->leader = t;
	nr_tasks++;
	return t;
}

void task_set_tid(struct task *t, pid_t tid)
{
	list_del(&t->hash_link);
	t->tid = tid;
	list_add(hash_head(tid), &t->hash_link);
}

void task_free(struct task *t)
{
	timer_del(&t->sleep_timer);
	sigpend_clear(&t->pending, ~0ull);
	list_del(&t->run_link);
	list_del(&t->hash_link);
	list_del(&t->thread_link);
	if (t->stack)
		stack_free(t->stack);
	kfree(t);
	nr_tasks--;
}

/* Its coroutine has ended. A leader's descriptor stays until it is waited for: it is
 * what /proc and wait() see of a zombie. */
void task_gone(struct task *t)
{
	struct process *p = t->process;

	if (p->leader != t) {
		task_free(t);
	} else {
		stack_free(t->stack);
		t->stack = NULL;
	}
	if (p->zombie && p->autoreap)
		process_free(p);
}

void task_set_comm(struct task *t, const char *path)
{
	const char *base = path;

	for (const char *s = path; *s; s++)
		if (*s == '/' && s[1])
			base = s + 1;
	memset(t->comm, 0, COMM_LEN);
	for (size_t i = 0; i < COMM_LEN - 1 && base[i]; i++)
		t->comm[i] = base[i];
}

uint32_t task_count(void) { return nr_tasks; }
bool capable(void) { return current->process->cred.euid == 0; }

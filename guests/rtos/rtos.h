/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real-time personality: fixed-priority preemptive tasks on one vCPU.
 *
 * Tasks are the guest's own threads; the hypervisor sees one. Its timer and event
 * channels arrive as upcalls on the running task's stack, so preemption is an
 * ordinary task switch inside the upcall. All structures here are under one rule:
 * they change with upcalls masked (struct vcpu_info's evtchn_upcall_mask), which is
 * this kernel's only lock. Nothing below runs masked for longer than one walk of
 * the timers that are due or of one chain of mutex owners.
 */
#ifndef RTOS_H
#define RTOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <list.h>
#include <tagma/arch.h>

#define RT_PRIOS 32 /* 31 is the highest; 0 is the idle task's */
#define RT_FOREVER (~0ull)
#define RT_NSEC_PER_USEC 1000ull

/* --- masking upcalls: nests by saving what was */
bool rt_mask(void);
void rt_unmask(bool was_masked); /* takes what became pending meanwhile */

/* --- time and timers (timer.c) */
struct rt_timer {
	struct list link; /* by deadline; empty when not set */
	uint64_t deadline;
	void (*fn)(struct rt_timer *t); /* masked, in the upcall */
};

uint64_t rt_now(void); /* ns since boot of the machine */
void rt_timer_init(struct rt_timer *t, void (*fn)(struct rt_timer *t));
void rt_timer_set(struct rt_timer *t, uint64_t deadline);
void rt_timer_stop(struct rt_timer *t);
int rt_timer_setup(void); /* 0 or -errno */

/* --- statistics (stat.c): log-linear histogram of nanoseconds, 6 % wide buckets */
#define STAT_BUCKETS (16 * 36)
struct stat {
	uint64_t count, sum, min, max;
	uint32_t bucket[STAT_BUCKETS];
};
void stat_add(struct stat *s, uint64_t ns);
uint64_t stat_permille(const struct stat *s, uint32_t permille); /* upper edge of its bucket */

/* --- tasks (task.c) */
enum rt_state { RT_READY, RT_WAITING, RT_EXITED };

struct mutex;
struct task {
	void *sp; /* context while not running; switch.S */
	const char *name;
	enum rt_state state;
	uint8_t base_prio, prio; /* prio is at least base_prio: inheritance */
	struct list link;	 /* ready list of its prio, or a wait queue */
	struct list *queue;	 /* the wait queue it is on, or NULL */
	struct rt_timer timer;	 /* of a wait with a timeout */
	int result;		 /* what the wait returns: 0, -ETIMEDOUT */
	struct mutex *blocked_on;
	struct list held; /* mutexes it owns, by mutex->held_link */
	void *slot;	  /* where a queue's sender or receiver has its message */
	void (*entry)(void *);
	void *arg;
	void *stack;
	uint64_t run_ns, started;
	struct list all_link;
	/* periodic tasks */
	uint64_t period, release;    /* ns; release: nominal time of the current job */
	uint32_t releases, overruns; /* overruns: jobs not done when the next was due */
	struct stat jitter, response;
};

extern struct task *rt_current;
extern struct list rt_tasks;

void task_setup(void); /* the caller becomes the idle task */
struct task *task_create(const char *name, uint8_t prio, void (*entry)(void *), void *arg);
void task_yield(void);
void task_sleep_until(uint64_t deadline);
/* Ends the current job and waits for the next release; records jitter and response. */
void task_wait_period(void);
void task_set_period(uint64_t period, uint64_t first);
_Noreturn void task_exit(void);

/* For the primitives below; upcalls masked. */
void task_ready(struct task *t);
void task_reschedule(void);			      /* switch if a higher task is ready */
void task_set_prio(struct task *t, uint8_t prio);     /* keeps its queue ordered */
int task_wait(struct list *queue, uint64_t deadline); /* sleeps on a priority-ordered queue */
struct task *task_wake_first(struct list *queue, int result); /* NULL when empty */

/* --- synchronisation (sync.c, queue.c). Deadlines are absolute; RT_FOREVER. */
struct sem {
	int32_t value;
	struct list waiters;
};
void sem_init(struct sem *s, int32_t value);
int sem_take(struct sem *s, uint64_t deadline);
void sem_give(struct sem *s); /* also from upcalls */

struct mutex {
	struct task *owner;
	struct list waiters;
	struct list held_link;
};
void mutex_init(struct mutex *m);
int mutex_lock(struct mutex *m, uint64_t deadline); /* -EDEADLK, -ETIMEDOUT */
int mutex_unlock(struct mutex *m);		    /* -EPERM when not the owner */

struct queue {
	size_t size, nr, head, used; /* message size, capacity, ring state */
	char *ring;
	struct list senders, receivers;
};
int queue_init(struct queue *q, size_t size, size_t nr); /* -ENOMEM */
int queue_send(struct queue *q, const void *msg, uint64_t deadline);
int queue_receive(struct queue *q, void *msg, uint64_t deadline);

/* --- report.c: called from tasks */
void report_print(void);	 /* the table of all periodic tasks, on the console */
void report_tasks(void);	 /* every task: priority, state, CPU time */
void report_log(void);		 /* one summary line in the hypervisor's log */
void report_text(const char *s); /* to the console; sleeps while the ring is full */

/* --- demo.c: the tasks that the command line asks for */
int demo_start(void);

/* --- switch.S */
void rt_switch(void **save_sp, void *load_sp);
void *rt_stack_init(void *top, void (*start)(void));

#endif

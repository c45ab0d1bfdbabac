/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks: a Linux thread. Each has a space (shared within a thread group through
 * its mm), one hypervisor thread that runs user code, and one server stack
 * on which its system calls and faults are handled as a coroutine.
 *
 * The server is one hypervisor thread (seed LX-1): the main loop receives a message,
 * resumes that task's coroutine, and replies when the coroutine comes back to
 * user_return(). Coroutines switch only in waitq_sleep() and at that return, so
 * server code needs no locks.
 */
#ifndef LX_TASK_H
#define LX_TASK_H

#include "linux_abi.h"
#include <list.h>

struct mm;
struct files;
struct fsctx; /* cwd, root, umask */
struct sighand;
struct file;

enum task_state { TASK_RUNNING, TASK_SLEEPING, TASK_STOPPED, TASK_ZOMBIE, TASK_DEAD };

struct task; /* its fields: task_struct.h, for the process half only */
extern struct task *current;

/* --- what the file half needs to know of a task */
pid_t task_tid(const struct task *t);
pid_t task_pid(const struct task *t); /* thread group */
pid_t task_ppid(const struct task *t);
pid_t task_pgid(const struct task *t);
pid_t task_sid(const struct task *t);
const char *task_comm(const struct task *t);
char task_state_char(const struct task *t); /* R S T Z, as ps shows */
struct files *task_files(struct task *t);
struct fsctx *task_fs(struct task *t);
struct file *task_tty(struct task *t);		     /* controlling terminal, or NULL */
void task_set_tty(struct task *t, struct file *tty); /* of its session */
struct task *task_find(pid_t tid);		     /* NULL */
struct task *task_next(struct task *t); /* all thread-group leaders by pid; NULL starts, and ends */
uint32_t task_uid(const struct task *t);
uint32_t task_gid(const struct task *t);
uint64_t task_utime_ns(const struct task *t), task_stime_ns(const struct task *t);
uint64_t task_start_ns(const struct task *t);
size_t task_vm_size(const struct task *t), task_vm_rss(const struct task *t); /* bytes */
/* The bytes of /proc/PID/cmdline, environ, maps: written to buf, length returned. */
size_t task_cmdline(struct task *t, char *buf, size_t size);
size_t task_environ(struct task *t, char *buf, size_t size);
size_t task_maps(struct task *t, char *buf, size_t size);
struct file *task_exe(struct task *t); /* NULL */

/* --- signals */
bool signal_pending(void); /* a deliverable signal for current */
void signal_send(struct task *t, int sig);
int signal_send_pgrp(pid_t pgid, int sig);		 /* 0, -ESRCH */
bool signal_ignored_or_blocked(struct task *t, int sig); /* for SIGTTIN/SIGTTOU */
bool pgrp_orphaned(pid_t pgid);

/* --- waiting */
struct waitq {
	struct list head;
};
struct waiter {
	struct list link;
	struct task *task;
	struct waitq *q;
};
#define NO_DEADLINE (~0ull)
void waitq_init(struct waitq *q);
/* Sleep until woken, a signal (-EINTR) or the deadline (ns of time_ns(); -ETIMEDOUT). */
int waitq_sleep(struct waitq *q, uint64_t deadline);
void waitq_wake(struct waitq *q); /* all */
/* Several queues at once, for poll: add waiters, re-check the condition, then sleep. */
void waitq_add(struct waitq *q, struct waiter *w);
void waitq_remove(struct waiter *w);
int wait_any(uint64_t deadline); /* after waitq_add()s: as waitq_sleep */

/* For calls with a relative timeout that a signal without a handler may interrupt unseen:
 * the deadline, which is still the first one when the call was begun again; and what to
 * return on -EINTR so that it will be (EINTR, if a handler runs). */
uint64_t syscall_deadline(uint64_t ns_from_now); /* NO_DEADLINE: none */
int syscall_restart_timed(uint64_t deadline);

uint64_t time_ns(void);	     /* monotonic, from Xen's time page */
uint64_t time_real_ns(void); /* CLOCK_REALTIME */

/* --- user memory: 0 or -EFAULT; may page in, so may sleep */
int copy_from_user(void *dst, uptr_t src, size_t n);
int copy_to_user(uptr_t dst, const void *src, size_t n);
int strncpy_from_user(char *dst, uptr_t src, size_t size); /* length, -EFAULT, -ENAMETOOLONG */

/* --- server memory (mem.c, process half): whole zeroed pages, and small objects */
void *page_alloc(void);	    /* NULL: out of memory */
void *page_alloc_raw(void); /* not zeroed */
void page_free(void *page); /* drops a reference */
void page_get(void *page);  /* one reference more */
size_t page_count_total(void), page_count_free(void);
void *kmalloc(size_t n); /* zeroed; NULL */
void kfree(void *p);

void printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

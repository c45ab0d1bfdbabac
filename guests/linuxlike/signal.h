/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals: numbers, what is pending, what is done with them. */
#ifndef LX_SIGNAL_H
#define LX_SIGNAL_H

#include "abi_process.h"
#include "task.h"

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTKFLT 16
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGPWR 30
#define SIGSYS 31
#define SIGRTMIN 32
#define NSIG 64
#define SIG_BIT(s) (1ull << ((s)-1))

/* As ERESTARTSYS and its kin in lx_errno.h: begin again with what is left of the time
 * if no handler runs (syscall_deadline() tells), else EINTR. */
#define ERESTARTTIMED 516

struct process;

struct sigq { /* one queued signal that carries more than its number */
	struct list link;
	struct siginfo_abi info;
};

struct sigpend {
	ksigset_t set;
	struct list queue; /* struct sigq; a bit without one has no information */
	uint32_t nr;
};

struct sighand { /* shared by CLONE_SIGHAND */
	uint32_t refs;
	struct sigaction_abi action[NSIG];
};

/* --- signal.c: sending and taking */
void sigpend_init(struct sigpend *p);
void sigpend_clear(struct sigpend *p, ksigset_t which);
struct sighand *sighand_new(void);
struct sighand *sighand_copy(const struct sighand *h);
void sighand_put(struct sighand *h);
void siginfo_user(struct siginfo_abi *i, int sig, int code);	/* from current */
void signal_queue(struct task *t, const struct siginfo_abi *i); /* to this thread */
void signal_queue_process(struct process *p,
			  const struct siginfo_abi *i); /* to any of its threads */
void signal_fault(int sig, int code, uptr_t addr); /* to current; cannot be ignored or blocked */
bool signal_take(ksigset_t mask, struct siginfo_abi *i); /* next of current not in mask */
bool signal_task_pending(struct task *t);
void signal_mask_set(struct task *t, ksigset_t mask); /* and retarget what it blocks */
ksigset_t signal_pending_set(const struct task *t);
bool signal_default_ignored(int sig);

/* --- sigsend.c: who may send to whom */
int signal_may(struct process *to, int sig); /* 0, -EPERM */

/* --- jobctl.c */
void jobctl_prepare(struct process *p, int sig); /* SIGCONT and stops undo each other */
void jobctl_stop(int sig);			 /* current's group stops */
void jobctl_wait(void);				 /* current sleeps while its group is stopped */
void jobctl_child_news(struct process *p, int code, int status);
void jobctl_thread_gone(struct process *p);
void jobctl_orphans(struct process *leaving); /* newly orphaned stopped groups: SIGHUP, SIGCONT */

/* --- sigdeliver.c: before each return to user mode */
void signal_deliver(void);

#endif

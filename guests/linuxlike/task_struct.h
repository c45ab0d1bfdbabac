/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks, processes (thread groups) and sessions from the inside: for the process half. */
#ifndef LX_TASK_STRUCT_H
#define LX_TASK_STRUCT_H

#include "abi_process.h"
#include "arch.h"
#include "futex.h"
#include "signal.h"
#include "task.h"
#include "timer.h"

#define COMM_LEN 16
#define NGROUPS 32
#define PID_MAX 32768
#define INIT_PID 1

struct session {
	pid_t sid;
	uint32_t refs;
	struct file *tty; /* controlling terminal, with a reference */
};

struct cred {
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint32_t ngroups, groups[NGROUPS];
};

struct usage {		       /* what getrusage() adds up */
	uint64_t utime, stime; /* ns */
	uint32_t minflt, majflt, nvcsw, maxrss_kb;
};

/* Interval timers; virtual and profiling time are checked by a real timer that
 * cannot fire too late for one thread: see itimer.c. */
struct itimer {
	struct timer timer;
	struct process *process;
	int which;
	uint64_t interval, expires; /* ns, in the timer's own clock; expires 0: off */
};

enum stop_state { GROUP_RUNNING, GROUP_STOPPING, GROUP_STOPPED };

struct process {
	pid_t pid, pgid;
	struct session *session;
	struct process *parent;
	struct list children, sibling; /* sibling: in parent->children */
	struct list link;	       /* in process_list, by pid */
	struct list threads;	       /* tasks, the leader first */
	uint32_t nr_threads;	       /* live ones */
	struct task *leader;	       /* stays as a zombie until it is waited for */
	struct cred cred;
	bool did_exec;
	int8_t nice;
	uint8_t sched_policy, sched_prio;
	uint32_t personality;

	struct sigpend shared;
	struct sighand *sighand;
	int exit_signal; /* what the parent gets */
	bool exiting;	 /* all threads are to go, with exit_code */
	int exit_code;	 /* as wait() tells it */
	bool zombie;
	bool autoreap;	      /* nobody will wait for it */
	struct task *execing; /* the thread that waits for the others to go */
	struct waitq threads_gone;

	enum stop_state stop;
	int stop_sig;
	bool stop_news, cont_news; /* not yet told to wait() */
	struct waitq child_news;   /* the parent's wait() sleeps on its own process's queue */

	struct itimer itimer[3];
	struct rlimit64_abi rlim[RLIM_NLIMITS];
	struct usage self, children_usage; /* threads that are gone; children waited for */
	uint64_t start_ns;
	int32_t dumpable, child_subreaper;
};

/* How a task came into the server, hence how it goes back. */
enum task_entry {
	ENTRY_NEW,   /* never ran: its hypervisor thread is loaded, or started, on return */
	ENTRY_TRAP,  /* waits for a reply with registers */
	ENTRY_FAULT, /* waits for a reply with mappings */
	ENTRY_KICK,  /* was stopped while it ran user code */
};

enum sleep_kind { SLEEP_INTERRUPTIBLE, SLEEP_KILLABLE };

struct task {
	void *sp; /* of its coroutine while it does not run */
	void *stack;
	struct list run_link;	 /* in the run queue; empty when not */
	struct list thread_link; /* in process->threads */
	struct list hash_link;
	pid_t tid;
	struct process *process;
	struct mm *mm;
	struct files *files;
	struct fsctx *fs;
	char comm[COMM_LEN];
	enum task_state state;
	enum sleep_kind sleep_kind;
	bool woken, timed_out;
	struct timer sleep_timer;
	uint64_t restart_deadline; /* of a call begun again without anyone noticing; 0: none */
	struct list waiters;	   /* of a wait_any() */

	/* the hypervisor's thread, hwspace.c */
	uint32_t hw;   /* its id; 0: not loaded */
	bool in_user;  /* runs, or would if it had the CPU */
	bool kicked;   /* wants into the server */
	bool yielding; /* goes behind others of its priority when it leaves */
	enum task_entry entry;
	bool regs_valid, regs_dirty;
	struct tagma_regs regs;
	uint32_t fault_addr, fault_ip, fault_want;
	uint32_t nr_items; /* mappings that the reply will carry */
	struct tagma_item item[FAULT_ITEMS];
	uint64_t items_as_of; /* vm_revocations() then: one later may have meant them */

	bool ext_saved; /* it was written back: ext is its FPU's and TLS's state */
	struct tagma_ext ext;
	struct list reload_link; /* it was written back while it could run: in line for a thread */

	struct arch_task arch; /* TLS descriptors */

	int32_t syscall_nr; /* -1: not in a system call */
	ksigset_t sigmask, saved_mask;
	ksigset_t real_blocked; /* blocked but for a sigtimedwait() that is going on */
	bool restore_mask;
	struct sigpend pending;
	struct altstack_abi altstack;

	uptr_t clear_child_tid, set_child_tid, robust_list;
	struct task *vfork_parent; /* sleeps until we release the mm */
	bool vfork_done;
	bool dead;	  /* past exit: takes no signals */
	bool gone;	  /* its coroutine has ended */
	bool exec_killed; /* another thread's exec() ends it */

	struct list futex_link;
	struct futex_key futex_key;
	uint32_t futex_bits;

	struct usage usage;
	uint64_t start_ns, stime_mark;
	uint64_t hw_run_ns; /* CPU time of hypervisor threads of ours that are gone */
	uint32_t pdeathsig;
};

#define SIGDEATH(sig) ((sig)&0x7f)
#define EXITED(code) (((code)&0xff) << 8)

/* --- task.c */
struct task *task_alloc(struct process *p); /* a task without mm, files, fs; NULL */
struct process *process_alloc(pid_t pid);
void task_free(struct task *t);
void task_gone(struct task *t); /* by the loop, after its coroutine ended */
void task_set_tid(struct task *t, pid_t tid);
void process_free(struct process *p); /* and its leader */
struct process *process_find(pid_t pid);
struct process *process_next(struct process *p); /* NULL starts, and ends */
pid_t pid_alloc(void);				 /* -EAGAIN */
void task_set_comm(struct task *t, const char *path);
extern struct process *init_process;
uint32_t task_count(void);
bool capable(void); /* current is root */

/* --- session.c */
struct session *session_new(pid_t sid);
void session_get(struct session *s);
void session_put(struct session *s);

/* --- exit.c */
_Noreturn void task_exit(int code);		/* this thread */
void process_kill(struct process *p, int code); /* all threads, as exit_group */
int process_kill_others(void);			/* for exec: 0 when alone, -EINTR, -EAGAIN */
void task_release_mm(struct task *t); /* drops mm, wakes a vfork parent, clears the tid word */
void process_reap(struct process *p); /* a zombie its parent has seen */

/* --- fork.c */
struct clone_request {
	uint32_t flags;
	uptr_t stack, parent_tid, child_tid, tls;
	int exit_signal;
};
int32_t clone_task(const struct clone_request *r);

/* --- itimer.c */
void itimer_init(struct process *p);

/* --- exec.c */
int exec_kernel(const char *path, const char *const argv[], const char *const envp[]); /* init */

/* --- accounting, rusage.c */
void usage_add(struct usage *to, const struct usage *from);
void process_usage(const struct process *p, struct usage *u);
void usage_to_abi(const struct usage *u, struct rusage_abi *r);

#endif

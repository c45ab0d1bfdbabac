/* SPDX-License-Identifier: GPL-2.0-only */
/* The server's loop, its coroutines, and the hypervisor's threads that they serve. */
#ifndef LX_LOOP_H
#define LX_LOOP_H

#include "task.h"

struct mm;

/* --- loop.c */
_Noreturn void loop_run(void);
void loop_ready(struct task *t); /* its coroutine will run */
void loop_yield(void);		 /* current gives up the server; returns when ready again */
_Noreturn void loop_exit(void);	 /* current's coroutine ends */
void task_stack_init(struct task *t);

/* --- waitq.c */
int task_sleep(uint64_t deadline, int kind);	/* kind: enum sleep_kind */
void task_wake(struct task *t);			/* from a sleep, as a queue does */
void task_interrupt(struct task *t, bool kill); /* signal news: from a sleep, or from user code */

/* --- return.c */
_Noreturn void task_main(void); /* a coroutine's whole life */

/* --- mem.c */
void *stack_alloc(void); /* NULL */
void stack_free(void *stack);
bool stack_sound(const void *stack);
size_t stack_size(void);
void mem_release(const void *start, size_t len); /* boot data that is not needed any more */

/* --- hwspace.c: the only file that loads and unloads spaces and threads */
void hw_init(void);
struct task *hw_task(uint32_t id);  /* whose thread that is, or NULL */
int hw_thread_load(struct task *t); /* with its space, stopped: 0, -EAGAIN */
void hw_thread_unload(struct task *t);
void hw_space_unload(struct mm *m);
void hw_reclaim(const struct mm *keep); /* no mapping is left: all but one mm give up theirs */
bool hw_interrupt(struct task *t); /* stop it in user code and take its registers; false: it has
				    * trapped meanwhile, and its message is on the way */
void hw_resume(struct task *t);	   /* ENTRY_NEW and ENTRY_KICK, or it has no thread: start it */
void hw_start_saved(struct task *t);
void hw_place(void); /* a thread sleeps or is gone: one that waits in line may have its place */
bool hw_line_moves(void);
void hw_run_line(void);		    /* loads threads that were written back while they could run */
void hw_fetch_regs(struct task *t); /* into t->regs, unless they are there */
void hw_store_regs(struct task *t); /* of a thread that waits for a fault's reply */
void hw_copy_fpu(const struct task *from, struct task *to);
void hw_stop(const struct task *t);
void hw_start(const struct task *t);
void hw_prio(struct task *t); /* its process's nice value changed */
uint64_t hw_run_ns(const struct task *t);

/* --- power.c */
void power_init(void);

/* --- main.c */
extern bool opt_strace;

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* Signals with handlers, in the ways programs use them. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t got, code;
static void *volatile where;
static sigjmp_buf back;

static void note(int sig) { got = sig; }
static void info(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	got = sig;
	code = si->si_code;
	where = si->si_addr;
	siglongjmp(back, 1);
}

static void handle(int sig, int flags)
{
	struct sigaction sa;
	memset(&sa, 0, sizeof(sa));
	sa.sa_flags = flags;
	if (flags & SA_SIGINFO)
		sa.sa_sigaction = info;
	else
		sa.sa_handler = note;
	sigaction(sig, &sa, NULL);
}

static volatile int zero;
/* Endless, in a way the compiler does not see. */
static int recurse(volatile char *p)
{
	if (zero)
		return 0;
	char b[1024];
	memset(b, *p, sizeof(b));
	return recurse(b) + b[zero];
}

int main(void)
{
	/* an alarm interrupts a sleep, and a busy loop */
	handle(SIGALRM, 0);
	alarm(1);
	int r = pause();
	printf("pause: %d %s, signal %d\n", r, strerror(errno), got);
	struct itimerval it = { { 0, 0 }, { 0, 50000 } };
	got = 0;
	setitimer(ITIMER_REAL, &it, NULL);
	while (!got)
		;
	printf("busy loop: signal %d\n", got);

	/* a read restarts with SA_RESTART and does not without */
	int p[2];
	char c = 0;
	if (pipe(p))
		return 1;
	it.it_value.tv_usec = 20000;
	setitimer(ITIMER_REAL, &it, NULL);
	r = (int)read(p[0], &c, 1);
	printf("read: %d %s\n", r, strerror(errno));
	handle(SIGALRM, SA_RESTART);
	if (fork() == 0) {
		usleep(200000);
		_exit(write(p[1], "x", 1) != 1);
	}
	setitimer(ITIMER_REAL, &it, NULL);
	r = (int)read(p[0], &c, 1);
	printf("read restarted: %d '%c'\n", r, c);
	wait(NULL);

	/* blocked, pending, then delivered */
	sigset_t set, old;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	handle(SIGUSR1, 0);
	sigprocmask(SIG_BLOCK, &set, &old);
	got = 0;
	raise(SIGUSR1);
	sigset_t pend;
	sigpending(&pend);
	printf("blocked: got %d pending %d\n", got, sigismember(&pend, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("unblocked: got %d\n", got);

	/* faults with siginfo */
	handle(SIGSEGV, SA_SIGINFO);
	handle(SIGFPE, SA_SIGINFO);
	if (!sigsetjmp(back, 1))
		*(volatile int *)16 = 1;
	printf("segv: %d code %d addr %p\n", got, code, where);
	void *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!sigsetjmp(back, 1))
		*(volatile int *)ro = 1;
	printf("segv: code %d addr %s\n", code, where == ro ? "right" : "wrong");
	if (!sigsetjmp(back, 1))
		zero = 7 / zero;
	printf("fpe: %d code %d\n", got, code);

	/* stack overflow on an alternate stack */
	stack_t ss = { .ss_sp = malloc(65536), .ss_size = 65536 };
	sigaltstack(&ss, NULL);
	handle(SIGSEGV, SA_SIGINFO | SA_ONSTACK);
	got = 0;
	if (!sigsetjmp(back, 1))
		exit(recurse((volatile char *)"y"));
	printf("stack overflow: %d\n", got);

	/* SIGCHLD, exit status, job control */
	handle(SIGCHLD, SA_RESTART);
	got = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(7);
	int st;
	waitpid(pid, &st, 0);
	printf("child: %d, signal %d\n", WEXITSTATUS(st), got);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	printf("stopped: %d\n", WIFSTOPPED(st) ? WSTOPSIG(st) : -1);
	kill(pid, SIGCONT);
	waitpid(pid, &st, WCONTINUED);
	printf("continued: %d\n", WIFCONTINUED(st) != 0);
	kill(pid, SIGTERM);
	waitpid(pid, &st, 0);
	printf("terminated: %d\n", WIFSIGNALED(st) ? WTERMSIG(st) : -1);

	/* sigtimedwait */
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct timespec ts = { 0, 10000000 };
	r = sigtimedwait(&set, NULL, &ts);
	printf("sigtimedwait: %d %s\n", r, strerror(errno));
	kill(getpid(), SIGUSR1);
	printf("sigtimedwait: %d\n", sigtimedwait(&set, NULL, &ts));
	return 0;
}

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

/* SIGALRM after that many microseconds, and again, lest the first comes too early; 0 stops it. */
static void alarm_every(int us)
{
	struct itimerval it = { { 0, us }, { 0, us } };
	setitimer(ITIMER_REAL, &it, NULL);
}

static void alarm_interrupts(void)
{
	handle(SIGALRM, 0);
	alarm(1);
	int r = pause();
	printf("pause: %d %s, signal %d\n", r, strerror(errno), got);
	got = 0;
	alarm_every(50000);
	while (!got)
		;
	printf("busy loop: signal %d\n", got);
	alarm_every(0);
}

static void read_restarts(void)
{
	int p[2];
	char c = 0;
	if (pipe(p))
		exit(1);
	alarm_every(20000);
	int r = (int)read(p[0], &c, 1);
	printf("read: %d %s\n", r, strerror(errno));
	alarm_every(0);
	handle(SIGALRM, SA_RESTART);
	pid_t pid = fork();
	if (pid == 0) {
		usleep(200000);
		_exit(write(p[1], "x", 1) != 1);
	}
	alarm_every(20000);
	r = (int)read(p[0], &c, 1);
	alarm_every(0);
	printf("read restarted: %d '%c'\n", r, c);
	waitpid(pid, NULL, 0);
}

static void blocked_until_wanted(void)
{
	sigset_t set, old, pend;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	handle(SIGUSR1, 0);
	sigprocmask(SIG_BLOCK, &set, &old);
	got = 0;
	raise(SIGUSR1);
	sigpending(&pend);
	printf("blocked: got %d pending %d\n", got, sigismember(&pend, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("unblocked: got %d\n", got);
}

static void faults_with_siginfo(void)
{
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
}

static void alternate_stack(void)
{
	stack_t ss = { .ss_sp = malloc(65536), .ss_size = 65536 };
	sigaltstack(&ss, NULL);
	handle(SIGSEGV, SA_SIGINFO | SA_ONSTACK);
	got = 0;
	if (!sigsetjmp(back, 1))
		exit(recurse((volatile char *)"y"));
	printf("stack overflow: %d\n", got);
}

static void children_and_job_control(void)
{
	int st;
	handle(SIGCHLD, SA_RESTART);
	got = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(7);
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
}

static void waited_for(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct timespec ts = { 0, 10000000 };
	int r = sigtimedwait(&set, NULL, &ts);
	printf("sigtimedwait: %d %s\n", r, strerror(errno));
	kill(getpid(), SIGUSR1);
	printf("sigtimedwait: %d\n", sigtimedwait(&set, NULL, &ts));
}

int main(void)
{
	alarm_interrupts();
	read_restarts();
	blocked_until_wanted();
	faults_with_siginfo();
	alternate_stack();
	children_and_job_control();
	waited_for();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes as Linux has them: fork, vfork, exec, wait, groups, timers, futexes, the FPU. What
 * it prints must be the same on every kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* What a call returned, then its error. */
#define SAY(what, call)                                              \
	do {                                                         \
		errno = 0;                                           \
		int said_ = (int)(call);                             \
		printf("%s: %d %s\n", what, said_, strerror(errno)); \
	} while (0)

static volatile sig_atomic_t got, count;
static volatile double fp_seen;
static int fd[2], go[2];

static void note(int sig)
{
	got = sig;
	count++;
}

static void note_fp(int sig)
{
	volatile double x = 1.0;

	for (int i = 1; i < 20; i++)
		x = x * 1.5 + i; /* spoils every register */
	fp_seen = x;
	got = sig;
}

static void fpu(void)
{
	double a = 1.25, b = 2.5;
	struct sigaction s = { .sa_handler = note_fp };
	struct itimerval t = { { 0, 2000 }, { 0, 2000 } }, off = { { 0, 0 }, { 0, 0 } };
	double sum = 0;

	sigaction(SIGALRM, &s, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
	for (int i = 0; i < 30000000; i++)
		sum += a * b - 3.125 + (i & 1);
	setitimer(ITIMER_REAL, &off, NULL);
	printf("fpu: %.3f, handler ran %d\n", sum, got == SIGALRM);
	if (!fork())
		_exit(a * b == 3.125 ? 42 : 1);
	int st;
	wait(&st);
	printf("fpu: child %d\n", WEXITSTATUS(st));
}

static void queued(int sig, siginfo_t *i, void *c)
{
	(void)c;
	printf("queued: %d %d\n", sig - SIGRTMIN, i->si_value.sival_int);
}

static void queue(void)
{
	struct sigaction s = { .sa_sigaction = queued, .sa_flags = SA_SIGINFO };
	sigset_t set, old;

	sigemptyset(&set);
	for (int i = 0; i < 3; i++) {
		sigaction(SIGRTMIN + i, &s, NULL);
		sigaddset(&set, SIGRTMIN + i);
	}
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 6; i++)
		sigqueue(getpid(), SIGRTMIN + 2 - i % 3, (union sigval){ .sival_int = i });
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void modify(int sig, siginfo_t *i, void *c)
{
	ucontext_t *u = c;

	(void)sig;
	(void)i;
	u->uc_mcontext.gregs[REG_EIP] += 2; /* over ud2 */
	u->uc_mcontext.gregs[REG_EAX] = 77;
}

static void context(void)
{
	struct sigaction s = { .sa_sigaction = modify, .sa_flags = SA_SIGINFO };
	int v;

	sigaction(SIGILL, &s, NULL);
	__asm__ volatile("mov $1, %%eax; ud2" : "=a"(v));
	printf("context: %d\n", v);
	signal(SIGILL, SIG_DFL);
}

static sigjmp_buf jump;
static void longjumper(int sig) { siglongjmp(jump, sig); }

static void longjump(void)
{
	signal(SIGSEGV, longjumper);
	for (volatile int i = 0; i < 3; i++)
		if (!sigsetjmp(jump, 1))
			*(volatile int *)(uintptr_t)(got = 0) = 1;
	signal(SIGSEGV, SIG_DFL);
	printf("longjump: ok\n");
}

static void restart(void)
{
	struct sigaction s = { .sa_handler = note, .sa_flags = SA_RESTART };
	struct itimerval t = { { 0, 0 }, { 0, 20000 } };
	struct timespec ts = { 0, 300000000 }, left = { 9, 9 };
	int r;

	sigaction(SIGALRM, &s, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
	r = nanosleep(&ts, &left);
	printf("nanosleep: %d %s, left %d\n", r, strerror(errno),
	       left.tv_sec == 0 && left.tv_nsec > 0);
	pid_t p = fork();
	if (!p) {
		r = nanosleep(&ts, NULL); /* stopped and continued meanwhile: nobody notices */
		_exit(r == 0 ? 0 : errno);
	}
	usleep(50000);
	kill(p, SIGSTOP);
	waitpid(p, &r, WUNTRACED);
	printf("stopped %d by %d\n", WIFSTOPPED(r), WSTOPSIG(r));
	kill(p, SIGCONT);
	waitpid(p, &r, WCONTINUED);
	printf("continued %d\n", WIFCONTINUED(r));
	waitpid(p, &r, 0);
	printf("nanosleep after stop: %d\n", WEXITSTATUS(r));
}

static void vforks(void)
{
	volatile int x = 1;
	pid_t p = vfork();
	int st;

	if (!p) {
		x = 2; /* in the parent's memory */
		_exit(5);
	}
	waitpid(p, &st, 0);
	printf("vfork: %d, %d\n", x, WEXITSTATUS(st));
	char *argv[] = { "sh", "-c", "exit 9", NULL }, *envp[] = { "A=b", NULL };
	if (posix_spawn(&p, "/bin/sh", NULL, NULL, argv, envp))
		puts("spawn failed");
	waitpid(p, &st, 0);
	printf("spawn: %d\n", WEXITSTATUS(st));
	printf("spawn of nothing: %s\n",
	       strerror(posix_spawn(&p, "/no/such", NULL, NULL, argv, envp)));
}

static void script(void)
{
	char *const argv[] = { "zero", "one", "two words", NULL }, *const envp[] = { "V=env",
										     NULL };
	char *const *volatile bad = (char *const *)16;
	int f = open("/tmp/process-script", O_CREAT | O_WRONLY | O_TRUNC, 0755), st;
	const char text[] = "#!/bin/sh -e\necho \"script: $# [$1] [$2] $V\"\n";

	if (write(f, text, sizeof(text) - 1) < 0)
		puts("write");
	close(f);
	fflush(stdout);
	if (!fork()) {
		execve("/tmp/process-script", argv, envp);
		_exit(errno);
	}
	wait(&st);
	printf("script: %d\n", WEXITSTATUS(st));
	f = open("/tmp/process-script", O_WRONLY | O_TRUNC);
	close(f);
	execve("/tmp/process-script", argv, envp);
	printf("empty file: %s\n", strerror(errno));
	execve("/tmp", argv, envp);
	printf("directory: %s\n", strerror(errno));
	execve("/tmp/none", argv, envp);
	printf("nothing: %s\n", strerror(errno));
	chmod("/tmp/process-script", 0644);
	execve("/tmp/process-script", argv, envp);
	printf("no x: %s\n", strerror(errno));
	execve("/bin/sh", bad, envp);
	printf("bad argv: %s\n", strerror(errno));
	unlink("/tmp/process-script");
}

static void orphans(void)
{
	int st;
	pid_t p, c;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe(fd) || pipe(go))
		return;
	p = fork();
	if (!p) {
		c = fork();
		if (!c) {
			char b;
			if (read(go[0], &b, 1) != 1) /* until its parent is gone */
				_exit(1);
			_exit(getppid() == 1 ? 1 : 6);
		}
		_exit(write(fd[1], &c, sizeof(c)) != sizeof(c));
	}
	waitpid(p, &st, 0);
	if (read(fd[0], &c, sizeof(c)) != sizeof(c))
		puts("read");
	if (write(go[1], "x", 1) != 1)
		puts("write");
	printf("adopted: %d", waitpid(-1, &st, 0) == c);
	printf(", %d\n", WEXITSTATUS(st));
	SAY("no more", waitpid(-1, &st, 0));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	signal(SIGCHLD, SIG_IGN);
	if (!fork())
		_exit(3);
	SAY("ignored child", wait(&st));
	signal(SIGCHLD, SIG_DFL);
}

static void groups(void)
{
	pid_t p = fork();
	int st;

	if (!p) {
		setpgid(0, 0);
		printf("group: own %d\n", getpgrp() == getpid());
		SAY("setsid", setsid());
		SAY("setpgid to none", setpgid(0, 31999));
		fflush(stdout);
		if (!fork())
			for (;;)
				pause();
		signal(SIGTERM, note);
		kill(0, SIGTERM);
		printf("group signal: %d\n", got);
		wait(&st);
		printf("member: signal %d\n", WTERMSIG(st));
		fflush(stdout);
		_exit(0);
	}
	fflush(stdout);
	waitpid(p, &st, 0);
	SAY("waitid", waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED));
	p = fork();
	if (!p)
		_exit(0x1234);
	siginfo_t i = { 0 };
	waitid(P_PID, (id_t)p, &i, WEXITED | WNOWAIT);
	printf("waitid: %d %d %d\n", i.si_signo, i.si_code, i.si_status);
	printf("again: %d %d\n", waitpid(p, &st, WNOHANG) == p, WEXITSTATUS(st));
	SAY("kill nobody", kill(31998, 0));
}

static void virtual_time(void)
{
	struct itimerval t = { { 0, 0 }, { 0, 30000 } };
	struct rusage r;
	volatile unsigned n = 0;

	got = 0;
	signal(SIGVTALRM, note);
	setitimer(ITIMER_VIRTUAL, &t, NULL);
	while (!got)
		n++;
	getrusage(RUSAGE_SELF, &r);
	printf("virtual: %d, used at least: %d\n", got,
	       r.ru_utime.tv_sec || r.ru_utime.tv_usec >= 30000);
	got = 0;
	signal(SIGALRM, note);
	alarm(1);
	printf("alarm left: %u\n", alarm(0));
}

static uint32_t *word;

static int futex(uint32_t *a, int op, uint32_t v, void *t, uint32_t *b, uint32_t v3)
{
	return (int)syscall(SYS_futex, a, op, v, t, b, v3);
}

static void futexes(void)
{
	struct timespec ts = { 0, 10000000 };
	int st;

	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	SAY("futex", futex(word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SAY("timed", futex(word, FUTEX_WAIT, 0, &ts, NULL, 0));
	fflush(stdout);
	if (!fork()) {
		while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
			futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(21);
	}
	usleep(30000);
	__atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
	st = futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
	printf("shared futex: woke %d", st);
	wait(&st);
	printf(", child %d\n", WEXITSTATUS(st));
	SAY("misaligned", futex((uint32_t *)((char *)word + 2), FUTEX_WAKE, 1, NULL, NULL, 0));
}

static pthread_mutex_t robust;

static void *die_locked(void *arg)
{
	pthread_mutex_lock(&robust);
	return arg;
}

static void *exec_me(void *arg)
{
	char *const argv[] = { "sh", "-c", "exit 13", NULL };

	execv("/bin/sh", argv);
	return arg;
}

static void *endless(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void threads(void)
{
	pthread_mutexattr_t a;
	pthread_t t;
	int st;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &a);
	pthread_create(&t, NULL, die_locked, NULL);
	pthread_join(t, NULL);
	printf("robust: %s\n", strerror(pthread_mutex_lock(&robust)));
	fflush(stdout);
	if (!fork()) {
		pthread_create(&t, NULL, endless, NULL);
		pthread_create(&t, NULL, exec_me, NULL);
		endless(NULL);
	}
	wait(&st);
	printf("exec in a thread: %d\n", WEXITSTATUS(st));
	if (!fork()) {
		pthread_create(&t, NULL, endless, NULL);
		pthread_kill(t, SIGUSR1);
		endless(NULL);
	}
	wait(&st);
	printf("signal to a thread: %d\n", WTERMSIG(st));
	pid_t p = fork();
	if (!p) {
		pthread_create(&t, NULL, endless, NULL);
		pthread_exit(NULL); /* the leader goes, the process stays */
	}
	usleep(50000);
	printf("leaderless: %d", waitpid(-1, &st, WNOHANG));
	kill(p, SIGKILL);
	waitpid(p, &st, 0);
	printf(" %d\n", WTERMSIG(st));
}

static __attribute__((noinline)) void deep(size_t n)
{
	volatile char big[n];

	big[0] = 1;
	_exit(big[0]);
}

static void limits(void)
{
	struct rlimit r = { 1 << 20, RLIM_INFINITY };
	char name[17] = "";
	int st;

	prctl(PR_SET_NAME, "a name of many letters");
	prctl(PR_GET_NAME, name);
	printf("name: %s\n", name);
	fflush(stdout);
	if (!fork()) {
		setrlimit(RLIMIT_STACK, &r);
		deep(900 * 1024);
	}
	wait(&st);
	printf("within its stack: %d\n", WEXITSTATUS(st));
	if (!fork()) {
		setrlimit(RLIMIT_STACK, &r);
		deep(1200 * 1024);
	}
	wait(&st);
	printf("beyond: signal %d\n", WTERMSIG(st));
}

static void handler_on_alt(int sig)
{
	char here;
	stack_t s;

	sigaltstack(NULL, &s);
	printf("altstack: %d on it %d\n", sig,
	       &here >= (char *)s.ss_sp && &here < (char *)s.ss_sp + s.ss_size &&
		       s.ss_flags == SS_ONSTACK);
}

static void altstack(void)
{
	static char mem[65536];
	stack_t s = { .ss_sp = mem, .ss_size = sizeof(mem) }, old;
	struct sigaction a = { .sa_handler = handler_on_alt, .sa_flags = SA_ONSTACK };

	sigaltstack(&s, &old);
	sigaction(SIGUSR2, &a, NULL);
	raise(SIGUSR2);
	sigaltstack(NULL, &old);
	printf("altstack after: %d\n", old.ss_flags);
	s.ss_size = 100;
	SAY("small", sigaltstack(&s, NULL));
}

int main(void)
{
	static void (*const all[])(void) = { fpu,     queue,   context, longjump, restart,
					     vforks,  script,  orphans, groups,	  virtual_time,
					     futexes, threads, limits,	altstack };

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i]();
	return 0;
}

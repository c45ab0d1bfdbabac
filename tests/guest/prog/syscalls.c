// SPDX-License-Identifier: GPL-2.0-only
/*
 * syscalls [SEED [CHILDREN]]: each child gives up its rights and makes random system calls with
 * random arguments until it is done, is killed, or its time is up. The kernel must survive them
 * and lose nothing; the last line says that the parent did.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS 2000
#define LAST 450

static uint64_t state;
static char *memory;

static uint32_t rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 24) % n;
}

static long argument(void)
{
	static const uint32_t odd[] = {
		0,	    1,		2,	    3,		4096,
		0x7fffffff, 0x80000000, 0xfffff000, 0xbfffffff, 0xc0000000,
		0xffffffff, 0x08048000, 0x1000,	    0xbffff000, 0xfffffffe
	};

	switch (rnd(6)) {
	case 0:
	case 1:
		return (long)odd[rnd(sizeof(odd) / sizeof(odd[0]))];
	case 2:
		return (long)rnd(64);
	case 3:
		return (long)(uintptr_t)(memory + rnd(16384));
	case 4:
		return (long)(uintptr_t)(memory + 16384 - rnd(64)); /* runs over its end */
	default:
		return (long)rnd(~0u);
	}
}

/* Those that only end the child, or wait without an end. */
static int skip(uint32_t nr)
{
	return nr == SYS_exit || nr == SYS_exit_group || nr == SYS_pause ||
	       nr == SYS_rt_sigsuspend || nr == SYS_sigsuspend || nr == SYS_alarm ||
	       nr == SYS_setitimer || nr == SYS_sigreturn || nr == SYS_rt_sigreturn ||
	       nr == SYS_vfork;
}

static void child(void)
{
	if (setgid(1000) || setuid(1000) || chdir("/tmp"))
		_exit(1);
	close(0);
	close(1);
	close(2);
	for (int i = 0; i < CALLS; i++) {
		uint32_t nr = rnd(LAST + 2);

		for (int k = 0; k < 16; k++)
			memory[rnd(16384)] = (char)rnd(256);
		if (!skip(nr))
			syscall((long)nr, argument(), argument(), argument(), argument(),
				argument(), argument());
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int n = argc > 2 ? atoi(argv[2]) : 50;

	memory = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(memory + 16384, 16384);
	for (int i = 0; i < n; i++) {
		int st;
		pid_t p = fork();

		state = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15ull | 1;
		if (!p) {
			setsid();
			child();
		}
		for (int ms = 0; ms < 500 && !waitpid(p, &st, WNOHANG); ms += 10)
			usleep(10000); /* it may sleep for ever, with all signals blocked */
		kill(-p, SIGKILL);
		kill(p, SIGKILL);
		waitpid(p, &st, 0);
	}
	if (!fork()) { /* their own children, wherever they went */
		if (!setuid(1000))
			kill(-1, SIGKILL);
		_exit(0);
	}
	wait(NULL);
	puts("syscalls: survived");
	return 0;
}

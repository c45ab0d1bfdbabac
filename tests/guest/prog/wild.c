// SPDX-License-Identifier: GPL-2.0-only
/*
 * wild MODE: misbehaves in one way. The process must get the signal that Linux gives, and
 * nothing else may notice. `wild all` runs each mode in a child and prints the outcome.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int zero;

static void null_read(void) { (void)*(volatile int *)(uintptr_t)zero; }
static void null_write(void) { *(volatile int *)(uintptr_t)zero = 1; }
static void null_jump(void) { ((void (*)(void))(uintptr_t)zero)(); }
static void privileged_cli(void) { __asm__ volatile("cli"); }
static void privileged_hlt(void) { __asm__ volatile("hlt"); }
static void privileged_cr3(void) { __asm__ volatile("mov %%cr3, %%eax" ::: "eax"); }
static void port_in(void) { __asm__ volatile("inb $0x64, %%al" ::: "eax"); }
static void port_out(void) { __asm__ volatile("outb %%al, $0x80" ::: "eax"); }
static void divide(void) { zero = 7 / zero; }
static void undefined(void) { __asm__ volatile("ud2"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void soft_int(void) { __asm__ volatile("int $0x21"); }
static void hypercall_int(void) { __asm__ volatile("mov $18, %%eax; int $0x82" ::: "eax"); }
static void bad_selector(void) { __asm__ volatile("mov %0, %%gs" ::"r"(0xe008)); }
static void kernel_read(void) { (void)*(volatile int *)0xc0000000u; }
static void top_read(void) { (void)*(volatile int *)0xfffff000u; }

static void text_write(void)
{
	volatile char *p = (volatile char *)(uintptr_t)&text_write;
	*p = 1;
}

/* Endless, in a way the compiler does not see. */
static int deep(volatile char *p)
{
	if (zero)
		return 0;
	char buf[4096];
	memset(buf, *p, sizeof(buf));
	return deep(buf) + buf[zero];
}

static void stack_overflow(void) { exit(deep((volatile char *)"x")); }

static void bus(void)
{
	FILE *f = tmpfile();
	volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
	(void)*p;
}

static void abort_self(void) { abort(); }

static const struct {
	const char *name;
	void (*fn)(void);
} modes[] = {
	{ "null-read", null_read },
	{ "null-write", null_write },
	{ "null-jump", null_jump },
	{ "cli", privileged_cli },
	{ "hlt", privileged_hlt },
	{ "cr3", privileged_cr3 },
	{ "inb", port_in },
	{ "outb", port_out },
	{ "divide", divide },
	{ "ud2", undefined },
	{ "int3", breakpoint },
	{ "int21", soft_int },
	{ "int82", hypercall_int },
	{ "selector", bad_selector },
	{ "kernel-read", kernel_read },
	{ "top-read", top_read },
	{ "text-write", text_write },
	{ "stack", stack_overflow },
	{ "bus", bus },
	{ "abort", abort_self },
};
#define NR (sizeof(modes) / sizeof(modes[0]))

/* System calls with bad pointers: EFAULT, never more. */
static void bad_pointers(void)
{
	static const struct {
		const char *name;
		long nr, a, b, c;
	} calls[] = {
		{ "write", SYS_write, 1, 8, 16 },
		{ "read", SYS_pread64, 0, 8, 16 },
		{ "open", SYS_open, 8, 0, 0 },
		{ "stat64", SYS_stat64, 8, 8, 0 },
		{ "pipe", SYS_pipe, 8, 0, 0 },
		{ "uname", SYS_uname, 8, 0, 0 },
		{ "execve", SYS_execve, 8, 8, 8 },
		{ "gettimeofday", SYS_gettimeofday, 8, 0, 0 },
		{ "write-top", SYS_write, 1, -4096, 64 },
		{ "getcwd", SYS_getcwd, 8, 100, 0 },
	};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		errno = 0;
		long r = syscall(calls[i].nr, calls[i].a, calls[i].b, calls[i].c);
		printf("%s: %ld %s\n", calls[i].name, r, errno ? strerror(errno) : "ok");
	}
}

static void in_child(size_t i)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		modes[i].fn();
		_exit(0);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", modes[i].name, strsignal(WTERMSIG(status)));
	else
		printf("%s: exit %d\n", modes[i].name, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	struct rlimit no_core = { 0, 0 };
	setrlimit(RLIMIT_CORE, &no_core);
	const char *mode = argc > 1 ? argv[1] : "all";
	if (!strcmp(mode, "pointers")) {
		bad_pointers();
		return 0;
	}
	for (size_t i = 0; i < NR; i++) {
		if (!strcmp(mode, "all"))
			in_child(i);
		else if (!strcmp(mode, modes[i].name))
			modes[i].fn();
	}
	return 0;
}

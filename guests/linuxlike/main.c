/* SPDX-License-Identifier: GPL-2.0-only */
/* The server's boot: files, terminal, init, and then the loop. */
#include "exec.h"
#include "loop.h"
#include "lx_errno.h"
#include "vfs.h"
#include <stdio.h>
#include <string.h>
#include <tagma/hypercall.h>
#include <tagma/start.h>

#define PID_NONE 0
#define NOFILE_CUR 1024
#define NOFILE_MAX 4096

bool opt_strace;

/* On the domain's console, which outlives it, and in the hypervisor's log. */
static _Noreturn void boot_fail(const char *what, int err)
{
	printf("linuxlike: %s: error %d\n", what, err);
	printk("linuxlike: %s: error %d\n", what, err);
	guest_shutdown(SHUTDOWN_crash);
}

static void limits_init(struct process *p)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		p->rlim[i] = (struct rlimit64_abi){ RLIM64_INFINITY, RLIM64_INFINITY };
	p->rlim[RLIMIT_STACK].cur = 8u << 20;
	p->rlim[RLIMIT_CORE].cur = 0;
	p->rlim[RLIMIT_NOFILE] = (struct rlimit64_abi){ NOFILE_CUR, NOFILE_MAX };
	p->rlim[RLIMIT_MEMLOCK] = (struct rlimit64_abi){ 8u << 20, 8u << 20 };
	p->rlim[RLIMIT_SIGPENDING] = (struct rlimit64_abi){ 256, 256 };
	p->rlim[RLIMIT_MSGQUEUE] = (struct rlimit64_abi){ 819200, 819200 };
	p->rlim[RLIMIT_NICE] = p->rlim[RLIMIT_RTPRIO] = (struct rlimit64_abi){ 0, 0 };
}

/* As on Linux: what init= names and nothing else, or else the first that is there. */
static int exec_init(void)
{
	static const char *const paths[] = { "/init", "/sbin/init", "/etc/init", "/bin/init",
					     "/bin/sh" };
	char option[INTERP_MAX], term[64] = "TERM=linux";
	const char *argv[2] = { NULL, NULL }, *envp[3] = { "HOME=/", term, NULL };
	int err = -ENOENT;

	guest_option("TERM", term + 5, sizeof(term) - 5);
	if (guest_option("init", option, sizeof(option))) {
		argv[0] = option;
		err = exec_kernel(option, argv, envp);
		if (err)
			boot_fail(option, err);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		argv[0] = paths[i];
		err = exec_kernel(paths[i], argv, envp);
		if (!err)
			return 0;
		if (err != -ENOENT)
			printk("linuxlike: %s: error %d\n", paths[i], err);
	}
	return err;
}

/* init's coroutine: it makes the world that its program expects, then becomes it. */
static _Noreturn void init_main(void)
{
	int err = vfs_open_std(current->files);

	if (err)
		boot_fail("console", err);
	err = exec_init();
	if (err)
		boot_fail("no init found; try init=, or give a ramdisk", err);
	task_main();
}

/* What the first process cannot be without. */
static void *need(void *p)
{
	if (!p)
		boot_fail("memory", -ENOMEM);
	return p;
}

static void make_init(void)
{
	struct process *p = need(process_alloc(INIT_PID));
	struct task *t = need(task_alloc(p));

	init_process = p;
	p->session = need(session_new(PID_NONE));
	p->sighand = need(sighand_new());
	p->exit_signal = SIGCHLD;
	itimer_init(p);
	limits_init(p);
	task_set_tid(t, INIT_PID);
	t->files = need(files_new());
	t->fs = need(fs_new());
	t->entry = ENTRY_NEW;
	t->sp = coro_init(t->stack, stack_size(), init_main);
	loop_ready(t);
}

void guest_main(struct start_info *si)
{
	const void *ramdisk = (const void *)(uintptr_t)si->mod_start;
	int err = vfs_init(ramdisk, si->mod_len, false);

	if (err)
		boot_fail("initramfs", err);
	mem_release(ramdisk, si->mod_len);
	err = tty_init();
	if (err)
		boot_fail("console", err);
	opt_strace = guest_option("strace", (char[8]){ 0 }, 8);
	hw_init();
	power_init();
	make_init();
	loop_run();
}

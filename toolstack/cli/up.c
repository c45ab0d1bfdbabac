/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/daemon_main.h"
#include "cli/out.h"
#include "cli/tty.h"
#include "cli/up.h"
#include "lib/fitbuild.h"

#define STOP_WAIT_NS 20000000000ull

enum {
	O_MEMORY = UP_OPT,
	O_CMDLINE,
	O_NETBOOT,
	O_ISO,
	O_QEMU_ARG,
	O_ICOUNT,
	O_GDB,
	O_TIMEOUT,
	O_IMAGE
};

const struct option up_longs[] = {
	{ "memory", required_argument, NULL, O_MEMORY },
	{ "cmdline", required_argument, NULL, O_CMDLINE },
	{ "netboot", no_argument, NULL, O_NETBOOT },
	{ "iso", no_argument, NULL, O_ISO },
	{ "qemu-arg", required_argument, NULL, O_QEMU_ARG },
	{ "icount", no_argument, NULL, O_ICOUNT },
	{ "gdb", optional_argument, NULL, O_GDB },
	{ "timeout", required_argument, NULL, O_TIMEOUT },
	{ "image", required_argument, NULL, O_IMAGE },
	{ 0 },
};

const char up_options[] =
	"      --memory MB       of the machine (256)\n"
	"      --cmdline TEXT    options of the hypervisor\n"
	"      --image FILE      this boot image, instead of building one: see mkimage\n"
	"      --netboot         boot over the network, through iPXE\n"
	"      --iso             boot from a CD, through GRUB\n"
	"      --icount          deterministic: one virtual nanosecond per instruction,\n"
	"                        and it is always 2026-01-01 at power-on\n"
	"      --gdb[=PORT]      stop at power-on and wait for gdb (1234)\n"
	"      --qemu-arg ARG    one more argument for QEMU; may be repeated\n"
	"      --timeout SEC     how long to wait for srm (120)\n";

void up_init(struct up *u)
{
	*u = (struct up){ .qemu = { .append = "" }, .cmdline = "", .timeout_s = 120 };
}

/* What the kind of machine decides, once all options have been seen. */
static int up_set_board(struct up *u, const struct board *b, struct err *e)
{
	u->qemu.board = b;
	u->qemu.hv = lib_path(b, "hv.elf");
	if (!u->qemu.memory_mb)
		u->qemu.memory_mb = b->memory_mb;
	if (u->qemu.memory_mb > b->max_memory_mb)
		return err_set(e, "--memory: a machine of kind %s has at most %u MB", b->name,
			       b->max_memory_mb);
	if (!(b->boots & 1u << u->qemu.boot))
		return err_set(e, "--%s: not on a machine of kind %s", qemu_boot_name(u->qemu.boot),
			       b->name);
	return 0;
}

static int up_number(struct cli *cli, unsigned long min, unsigned long max, unsigned *out)
{
	unsigned long n;

	if (!cli_number(optarg, min, max, &n))
		return cli_usage(cli, "'%s' is not a number from %lu to %lu", optarg, min, max);
	*out = (unsigned)n;
	return -1;
}

int up_option(struct cli *cli, struct up *u, int opt)
{
	switch (opt) {
	case O_MEMORY:
		return up_number(cli, 16, 65536, &u->qemu.memory_mb);
	case O_TIMEOUT:
		return up_number(cli, 1, 3600, &u->timeout_s);
	case O_CMDLINE:
		u->cmdline = optarg;
		break;
	case O_IMAGE:
		u->image = optarg;
		break;
	case O_NETBOOT:
		u->qemu.boot = QEMU_NETBOOT;
		break;
	case O_ISO:
		u->qemu.boot = QEMU_ISO;
		break;
	case O_ICOUNT:
		u->qemu.icount = true;
		break;
	case O_GDB:
		u->qemu.gdb = optarg ? optarg : "1234";
		if (u->qemu.gdb[strspn(u->qemu.gdb, "0123456789")])
			return cli_usage(cli, "--gdb: '%s' is not a port", optarg);
		break;
	case O_QEMU_ARG:
		if (u->qemu.nr_extra == QEMU_MAX_EXTRA)
			return cli_usage(cli, "more than %d --qemu-arg", QEMU_MAX_EXTRA);
		u->qemu.extra[u->qemu.nr_extra++] = optarg;
		break;
	}
	return -1;
}

int up_load(struct up *u, const struct board *b, int argc, char **argv, struct err *e)
{
	char *overrides, *libdir;

	if (u->image && optind < argc)
		return err_set(e, "either --image or configs, not both");
	if (up_set_board(u, b, e))
		return -1;
	/* A machine that has panicked is of no use, except to a debugger: its end is noticed at
	 * once, and its log stays. */
	if (!u->qemu.gdb && !strstr(u->cmdline, "panic="))
		u->qemu.append = "panic=poweroff";
	while (optind < argc) {
		if (u->nr_guests == UP_MAX_GUESTS)
			return err_set(e, "a boot image takes at most %d domains", UP_MAX_GUESTS);
		overrides = guest_overrides(argc, argv, optind + 1);
		libdir = lib_path(b, "");
		u->guests[u->nr_guests] = guest_load(argv[optind++], overrides, b, libdir, e);
		free(libdir);
		free(overrides);
		if (!u->guests[u->nr_guests])
			return -1;
		u->nr_guests++;
		while (optind < argc && guest_is_override(argv[optind]))
			optind++;
	}
	return 0;
}

void up_free(struct up *u)
{
	for (size_t i = 0; i < u->nr_guests; i++)
		guest_free(u->guests[i]);
}

static int build_image(struct up *u, struct blob *fit, struct err *e)
{
	char *path = lib_path(u->qemu.board, "srm.elf");
	struct elf_image elf;
	struct blob srm;
	int ret = file_read(path, GUEST_MAX_IMAGE, &srm, e);

	if (ret)
		err_prefix(e, "control domain (is it built? see TAGMA_LIBDIR)");
	else
		ret = guest_check_elf(path, &srm, u->qemu.board, &elf, e);
	if (!ret) {
		struct fitbuild in = { .srm_path = path,
				       .srm = &srm,
				       .board = u->qemu.board,
				       .bootargs = u->cmdline,
				       .guests = u->guests,
				       .nr_guests = u->nr_guests };

		ret = fitbuild(&in, fit, e);
	}
	blob_free(&srm);
	free(path);
	return ret;
}

/* Only its form is looked at here: what is in it, the machine checks. */
static int read_image(const struct up *u, struct blob *fit, struct err *e)
{
	struct fit_error why;
	struct fit f;

	if (file_read(u->image, FILE_MAX_IMAGE, fit, e))
		return -1;
	if (*u->cmdline)
		err_set(e, "--cmdline does not go with --image: it has its own");
	else if (fit_open(&f, fit->data, fit->size, &why))
		err_set(e, "%s: %s", u->image, why.text);
	else
		return 0;
	blob_free(fit);
	return -1;
}

int up_image(struct up *u, struct blob *fit, struct err *e)
{
	if (u->image)
		return read_image(u, fit, e);
	return build_image(u, fit, e);
}

int up_dry_run(struct up *u, const char *name)
{
	struct blob fit = { 0 };
	struct machine *m;
	struct err e;
	json_t *domains = json_array(), *words = json_array();
	char **argv, *line;
	int ret;

	m = machine_open(name, &e);
	if (!m || up_image(u, &fit, &e)) {
		machine_close(m);
		return cli_fail(&e);
	}
	for (size_t i = 0; i < u->nr_guests; i++)
		json_array_append_new(domains, out_config(u->guests[i]->cfg));
	argv = qemu_argv(&u->qemu, m);
	for (char **a = argv; *a; a++)
		json_array_append_new(words, json_string(*a));
	line = qemu_command_line(argv);
	ret = out_json(json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:I, s:o, s:s}", "machine", name,
				 "directory", m->dir, "boot", qemu_boot_name(u->qemu.boot),
				 "memory_mb", (int)u->qemu.memory_mb, "cmdline", u->cmdline,
				 "domains", domains, "image_bytes", (json_int_t)fit.size, "qemu",
				 words, "command", line));
	free(line);
	qemu_argv_free(argv);
	blob_free(&fit);
	machine_close(m);
	return ret;
}

/* The daemon leaves the caller's session, so that ^C and logout are no concern of it. */
static void fork_daemon(struct machine *m, struct up *u, char **argv, int status_fd)
{
	struct machine_state s = { .memory_mb = u->qemu.memory_mb };
	int null;

	if (setsid() < 0 || fork() != 0)
		_exit(0);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
	if (chdir("/"))
		_exit(1);
	snprintf(s.accel, sizeof(s.accel), "%s",
		 u->qemu.icount ? "tcg" : qemu_accel(u->qemu.board));
	snprintf(s.kind, sizeof(s.kind), "%s", u->qemu.board->name);
	snprintf(s.boot, sizeof(s.boot), "%s", qemu_boot_name(u->qemu.boot));
	daemon_main(m, &s, argv, status_fd);
}

/* One line of the daemon: 1 if srm is there, -1 with *e set if it never will be. */
static int handle_status(const char *line, struct err *e)
{
	if (*line == 'R')
		return 1;
	if (*line == 'E')
		return err_set(e, "%s", line + 1);
	return 0;
}

/* Waits for 'R' or 'E'. */
static int wait_ready(struct up *u, const char *name, int fd, struct err *e)
{
	uint64_t begin = now_ns(), passed;
	char line[512], *nl;
	size_t len = 0;
	int ret = 0;

	while (!ret) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		passed = (now_ns() - begin) / 100000000;
		/* Stopped for gdb, the machine takes as long as its user does. */
		if (!u->qemu.gdb && passed > u->timeout_s * 10)
			return err_set(e, "machine '%s': no word from srm for %u s", name,
				       u->timeout_s);
		if (tty_signal())
			return err_set(e, "interrupted");
		out_progress("starting machine '%s' ... %llu.%llu s", name,
			     (unsigned long long)passed / 10, (unsigned long long)passed % 10);
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = read(fd, line + len, sizeof(line) - 1 - len);
		if (n <= 0)
			return err_set(e, "machine '%s': its daemon died", name);
		len += (size_t)n;
		line[len] = '\0';
		while (!ret && (nl = strchr(line, '\n'))) {
			*nl = '\0';
			ret = handle_status(line, e);
			len -= (size_t)(nl + 1 - line);
			memmove(line, nl + 1, len + 1);
		}
	}
	return ret;
}

/* It did not come up: say why, end what there is, leave nothing. */
static int start_failed(struct machine *m, struct err *e)
{
	struct machine_state s;
	uint64_t begin = now_ns();

	cli_fail(e);
	machine_tail(m, "qemu.log", 5);
	machine_tail(m, "hv.log", 15);
	if (!machine_load(m, &s)) {
		process_signal(s.daemon, SIGTERM);
		while (process_alive(s.daemon) && now_ns() - begin < STOP_WAIT_NS)
			usleep(10000);
	}
	if (machine_life(m) == MACHINE_DEAD)
		machine_clean(m, true);
	return EXIT_FAIL;
}

static int start_locked(struct up *u, struct machine *m, struct blob *fit, struct err *e)
{
	char **argv;
	int fds[2], ret;
	pid_t pid;

	if (qemu_prepare(&u->qemu, m, fit, e) || pipe2(fds, O_CLOEXEC)) {
		machine_remove(m);
		return -1;
	}
	argv = qemu_argv(&u->qemu, m);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		fork_daemon(m, u, argv, fds[1]);
	}
	close(fds[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	/* The daemon has the lock now; ours would outlive it. */
	close(m->lock_fd);
	m->lock_fd = -1;
	ret = wait_ready(u, m->name, fds[0], e);
	out_progress_end();
	close(fds[0]);
	qemu_argv_free(argv);
	return ret < 0 ? -1 : 0;
}

int up_start(struct cli *cli, struct up *u, const char *name)
{
	struct blob fit = { 0 };
	struct machine *m;
	struct err e;
	int ret;

	if (access(u->qemu.hv, R_OK)) {
		err_errno(&e, "hypervisor (is it built? see TAGMA_LIBDIR): %s", u->qemu.hv);
		return cli_fail(&e);
	}
	m = machine_open(name, &e);
	if (!m || up_image(u, &fit, &e) || machine_create(m, &e)) {
		ret = cli_fail(&e);
	} else {
		cli_verbose(cli, "boot image of %zu bytes in %s", fit.size, m->dir);
		ret = start_locked(u, m, &fit, &e) ? start_failed(m, &e) : EXIT_OK;
	}
	blob_free(&fit);
	machine_close(m);
	return ret;
}

/* A daemon that hangs is ended, it and its QEMU and nobody else; then nothing is left. */
static void stop_hanging(struct machine *m)
{
	struct machine_state s;
	uint64_t begin = now_ns();

	/* It closes its connections a moment before it is gone itself. */
	while (machine_life(m) == MACHINE_ALIVE && now_ns() - begin < STOP_WAIT_NS / 4)
		usleep(5000);
	if (machine_life(m) == MACHINE_ALIVE && !machine_load(m, &s)) {
		process_signal(s.daemon, SIGKILL);
		usleep(100000);
	}
	if (machine_life(m) == MACHINE_DEAD)
		machine_clean(m, true);
}

int up_stop(const char *name)
{
	uint64_t begin = now_ns();
	struct machine *m;
	struct conn *c;
	struct err e;
	int ret;

	c = conn_open(name, &e);
	if (!c)
		return cli_fail(&e);
	ret = conn_call(c, DAEMON_STOP, NULL, NULL, &e);
	/* The connection ends when the daemon does. */
	while (!ret && !conn_poll(c, 1000, -1, NULL) && now_ns() - begin < STOP_WAIT_NS)
		;
	conn_close(c);
	m = machine_open(name, &e);
	if (!m)
		return cli_fail(&e);
	stop_hanging(m);
	machine_close(m);
	return EXIT_OK;
}

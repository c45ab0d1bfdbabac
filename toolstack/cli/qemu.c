/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/qemu.h"

struct args {
	char **v;
	size_t nr;
};

static void add(struct args *a, char *s)
{
	a->v = xrealloc(a->v, (a->nr + 2) * sizeof(*a->v));
	a->v[a->nr++] = s;
	a->v[a->nr] = NULL;
}

static void add2(struct args *a, const char *option, char *value)
{
	add(a, xstrdup(option));
	add(a, value);
}

/* QEMU's option lists end values at commas; two of them mean one. */
static char *escape(const char *path)
{
	char *out = xcalloc(2 * strlen(path) + 1, 1), *p = out;

	for (; *path; path++) {
		if (*path == ',')
			*p++ = ',';
		*p++ = *path;
	}
	return out;
}

/* A /dev/kvm without vmx or svm (PVM) emulates ring 0 step by step: far slower than TCG. */
const char *qemu_accel(const struct board *b)
{
	char line[8192];
	bool found = false;
	FILE *f = b->kvm ? fopen("/proc/cpuinfo", "re") : NULL;

	while (f && !found && fgets(line, sizeof(line), f))
		found = !strncmp(line, "flags", 5) &&
			(strstr(line, " vmx") || strstr(line, " svm"));
	if (f)
		fclose(f);
	return found && access("/dev/kvm", R_OK | W_OK) == 0 ? "kvm" : "tcg";
}

const char *qemu_boot_name(enum qemu_boot b)
{
	static const char *const names[] = { "direct", "netboot", "iso" };

	return names[b];
}

static void add_serial(struct args *a, const struct machine *m, const char *com)
{
	char *path = xasprintf("%s/%s.sock", m->dir, com), *esc = escape(path);

	add2(a, "-chardev", xasprintf("socket,id=%s,path=%s", com, esc));
	add2(a, "-serial", xasprintf("chardev:%s", com));
	free(path);
	free(esc);
}

static void add_boot(struct args *a, const struct qemu_options *o, const struct machine *m)
{
	char *dir = escape(m->dir);

	const char *more = o->icount ? o->board->icount : "";

	switch (o->boot) {
	case QEMU_DIRECT:
		add2(a, "-kernel", xstrdup(o->hv));
		add2(a, "-initrd", xasprintf("%s/image.fit", dir));
		if (*o->append || *more)
			add2(a, "-append", xasprintf("%s%s%s", o->append, *more ? " " : "", more));
		break;
	case QEMU_NETBOOT:
		/* QEMU's own option ROM is iPXE; it runs the script it finds as boot file. */
		add2(a, "-netdev",
		     xasprintf("user,id=n0,restrict=on,tftp=%s/tftp,bootfile=boot.ipxe", dir));
		add2(a, "-device", xstrdup("virtio-net-pci,netdev=n0,bootindex=0"));
		break;
	case QEMU_ISO:
		add2(a, "-drive", xasprintf("file=%s/boot.iso,media=cdrom,format=raw,if=ide", dir));
		add2(a, "-boot", xstrdup("d"));
		break;
	}
	free(dir);
}

char **qemu_argv(const struct qemu_options *o, const struct machine *m)
{
	const char *binary = getenv("TAGMA_QEMU");
	struct args a = { 0 };

	add(&a, xstrdup(binary && *binary ? binary : o->board->qemu));
	add2(&a, "-name", xasprintf("tagma-%s", m->name));
	add(&a, xstrdup("-nodefaults"));
	add(&a, xstrdup("-no-user-config"));
	add2(&a, "-machine", xstrdup(o->board->type));
	add2(&a, "-accel", xstrdup(o->icount ? "tcg" : qemu_accel(o->board)));
	add2(&a, "-cpu", xstrdup(o->board->cpu));
	add2(&a, "-m", xasprintf("%u", o->memory_mb));
	add2(&a, "-display", xstrdup("none"));
	add(&a, xstrdup("-no-reboot"));
	add_serial(&a, m, "com1");
	add_serial(&a, m, "com2");
	/* Runs repeat to the instruction only if the clock chip starts alike as well. */
	if (o->icount) {
		add2(&a, "-icount", xstrdup("shift=0,sleep=off"));
		add2(&a, "-rtc", xstrdup("base=2026-01-01T00:00:00,clock=vm"));
	}
	if (o->gdb) {
		add2(&a, "-gdb", xasprintf("tcp:127.0.0.1:%s", o->gdb));
		add(&a, xstrdup("-S"));
	}
	add_boot(&a, o, m);
	for (size_t i = 0; i < o->nr_extra; i++)
		add(&a, xstrdup(o->extra[i]));
	return a.v;
}

void qemu_argv_free(char **argv)
{
	for (char **p = argv; p && *p; p++)
		free(*p);
	free(argv);
}

char *qemu_command_line(char *const *argv)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=:,./@%";
	char *out = xstrdup(""), *next;

	for (; *argv; argv++) {
		bool quote = !**argv || (*argv)[strspn(*argv, plain)];

		next = xasprintf("%s%s%s%s%s", out, *out ? " " : "", quote ? "'" : "", *argv,
				 quote ? "'" : "");
		free(out);
		out = next;
	}
	return out;
}

static int prepare_netboot(const struct qemu_options *o, const struct machine *m, struct err *e)
{
	char *script = xasprintf("#!ipxe\nkernel hv.elf %s\nmodule image.fit\nboot\n", o->append);
	char *dir = machine_path(m, "tftp"), *boot = xasprintf("%s/boot.ipxe", dir);
	char *hv = xasprintf("%s/hv.elf", dir), *fit = xasprintf("%s/image.fit", dir);
	char *target = realpath(o->hv, NULL);
	int ret = 0;

	if (!target || mkdir(dir, 0700) || symlink(target, hv) || symlink("../image.fit", fit))
		ret = err_errno(e, "%s", dir);
	if (!ret)
		ret = file_write(boot, script, strlen(script), e);
	free(script);
	free(target);
	free(dir);
	free(boot);
	free(hv);
	free(fit);
	return ret;
}

static int prepare_iso(const struct qemu_options *o, const char *fit, const struct machine *m,
		       struct err *e)
{
	char *iso = machine_path(m, "boot.iso"), *script = lib_script("mkiso.sh");
	int status = -1, ret = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", script, o->hv, fit, iso, o->append, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		ret = err_set(e, "%s failed", script);
	free(iso);
	free(script);
	return ret;
}

int qemu_prepare(const struct qemu_options *o, const struct machine *m, const struct blob *fit,
		 struct err *e)
{
	char *path = machine_path(m, "image.fit");
	int ret = file_write(path, fit->data, fit->size, e);

	if (!ret && o->boot == QEMU_NETBOOT)
		ret = prepare_netboot(o, m, e);
	if (!ret && o->boot == QEMU_ISO)
		ret = prepare_iso(o, path, m, e);
	free(path);
	return ret;
}

/* The directory this binary is in; "." if /proc does not tell. */
static char *own_dir(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	path[n < 0 ? 0 : n] = '\0';
	slash = strrchr(path, '/');
	return slash ? xasprintf("%.*s", (int)(slash - path), path) : xstrdup(".");
}

char *lib_path(const struct board *b, const char *name)
{
	const char *lib = getenv("TAGMA_LIBDIR");
	char *dir, *path;

	if (lib && *lib)
		return xasprintf("%s/%s", lib, name);
	dir = own_dir();
	path = xasprintf("%s/%s/%s", dir, b->dir, name);
	free(dir);
	return path;
}

char *lib_script(const char *name)
{
	char *dir = own_dir(), *path = xasprintf("%s/../scripts/%s", dir, name);

	free(dir);
	return path;
}

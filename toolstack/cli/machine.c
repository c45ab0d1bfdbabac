/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/machine.h"
#include "lib/file.h"

#define KILL_WAIT_MS 5000

/* In /tmp anybody could have made it first: it must be ours, and closed to others. */
static int check_private(const char *dir, struct err *e)
{
	struct stat st;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_errno(e, "%s", dir);
	if (lstat(dir, &st))
		return err_errno(e, "%s", dir);
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid())
		return err_set(e, "%s: not a directory of yours", dir);
	if (st.st_mode & 077 && chmod(dir, 0700))
		return err_errno(e, "%s", dir);
	return 0;
}

static char *runtime_dir(struct err *e)
{
	const char *base = getenv("TAGMA_RUNTIME_DIR");
	char *dir;

	if (base && *base) {
		dir = xstrdup(base);
	} else {
		base = getenv("XDG_RUNTIME_DIR");
		dir = xasprintf("%s/tagma-%lu", base && *base ? base : "/tmp",
				(unsigned long)getuid());
	}
	if (!check_private(dir, e))
		return dir;
	free(dir);
	return NULL;
}

static bool name_ok(const char *s)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return *s && *s != '.' && !s[strspn(s, set)] && strlen(s) <= MACHINE_MAX_NAME;
}

struct machine *machine_open(const char *name, struct err *e)
{
	struct machine *m;
	char *base;

	if (!name_ok(name)) {
		err_set(e,
			"'%s' is no name for a machine: letters, digits and _ - . only, at most %d",
			name, MACHINE_MAX_NAME);
		return NULL;
	}
	base = runtime_dir(e);
	if (!base)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->name = xstrdup(name);
	m->dir = xasprintf("%s/%s", base, name);
	m->lock_fd = -1;
	free(base);
	return m;
}

void machine_close(struct machine *m)
{
	if (!m)
		return;
	if (m->lock_fd >= 0)
		close(m->lock_fd);
	free(m->name);
	free(m->dir);
	free(m);
}

char *machine_path(const struct machine *m, const char *file)
{
	return xasprintf("%s/%s", m->dir, file);
}

/* Opens and locks NAME/lock; the directory may vanish and come anew meanwhile. */
static int take_lock(struct machine *m)
{
	char *path = machine_path(m, "lock");
	struct stat held, there;
	int fd, saved;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
			break;
		if (!fstat(fd, &held) && !stat(path, &there) && held.st_ino == there.st_ino) {
			m->lock_fd = fd;
			fd = -1;
			break;
		}
		close(fd);
	}
	saved = errno;
	if (fd >= 0)
		close(fd);
	free(path);
	errno = saved;
	return m->lock_fd >= 0 ? 0 : -1;
}

/* Everything but `keep` in a directory of ours: files and one level of directories. */
static void empty_dir(const char *dir, const char *keep, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char *path;

	while (d && (de = readdir(d))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, "..") ||
		    !strcmp(de->d_name, keep))
			continue;
		path = xasprintf("%s/%s", dir, de->d_name);
		if (unlink(path) && depth) {
			empty_dir(path, "", depth - 1);
			rmdir(path);
		}
		free(path);
	}
	if (d)
		closedir(d);
}

void machine_remove(struct machine *m)
{
	empty_dir(m->dir, "", 1);
	rmdir(m->dir);
}

/* Its daemon died without a word: end the QEMU it left, if that is still the same one. */
static void end_orphan(const struct machine *m)
{
	struct machine_state s;

	if (machine_load(m, &s) || !process_alive(s.qemu))
		return;
	process_signal(s.qemu, SIGTERM);
	for (int ms = 0; process_alive(s.qemu) && ms < KILL_WAIT_MS; ms += 20)
		usleep(20000);
	if (process_alive(s.qemu))
		process_signal(s.qemu, SIGKILL);
}

static void clean_locked(struct machine *m, bool quiet)
{
	char *state = machine_path(m, "state.json"), *end = machine_path(m, "end");
	struct err ignored;
	struct blob why = { 0 };

	if (access(state, F_OK) == 0) {
		end_orphan(m);
		if (file_read(end, 4096, &why, &ignored))
			why.data = NULL;
		if (!quiet) {
			fprintf(stderr, "tagma: machine '%s' is dead (%s); cleaned up\n", m->name,
				why.data ? (char *)why.data : "its daemon is gone");
			machine_tail(m, "hv.log", 40); /* a panic with its backtrace */
		}
	}
	blob_free(&why);
	free(state);
	free(end);
	empty_dir(m->dir, "lock", 1);
}

void machine_clean(struct machine *m, bool quiet)
{
	if (take_lock(m))
		return;
	clean_locked(m, quiet);
	machine_remove(m);
	close(m->lock_fd);
	m->lock_fd = -1;
}

int machine_create(struct machine *m, struct err *e)
{
	/* A machine that goes down may take the directory away before we hold the lock. */
	for (int tries = 0; tries < 3; tries++) {
		if (mkdir(m->dir, 0700) && errno != EEXIST)
			return err_errno(e, "%s", m->dir);
		if (!take_lock(m)) {
			clean_locked(m, false);
			return 0;
		}
		if (errno != ENOENT && errno != EWOULDBLOCK)
			break;
		usleep(2000); /* somebody may only have looked whether it is held */
	}
	if (errno != EWOULDBLOCK)
		return err_errno(e, "%s/lock", m->dir);
	return err_set(e, "machine '%s' is already up", m->name);
}

enum machine_life machine_life(const struct machine *m)
{
	char *path = machine_path(m, "lock");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	enum machine_life life = MACHINE_DEAD;

	if (fd < 0)
		life = access(m->dir, F_OK) ? MACHINE_ABSENT : MACHINE_DEAD;
	else if (flock(fd, LOCK_SH | LOCK_NB))
		life = MACHINE_ALIVE;
	if (fd >= 0)
		close(fd);
	free(path);
	return life;
}

static bool is_dir(int dir, const char *name)
{
	struct stat st;

	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **machine_names(struct err *e)
{
	char *dir = runtime_dir(e), **names;
	struct dirent *de;
	size_t nr = 0;
	DIR *d;

	if (!dir)
		return NULL;
	names = xcalloc(1, sizeof(*names));
	d = opendir(dir);
	free(dir);
	while (d && (de = readdir(d))) {
		if (!name_ok(de->d_name) || !is_dir(dirfd(d), de->d_name))
			continue;
		names = xrealloc(names, (nr + 2) * sizeof(*names));
		names[nr++] = xstrdup(de->d_name);
		names[nr] = NULL;
	}
	if (d)
		closedir(d);
	qsort(names, nr, sizeof(*names), by_name);
	return names;
}

void machine_names_free(char **names)
{
	for (char **n = names; n && *n; n++)
		free(*n);
	free(names);
}

void machine_tail(const struct machine *m, const char *file, unsigned lines)
{
	char *path = machine_path(m, file), *p;
	struct err ignored;
	struct blob b;
	unsigned seen = 0;

	if (file_read(path, FILE_MAX_IMAGE, &b, &ignored)) {
		free(path);
		return;
	}
	while (b.size && (b.data[b.size - 1] == '\n' || b.data[b.size - 1] == '\r'))
		b.data[--b.size] = '\0';
	for (p = (char *)b.data + b.size; p > (char *)b.data; p--)
		if (p[-1] == '\n' && ++seen == lines)
			break;
	while (b.size && *p) {
		size_t n = strcspn(p, "\n");

		fprintf(stderr, "  %s: %.*s\n", file, (int)(n && p[n - 1] == '\r' ? n - 1 : n), p);
		p += n + (p[n] == '\n');
	}
	blob_free(&b);
	free(path);
}

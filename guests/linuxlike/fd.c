/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables and what is done with descriptors: dup, close, close on exec. */
#include "abi_tty.h"
#include "fs.h"

#define MAX_FILES 1024 /* the default RLIMIT_NOFILE of Linux */
#define FIRST_SIZE 32

struct fd {
	struct file *file;
	bool cloexec;
};

struct files {
	uint32_t refs;
	int size;
	struct fd *fd;
};

struct files *files_new(void)
{
	struct files *t = kmalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->refs = 1;
	t->size = FIRST_SIZE;
	t->fd = kmalloc(sizeof(struct fd) * FIRST_SIZE);
	if (!t->fd) {
		kfree(t);
		return NULL;
	}
	return t;
}

static bool files_grow(struct files *t, int min)
{
	int size = t->size;
	struct fd *fd;

	while (size <= min)
		size *= 2;
	if (size == t->size)
		return true;
	fd = kmalloc(sizeof(*fd) * (size_t)size);
	if (!fd)
		return false;
	memcpy(fd, t->fd, sizeof(*fd) * (size_t)t->size);
	kfree(t->fd);
	t->fd = fd;
	t->size = size;
	return true;
}

struct files *files_copy(struct files *f)
{
	struct files *t = files_new();

	if (!t)
		return NULL;
	if (!files_grow(t, f->size - 1)) {
		files_put(t);
		return NULL;
	}
	for (int i = 0; i < f->size; i++) {
		t->fd[i] = f->fd[i];
		if (t->fd[i].file)
			file_get(t->fd[i].file);
	}
	return t;
}

void files_get(struct files *f) { f->refs++; }

static int table_close(struct files *t, int fd)
{
	struct file *f;

	if (fd < 0 || fd >= t->size || !t->fd[fd].file)
		return -EBADF;
	f = t->fd[fd].file;
	t->fd[fd].file = NULL;
	lock_file_closed(f, t);
	file_put(f);
	return 0;
}

void files_put(struct files *f)
{
	if (--f->refs)
		return;
	for (int i = 0; i < f->size; i++)
		table_close(f, i);
	kfree(f->fd);
	kfree(f);
}

void files_close_on_exec(struct files *f)
{
	for (int i = 0; i < f->size; i++)
		if (f->fd[i].file && f->fd[i].cloexec)
			table_close(f, i);
}

struct file *files_get_file(struct files *t, int fd)
{
	struct file *f = t && fd >= 0 && fd < t->size ? t->fd[fd].file : NULL;

	if (f)
		file_get(f);
	return f;
}

struct file *fd_get(int fd) { return files_get_file(task_files(current), fd); }

int files_next(struct files *t, int fd)
{
	for (; t && fd < t->size; fd++)
		if (t->fd[fd].file)
			return fd;
	return -1;
}

bool files_cloexec(struct files *t, int fd) { return fd >= 0 && fd < t->size && t->fd[fd].cloexec; }

size_t files_count(struct files *f)
{
	size_t n = 0;

	for (int i = files_next(f, 0); i >= 0; i = files_next(f, i + 1))
		n++;
	return n;
}

static int table_install(struct files *t, struct file *f, int from, bool cloexec)
{
	int fd = from;

	while (fd < t->size && t->fd[fd].file)
		fd++;
	if (fd >= MAX_FILES)
		return -EMFILE;
	if (!files_grow(t, fd))
		return -ENOMEM;
	t->fd[fd] = (struct fd){ f, cloexec };
	return fd;
}

int fd_install(struct file *f, int from, bool cloexec)
{
	int fd = table_install(task_files(current), f, from, cloexec);

	if (fd < 0)
		file_put(f);
	return fd;
}

int vfs_open_std(struct files *t)
{
	int err, fd = 0;
	struct file *f = vfs_open_kernel("/dev/console", O_RDWR | O_NOCTTY, &err);

	if (!f)
		return err;
	for (; fd < 3; fd++) {
		file_get(f);
		table_install(t, f, fd, false);
	}
	file_put(f);
	return 0;
}

int fd_close(int fd) { return table_close(task_files(current), fd); }

int32_t sys_close(const uint32_t a[6]) { return fd_close((int)a[0]); }

int32_t sys_close_range(const uint32_t a[6])
{
	struct files *t = task_files(current);

	if (a[0] > a[1] || (a[2] & ~4u))
		return -EINVAL;
	for (int i = files_next(t, a[0] > MAX_FILES ? MAX_FILES : (int)a[0]);
	     i >= 0 && (uint32_t)i <= a[1]; i = files_next(t, i + 1)) {
		if (a[2] & 4u) /* CLOSE_RANGE_CLOEXEC */
			t->fd[i].cloexec = true;
		else
			table_close(t, i);
	}
	return 0;
}

int32_t sys_dup(const uint32_t a[6])
{
	struct file *f = fd_get((int)a[0]);

	return f ? fd_install(f, 0, false) : -EBADF;
}

static int32_t dup_to(int from, int to, bool cloexec)
{
	struct files *t = task_files(current);
	struct file *f, *old;

	if (to < 0 || to >= MAX_FILES)
		return -EBADF;
	f = fd_get(from);
	if (!f)
		return -EBADF;
	if (!files_grow(t, to)) {
		file_put(f);
		return -ENOMEM;
	}
	old = t->fd[to].file;
	t->fd[to] = (struct fd){ f, cloexec };
	if (old) {
		lock_file_closed(old, t);
		file_put(old);
	}
	return to;
}

int32_t sys_dup2(const uint32_t a[6])
{
	if (a[0] == a[1]) {
		struct file *f = fd_get((int)a[0]);

		if (!f)
			return -EBADF;
		file_put(f);
		return (int32_t)a[1];
	}
	return dup_to((int)a[0], (int)a[1], false);
}

int32_t sys_dup3(const uint32_t a[6])
{
	if (a[0] == a[1] || (a[2] & ~(uint32_t)O_CLOEXEC))
		return -EINVAL;
	return dup_to((int)a[0], (int)a[1], (a[2] & O_CLOEXEC) != 0);
}

static int32_t set_flags(struct file *f, uint32_t flags)
{
	const uint32_t settable = O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT | O_ASYNC;

	if ((flags & ~f->flags & O_NOATIME) && !inode_owner_or_root(f->inode))
		return -EPERM;
	f->flags = (f->flags & ~settable) | (flags & settable);
	return 0;
}

static int32_t do_fcntl(struct file *f, int fd, uint32_t cmd, uint32_t arg, bool is64)
{
	struct files *t = task_files(current);

	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg >= MAX_FILES)
			return -EINVAL;
		file_get(f);
		return fd_install(f, (int)arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return t->fd[fd].cloexec ? FD_CLOEXEC : 0;
	case F_SETFD:
		t->fd[fd].cloexec = (arg & FD_CLOEXEC) != 0;
		return 0;
	case F_GETFL:
		return (int32_t)f->flags;
	case F_SETFL:
		return set_flags(f, arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return lock_fcntl(f, cmd, arg, false);
	case F_GETLK64:
	case F_SETLK64:
	case F_SETLKW64:
		return is64 ? lock_fcntl(f, cmd - F_GETLK64 + F_GETLK, arg, true) : -EINVAL;
	case F_SETOWN:
	case F_GETOWN:
		return 0; /* no SIGIO is ever sent */
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_fcntl(f, cmd, arg);
	default:
		return -EINVAL;
	}
}

static int32_t fcntl_fd(const uint32_t a[6], bool is64)
{
	struct file *f = fd_get((int)a[0]);
	int32_t ret;

	if (!f)
		return -EBADF;
	if ((f->flags & O_PATH) && a[1] != F_DUPFD && a[1] != F_DUPFD_CLOEXEC && a[1] != F_GETFD &&
	    a[1] != F_SETFD && a[1] != F_GETFL)
		ret = -EBADF;
	else
		ret = do_fcntl(f, (int)a[0], a[1], a[2], is64);
	file_put(f);
	return ret;
}

int32_t sys_fcntl(const uint32_t a[6]) { return fcntl_fd(a, false); }

int32_t sys_fcntl64(const uint32_t a[6]) { return fcntl_fd(a, true); }

int32_t sys_ioctl(const uint32_t a[6])
{
	struct file *f = fd_get((int)a[0]);
	struct files *t = task_files(current);
	uint32_t on;
	int32_t ret = -ENOTTY;

	if (!f || (f->flags & O_PATH)) {
		if (f)
			file_put(f);
		return -EBADF;
	}
	if (a[1] == FIOCLEX || a[1] == FIONCLEX) {
		t->fd[a[0]].cloexec = a[1] == FIOCLEX;
		ret = 0;
	} else if (a[1] == FIONBIO) {
		ret = copy_from_user(&on, a[2], sizeof(on));
		if (!ret)
			f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~(uint32_t)O_NONBLOCK;
	} else if (a[1] == FIONREAD && S_ISREG(f->inode->mode)) {
		on = (uint32_t)(f->inode->size - f->pos);
		ret = copy_to_user(a[2], &on, sizeof(on));
	} else if (f->ops->ioctl) {
		ret = f->ops->ioctl(f, a[1], a[2]);
	}
	file_put(f);
	return ret;
}

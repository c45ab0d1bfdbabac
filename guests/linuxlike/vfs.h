/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files as the rest of the server sees them. Written and owned by the file half
 * (vfs*.c, tmpfs.c, procfs.c, devfs.c, pipe.c, tty.c, poll.c, fd.c).
 */
#ifndef LX_VFS_H
#define LX_VFS_H

#include "task.h"

/* Where bytes come from or go to: a user buffer of current, or server memory. */
struct uio {
	bool user;
	union {
		uptr_t uaddr;
		void *kaddr;
	};
	size_t len; /* bytes left; uio_* advance */
	const struct iovec_abi
		*iov; /* what follows the `seg` bytes at uaddr, or NULL: all in one piece */
	uint32_t seg;
};
int uio_put(struct uio *u, const void *src, size_t n); /* n <= len; 0 or -EFAULT */
int uio_get(struct uio *u, void *dst, size_t n);

struct file;
struct inode;
struct iovec_abi;
struct vm_object;
struct vm_region;
struct stat64_abi; /* struct stat64 of i386, abi.h */

/* --- for exec and mmap */
int vfs_open_exec(const char *path, struct file **out); /* checks type and x permission */
struct file *vfs_open_kernel(const char *path, int flags, int *err);
void file_get(struct file *f);
void file_put(struct file *f);					    /* last one releases */
ssize_t file_pread(struct file *f, void *buf, size_t n, off_t pos); /* server memory */
off_t file_size(struct file *f);
bool file_mappable(struct file *f), file_writable(struct file *f), file_readable(struct file *f);
/* What a mapping of it shows, with a reference, or NULL: out of memory. pages is how far the
 * mapping reaches. tmpfs files *are* their pages: a shared mapping maps them. */
struct vm_object *file_object(struct file *f, uint32_t pages);
struct file *region_file(const struct vm_region *r); /* whose object it shows, or NULL */
uint64_t file_ino(struct file *f);
uint32_t file_dev(struct file *f); /* major << 20 | minor, for /proc/PID/maps */
size_t file_path(struct file *f, char *buf, size_t size); /* for /proc/PID/maps, exe */

/* --- per task */
struct files *files_new(void);		   /* empty table */
struct files *files_copy(struct files *f); /* fork; NULL: out of memory */
void files_get(struct files *f);	   /* clone(CLONE_FILES) */
void files_put(struct files *f);
void files_close_on_exec(struct files *f);
struct fsctx *fs_new(void);
struct fsctx *fs_copy(struct fsctx *f);
void fs_get(struct fsctx *f);
void fs_put(struct fsctx *f);
struct file *fd_get(int fd); /* of current, with a reference; NULL */

/* --- boot */
int vfs_init(const void *cpio, size_t len,
	     bool gz);		   /* mount root tmpfs, unpack the initramfs, /dev, /proc */
int tty_init(void);		   /* /dev/console on the Xen console ring */
int vfs_open_std(struct files *f); /* 0, 1, 2 on /dev/console */
void tty_event(void);		   /* the console event channel fired */

/* --- for the process half: exit, setsid, getrandom, poll with a mask */
void tty_session_end(
	struct task *leader); /* a session leader exits: hang up and let the terminal go */
void random_bytes(void *buf, size_t n); /* what getrandom() and AT_RANDOM give */
int fs_chroot_path(struct fsctx *fs, char *buf, size_t size); /* cwd as text; length or -errno */
void load_average(uint32_t out[3]);  /* sysinfo()'s loads, 16 bits after the point */
size_t files_count(struct files *f); /* open descriptors, for /proc/PID/status */

/*
 * Wanted from the process half, beyond task.h:
 * A call that a signal interrupts before it did anything returns -ERESTARTSYS
 * (read, write, fifo open, locks) or -ERESTARTNOHAND (poll, select): see
 * lx_errno.h. Signal delivery turns both into -EINTR, or backs up over the
 * int 0x80 when no handler runs (both) or the handler has SA_RESTART (the first).
 */
/* As rt_sigsuspend: block `set` until the return to the user, where a handler's frame
 * saves the old mask, or it is restored if none runs. 0, -EFAULT, -EINVAL. */
int signal_mask_until_return(uptr_t set, size_t setsize);
extern char uts_nodename[65], uts_domainname[65]; /* sethostname, setdomainname */

/* --- system calls of the file half: uint32_t args[6]; returns value or -errno.
 * syscall_file.c registers them in the one table, syscalls.def (NUMBER, name, handler). */

#endif

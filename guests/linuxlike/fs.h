/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of the file half. Names are dentries, as in Linux: a file system
 * whose tree lives in memory (tmpfs) *is* its linked dentries; one that is made
 * up on demand (proc) makes dentries for each lookup, which go at the last put.
 *
 *     struct file ──> path = (mount, dentry) ──> inode
 *                            dentry ──> parent (a reference), inode (a reference)
 *
 * Every pointer kept across waitq_sleep() or a user copy holds a reference.
 */
#ifndef LX_FS_H
#define LX_FS_H

#include <string.h>
#include "abi_file.h"
#include "lx_errno.h"
#include "vfs.h"
#include <tagma/vm.h>

#define FS_PAGE 4096u
#define MKDEV(ma, mi) ((uint32_t)(ma) << 20 | (uint32_t)(mi))
#define DEV_MAJOR(d) ((d) >> 20)
#define DEV_MINOR(d) ((d)&0xfffffu)

struct timespec64 {
	int64_t sec;
	uint32_t nsec;
};
struct seq;

struct super {
	const struct fs_type *type;
	struct dentry *root; /* a reference */
	uint32_t dev;
	uint32_t refs;
	uint64_t next_ino;
	/* tmpfs */
	uint64_t max_pages, nr_pages, max_inodes, nr_inodes; /* max 0: no limit */
	uint32_t root_mode;
};

struct fs_type {
	const char *name;
	uint32_t magic;
	bool nodev;
	bool pseudo;	      /* its names are all there is to a path: pipe:[7] */
	bool read_only_tree;  /* no chmod, no new names: proc */
	struct super *shared; /* one instance for every mount; filled by the first */
	int (*fill)(struct super *sb, const char *options);
	int (*remount)(struct super *sb, const char *options);
	void (*options)(struct super *sb, struct seq *s); /* for /proc/mounts */
};

struct mount {
	struct list link; /* all mounts, in order of mounting */
	struct super *super;
	struct dentry *root;  /* a reference; not super->root for a bind mount */
	struct mount *parent; /* NULL: the root mount */
	struct dentry *point; /* a reference, in parent */
	uint32_t flags;	      /* MS_* */
	uint32_t refs;
	uint32_t id;
	bool attached;
	char *source;
};

struct path {
	struct mount *mnt;
	struct dentry *dentry;
};

struct dir_link {
	struct list link;
	bool cursor;
};

struct dentry {
	struct dir_link in_dir; /* in parent->children, newest first */
	struct list children;
	struct dentry *hash_next;
	struct dentry *parent; /* a root's is itself, without a reference */
	struct inode *inode;
	uint32_t refs;
	uint32_t mounts; /* that sit on this dentry */
	bool linked;	 /* the tree's own name: holds a reference */
	uint8_t len;
	char *name;
};

struct kstat {
	uint64_t ino, blocks;
	int64_t size;
	uint32_t dev, rdev, mode, nlink, uid, gid, blksize;
	struct timespec64 atime, mtime, ctime, btime;
};

struct inode {
	struct super *super;
	const struct inode_ops *ops;
	const struct file_ops *fops;
	uint64_t ino;
	uint32_t refs;
	uint32_t mode, uid, gid, nlink, rdev;
	int64_t size;
	uint64_t pages; /* data pages held */
	struct timespec64 atime, mtime, ctime, btime;
	struct pipe *pipe;   /* fifo, while open */
	struct list locks;   /* lock.c */
	uint32_t writers;    /* open for writing */
	uint32_t exec_users; /* being run: no writers (-ETXTBSY) */
	union {
		struct {
			struct ptree pages;
			bool mapped; /* some time or other: pages that go may be shown */
		} data;		     /* tmpfs regular file */
		char *target;	     /* tmpfs symlink */
		struct {
			const struct proc_entry *entry;
			pid_t pid;
			int fd;
		} proc;
	};
};

struct inode_ops {
	/* A referenced dentry, or -ENOENT. */
	int (*lookup)(struct dentry *dir, const char *name, size_t len, struct dentry **out);
	/* mode has the type; target is a symlink's. NULL op: no new names here (-ENOENT, as proc).
	 */
	int (*create)(struct dentry *dir, const char *name, size_t len, uint32_t mode,
		      uint32_t rdev, const char *target, struct dentry **out);
	int (*link)(struct dentry *dir, const char *name, size_t len, struct inode *inode);
	int (*unlink)(struct dentry *victim); /* file or empty directory */
	int (*rename)(struct dentry *old, struct dentry *dir, const char *name, size_t len,
		      struct dentry *target, bool exchange);
	int (*readlink)(struct dentry *d, char *buf, size_t size); /* length or -errno */
	int (*follow)(struct dentry *d, struct path *out); /* a link that is no text: /proc/N/fd */
	int (*truncate)(struct inode *inode, int64_t size);
	int (*fallocate)(struct inode *inode, uint32_t mode, int64_t off, int64_t len);
	void (*getattr)(struct dentry *d, struct kstat *st);
	void (*free)(struct inode *inode);
};

struct poll_table;
struct dir_sink;

struct file_ops {
	int (*open)(struct file *f);
	void (*release)(struct file *f);
	ssize_t (*read)(struct file *f, struct uio *u, off_t *pos);
	ssize_t (*write)(struct file *f, struct uio *u, off_t *pos);
	int (*readdir)(struct file *f, struct dir_sink *s);
	int (*ioctl)(struct file *f, uint32_t cmd, uptr_t arg);
	uint32_t (*poll)(struct file *f, struct poll_table *pt);
	off_t (*lseek)(struct file *f, off_t off, int whence); /* NULL: generic if seekable */
	/* For mmap. The object of a file that is its pages; the page, made if it is a hole. */
	struct vm_object *(*object)(struct file *f, uint32_t pages);
	int (*page)(struct file *f, uint32_t pgoff, bool make, void **page);
	bool seekable;
};

struct file {
	uint32_t refs;
	uint32_t flags; /* O_* */
	struct path path;
	struct inode *inode;
	const struct file_ops *ops;
	off_t pos;
	void *priv;
	struct dir_link cursor;	  /* of a directory being read */
	uint64_t cursor_key;	  /* proc */
	bool exec;		  /* counts in inode->exec_users */
	struct vm_object *object; /* of its mappings, which has a reference to us; or NULL */
};

struct fsctx {
	uint32_t refs;
	struct path cwd, root;
	uint32_t umask;
};

/* --- dentry.c */
struct dentry *dentry_new(struct dentry *parent, const char *name, size_t len, struct inode *inode);
void dentry_get(struct dentry *d);
void dentry_put(struct dentry *d);
struct dentry *dentry_child(struct dentry *dir, const char *name,
			    size_t len); /* linked; no reference */
void dentry_link(struct dentry *d);	 /* into its parent: first in order; takes a reference */
void dentry_unlink(struct dentry *d);	 /* drops it */
int dentry_move(struct dentry *d, struct dentry *dir, const char *name, size_t len);
void dentry_exchange(struct dentry *a, struct dentry *b);
bool dentry_is_below(const struct dentry *d, const struct dentry *top); /* or is it */
void path_get(const struct path *p);
void path_put(struct path *p);
/* Text of p as seen from root; length without the 0, -ENAMETOOLONG, -ENOENT if it was removed. */
int path_text(const struct path *p, const struct path *root, char *buf, size_t size);
bool path_is_deleted(const struct path *p);

/* --- inode.c */
struct inode *inode_new(struct super *sb, uint32_t mode);
void inode_get(struct inode *i);
void inode_put(struct inode *i);
int inode_permission(const struct inode *i, uint32_t mask); /* R_OK | W_OK | X_OK; -EACCES */
bool inode_owner_or_root(const struct inode *i);
int dir_may_delete(const struct inode *dir,
		   const struct inode *victim); /* sticky; 0, -EACCES, -EPERM */
struct timespec64 time_now(void);
void inode_touch_atime(const struct path *p);
void inode_touch_mtime(struct inode *i); /* and ctime */
void inode_stat(struct dentry *d, struct kstat *st);

/* --- mount.c */
extern struct list mounts;
struct mount *mount_root(void);
void mount_get(struct mount *m);
void mount_put(struct mount *m);
int mount_fs(struct fs_type *type, const struct path *at, const char *source, uint32_t flags,
	     const char *options);
struct mount *mount_hidden(struct fs_type *type); /* outside the tree; NULL: out of memory */
struct fs_type *fs_type_find(const char *name);
extern struct fs_type tmpfs_type, ramfs_type, devtmpfs_type, proc_type;
extern struct fs_type *const fs_types[]; /* NULL ends */
int mount_bind(const struct path *from, const struct path *at);
int mount_umount(struct mount *m, bool lazy);
int mount_move(struct mount *m, const struct path *at);
void mount_descend(struct path *p);		       /* to the root of what is mounted there */
bool path_up(struct path *p, const struct path *root); /* ".."; false: at the root */

/* --- namei.c */
enum { WALK_FOLLOW = 1, WALK_EMPTY = 2 };
enum walk_last { LAST_NORM, LAST_DOT, LAST_DOTDOT, LAST_ROOT };
struct walk {
	struct path path; /* result, or the parent */
	char *page, *rest;
	unsigned links;
	char *last; /* with a parent: the last name, in page */
	size_t last_len;
	enum walk_last type;
	bool slash; /* it had trailing slashes */
};
int walk_path(int dfd, const char *name, unsigned flags, struct path *out);
int walk_user(int dfd, uptr_t name, unsigned flags, struct path *out);
int walk_parent(int dfd, const char *name, struct walk *w); /* walk_end() after success */
int walk_last(struct walk *w, struct path *out); /* look the last name up, follow nothing */
int walk_follow_last(struct walk *w,
		     struct path *link); /* the last was a link: go on to its parent */
void walk_end(struct walk *w);
struct fsctx *fs_current(void);
char *path_from_user(uptr_t name, int *err); /* a page; page_free() it */
int path_symlink_text(struct dentry *d, char *buf, size_t size);

/* --- open.c, file.c */
struct file *file_new(const struct path *p, const struct file_ops *ops, uint32_t flags);
int file_open_path(const struct path *p, uint32_t flags, struct file **out); /* checks done */
int vfs_open(int dfd, const char *name, uint32_t flags, uint32_t mode, struct file **out);
ssize_t file_read(struct file *f, struct uio *u, off_t *pos);
ssize_t file_write(struct file *f, struct uio *u, off_t *pos);
struct uio uio_kernel(void *p, size_t n);
struct uio uio_user(uptr_t p, size_t n);

struct vm_object *file_pages_object(struct file *f, uint32_t pages); /* by ops->page */

/* --- namespace.c: what the system calls and cpio.c share */
int vfs_create(int dfd, const char *name, uint32_t mode, uint32_t rdev, const char *target);
int vfs_link(struct path *old, int dfd, const char *name);
int vfs_unlink(int dfd, const char *name, bool dir);

/* --- anon.c */
struct inode *anon_inode(uint32_t mode);
struct dentry *anon_dentry(const char *name, struct inode *i);
struct file *anon_file(struct dentry *d, const struct file_ops *ops, uint32_t flags);

/* --- fd.c */
int fd_install(struct file *f, int from, bool cloexec); /* takes the reference; fd or -EMFILE */
int fd_close(int fd);
struct file *files_get_file(struct files *t, int fd); /* of any table; a reference */
int files_next(struct files *t, int fd);	      /* the first open fd >= fd, or -1 */
bool files_cloexec(struct files *t, int fd);

/* --- lock.c */
int32_t lock_fcntl(struct file *f, uint32_t cmd, uptr_t arg,
		   bool is64);				    /* F_GETLK, SETLK, SETLKW */
void lock_file_closed(struct file *f, struct files *owner); /* posix locks of owner on f go */
void lock_file_released(struct file *f);		    /* flock of f goes */

/* --- tmpfs.c */
int tmpfs_fill(struct super *sb, const char *options);
int tmpfs_remount(struct super *sb, const char *options);
void tmpfs_options(struct super *sb, struct seq *s);
struct inode *tmpfs_inode(struct super *sb, uint32_t mode, uint32_t rdev, const char *target,
			  int *err);
struct file *tmpfs_file_new(const char *name, uint32_t flags, int *err); /* unlinked: memfd */

/* --- tmpfs_dir.c */
extern const struct inode_ops tmpfs_dir_iops;
extern const struct file_ops tmpfs_dir_fops;
#define TMPFS_DIRENT_SIZE 20 /* what a name adds to its directory's size, as on Linux */

/* --- tmpfs_data.c */
extern const struct inode_ops tmpfs_reg_iops;
extern const struct file_ops tmpfs_reg_fops;
bool tmpfs_charge(struct super *sb); /* one page more; false: the file system is full */
void tmpfs_uncharge(struct super *sb);

/* --- directories being read */
struct dir_sink {
	bool (*emit)(struct dir_sink *s, const char *name, size_t len, uint64_t ino, uint32_t mode,
		     off_t pos); /* false: full */
};
bool dir_emit_dots(struct file *f, struct dir_sink *s);

/* --- poll.c */
void poll_wait(struct poll_table *pt, struct waitq *q); /* pt may be NULL */

/* --- pipe.c */
extern const struct file_ops fifo_fops;
int32_t pipe_fcntl(struct file *f, uint32_t cmd, uint32_t arg);
int pipe_pair(struct file **rd, struct file **wr, uint32_t flags);

/* --- devices */
const struct file_ops *chrdev_fops(uint32_t rdev); /* NULL: -ENXIO */
void random_mix(const void *p, size_t n);
#define DEV_TTY MKDEV(5, 0)
#define DEV_CONSOLE MKDEV(5, 1)
#define DEV_HVC0 MKDEV(229, 0)
extern const struct file_ops tty_fops;
uint32_t tty_dev(struct file *f); /* its device number, 0 if f is no terminal */
pid_t tty_foreground(struct file *f);

/* --- seq.c: text made on demand, of which a window is wanted */
struct seq {
	struct uio *u;
	off_t skip;
	ssize_t done;
	int err;
};
void seq_write(struct seq *s, const void *p, size_t n);
void seq_printf(struct seq *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void seq_escape(struct seq *s, const char *text); /* blanks as \040, as /proc/mounts */

/* --- cpio.c */
int cpio_unpack(const uint8_t *p, size_t len);

#endif

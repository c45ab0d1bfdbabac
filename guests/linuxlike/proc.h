/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc: tables of entries, each of which knows how to show itself. */
#ifndef LX_PROC_H
#define LX_PROC_H

#include "fs.h"

struct proc_entry {
	const char *name;
	uint32_t mode;				     /* with the type */
	void (*show)(struct seq *s, struct task *t); /* t: of /proc/PID, else NULL */
	ssize_t (*store)(const char *text, size_t len);
	int (*text)(struct task *t, int fd, char *buf, size_t size); /* of a symbolic link */
	int (*jump)(struct task *t, int fd,
		    struct path *out); /* where a link leads, if not by text */
	const struct proc_entry *dir;  /* of a directory: ends with name NULL */
	bool fds;		       /* the directory of descriptors */
};

#define PROC_FILE (S_IFREG | 0444)
#define PROC_DIR (S_IFDIR | 0555)
#define PROC_LINK (S_IFLNK | 0777)

extern const struct proc_entry proc_root_dir[], proc_pid_dir[], proc_fd_link;

/* --- procfs.c */
struct inode *proc_inode(struct super *sb, const struct proc_entry *e, pid_t pid, int fd);

/* --- proc_sys.c, proc_load.c */
void proc_show_mounts(struct seq *s, struct task *t);
void proc_show_mountinfo(struct seq *s, struct task *t);
void proc_show_loadavg(struct seq *s, struct task *t);

#endif

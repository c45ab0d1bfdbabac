/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes an inode's attributes: chmod, chown, times, size. */
#include "fs.h"

/* Common to all: the tree and the mount allow it at all. */
static int may_change(const struct path *p)
{
	if (p->mnt->flags & MS_RDONLY)
		return -EROFS;
	return p->dentry->inode->super->type->read_only_tree ? -EPERM : 0;
}

/* A path or, with name 0 and a descriptor, what is open there. */
static int target_at(int dfd, uptr_t name, unsigned walk, struct path *p)
{
	struct file *f;

	if (name)
		return walk_user(dfd, name, walk, p);
	f = fd_get(dfd);
	if (!f)
		return -EBADF;
	if (f->flags & O_PATH) {
		file_put(f);
		return -EBADF;
	}
	*p = f->path;
	path_get(p);
	file_put(f);
	return 0;
}

/* --- chmod */

static int do_chmod(int dfd, uptr_t name, uint32_t mode)
{
	struct inode *i;
	struct path p;
	int err = target_at(dfd, name, WALK_FOLLOW, &p);

	if (err)
		return err;
	i = p.dentry->inode;
	err = may_change(&p);
	if (!err && !inode_owner_or_root(i))
		err = -EPERM;
	if (!err) {
		if (task_uid(current) && task_gid(current) != i->gid)
			mode &= ~(uint32_t)S_ISGID;
		i->mode = (i->mode & S_IFMT) | (mode & 07777);
		i->ctime = time_now();
	}
	path_put(&p);
	return err;
}

/* A user's null pointer must not be taken for "the descriptor itself". */
#define BAD_NAME(a) ((a) ? (a) : 1u)

int32_t sys_chmod(const uint32_t a[6]) { return do_chmod(AT_FDCWD, BAD_NAME(a[0]), a[1]); }

int32_t sys_fchmod(const uint32_t a[6]) { return do_chmod((int)a[0], 0, a[1]); }

int32_t sys_fchmodat(const uint32_t a[6]) { return do_chmod((int)a[0], BAD_NAME(a[1]), a[2]); }

/* --- chown */

static int chown_checked(struct inode *i, uint32_t uid, uint32_t gid)
{
	uint32_t me = task_uid(current);

	if (me && ((uid != ~0u && uid != i->uid) || me != i->uid))
		return -EPERM;
	if (me && gid != ~0u && gid != i->gid && gid != task_gid(current))
		return -EPERM;
	if (uid != ~0u)
		i->uid = uid;
	if (gid != ~0u)
		i->gid = gid;
	if (S_ISREG(i->mode))
		i->mode &= ~(uint32_t)(S_ISUID | (i->mode & 010 ? S_ISGID : 0));
	i->ctime = time_now();
	return 0;
}

static int do_chown(int dfd, uptr_t name, unsigned walk, uint32_t uid, uint32_t gid)
{
	struct path p;
	int err = target_at(dfd, name, walk, &p);

	if (err)
		return err;
	err = may_change(&p);
	if (!err)
		err = chown_checked(p.dentry->inode, uid, gid);
	path_put(&p);
	return err;
}

/* The old calls have 16 bits for an id. */
static uint32_t id16(uint32_t id) { return (id & 0xffff) == 0xffff ? ~0u : id & 0xffff; }

int32_t sys_chown16(const uint32_t a[6])
{
	return do_chown(AT_FDCWD, BAD_NAME(a[0]), WALK_FOLLOW, id16(a[1]), id16(a[2]));
}

int32_t sys_lchown16(const uint32_t a[6])
{
	return do_chown(AT_FDCWD, BAD_NAME(a[0]), 0, id16(a[1]), id16(a[2]));
}

int32_t sys_fchown16(const uint32_t a[6])
{
	return do_chown((int)a[0], 0, 0, id16(a[1]), id16(a[2]));
}

int32_t sys_chown(const uint32_t a[6])
{
	return do_chown(AT_FDCWD, BAD_NAME(a[0]), WALK_FOLLOW, a[1], a[2]);
}

int32_t sys_lchown(const uint32_t a[6])
{
	return do_chown(AT_FDCWD, BAD_NAME(a[0]), 0, a[1], a[2]);
}

int32_t sys_fchown(const uint32_t a[6]) { return do_chown((int)a[0], 0, 0, a[1], a[2]); }

int32_t sys_fchownat(const uint32_t a[6])
{
	if (a[4] & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_chown((int)a[0], BAD_NAME(a[1]),
			(a[4] & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				(a[4] & AT_EMPTY_PATH ? WALK_EMPTY : 0),
			a[2], a[3]);
}

/* --- times: two of (seconds, nanoseconds), NULL meaning now */

struct times {
	struct timespec64 at[2];
	bool set[2];
	bool now;
};

static void times_apply(struct inode *i, const struct times *t)
{
	struct timespec64 now = time_now();

	if (t->set[0])
		i->atime = t->at[0].nsec == UTIME_NOW ? now : t->at[0];
	if (t->set[1])
		i->mtime = t->at[1].nsec == UTIME_NOW ? now : t->at[1];
	i->ctime = now;
}

static int do_utimes(int dfd, uptr_t name, const struct times *t, unsigned walk)
{
	struct inode *i;
	struct path p;
	int err;

	if (!t->set[0] && !t->set[1])
		return 0;
	err = target_at(dfd, name, walk, &p);
	if (err)
		return err;
	i = p.dentry->inode;
	err = may_change(&p);
	if (!err && !inode_owner_or_root(i))
		err = t->now ? inode_permission(i, W_OK) : -EPERM;
	if (!err)
		times_apply(i, t);
	path_put(&p);
	return err;
}

static struct times times_now(void)
{
	return (struct times){ { { 0, UTIME_NOW }, { 0, UTIME_NOW } }, { true, true }, true };
}

static int times_set(struct times *t, int k, int64_t sec, int64_t nsec)
{
	if (nsec == UTIME_OMIT) {
		t->set[k] = false;
		return 0;
	}
	if (nsec != UTIME_NOW && (nsec < 0 || nsec > 999999999))
		return -EINVAL;
	t->set[k] = true;
	t->at[k] = (struct timespec64){ sec, (uint32_t)nsec };
	t->now = t->now && nsec == UTIME_NOW;
	return 0;
}

static int times_user(struct times *t, uptr_t from, bool wide)
{
	struct timespec32_abi s[2];
	struct timespec64_abi w[2];
	int err = 0;

	*t = times_now();
	if (!from)
		return 0;
	if (wide ? copy_from_user(w, from, sizeof(w)) : copy_from_user(s, from, sizeof(s)))
		return -EFAULT;
	for (int k = 0; k < 2 && !err; k++)
		err = wide ? times_set(t, k, w[k].sec, w[k].nsec)
			   : times_set(t, k, s[k].sec, s[k].nsec);
	return err;
}

static int32_t utimensat_as(const uint32_t a[6], bool wide)
{
	struct times t;
	int err = times_user(&t, a[2], wide);

	if (err)
		return err;
	if (a[3] & ~(uint32_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!a[1] && (int)a[0] == AT_FDCWD)
		return -EFAULT;
	if (!a[1] && a[3])
		return -EINVAL;
	return do_utimes((int)a[0], a[1], &t,
			 (a[3] & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				 (a[3] & AT_EMPTY_PATH ? WALK_EMPTY : 0));
}

int32_t sys_utimensat(const uint32_t a[6]) { return utimensat_as(a, false); }

int32_t sys_utimensat_time64(const uint32_t a[6]) { return utimensat_as(a, true); }

int32_t sys_utime(const uint32_t a[6])
{
	struct times t = times_now();
	int32_t buf[2];

	if (a[1]) {
		if (copy_from_user(buf, a[1], sizeof(buf)))
			return -EFAULT;
		times_set(&t, 0, buf[0], 0);
		times_set(&t, 1, buf[1], 0);
	}
	return do_utimes(AT_FDCWD, BAD_NAME(a[0]), &t, WALK_FOLLOW);
}

static int32_t do_futimesat(int dfd, uptr_t name, uptr_t from)
{
	struct times t = times_now();
	struct timeval32_abi tv[2];

	if (from) {
		if (copy_from_user(tv, from, sizeof(tv)))
			return -EFAULT;
		for (int k = 0; k < 2; k++) {
			if (tv[k].usec < 0 || tv[k].usec > 999999)
				return -EINVAL;
			times_set(&t, k, tv[k].sec, tv[k].usec * 1000);
		}
	}
	return do_utimes(dfd, name, &t, WALK_FOLLOW);
}

int32_t sys_utimes(const uint32_t a[6]) { return do_futimesat(AT_FDCWD, BAD_NAME(a[0]), a[1]); }

int32_t sys_futimesat(const uint32_t a[6]) { return do_futimesat((int)a[0], a[1], a[2]); }

/* --- size */

static int truncate_inode(struct inode *i, off_t size, bool always)
{
	int64_t before = i->size;
	int err = i->ops->truncate ? i->ops->truncate(i, size) : -EINVAL;

	if (!err && (always || before != size))
		inode_touch_mtime(i);
	return err;
}

static int32_t do_truncate(uptr_t name, off_t size)
{
	struct inode *i;
	struct path p;
	int err;

	if (size < 0)
		return -EINVAL;
	err = walk_user(AT_FDCWD, name, WALK_FOLLOW, &p);
	if (err)
		return err;
	i = p.dentry->inode;
	if (S_ISDIR(i->mode))
		err = -EISDIR;
	else if (!S_ISREG(i->mode))
		err = -EINVAL;
	else if (p.mnt->flags & MS_RDONLY)
		err = -EROFS;
	else if (i->exec_users)
		err = -ETXTBSY;
	else
		err = inode_permission(i, W_OK);
	if (!err)
		err = truncate_inode(i, size, false);
	path_put(&p);
	return err;
}

static int32_t do_ftruncate(int fd, off_t size)
{
	struct file *f;
	int err;

	if (size < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (!f)
		return -EBADF;
	if (f->flags & O_PATH)
		err = -EBADF;
	else if (!S_ISREG(f->inode->mode) || !file_writable(f))
		err = -EINVAL;
	else
		err = truncate_inode(f->inode, size, true);
	file_put(f);
	return err;
}

int32_t sys_truncate(const uint32_t a[6]) { return do_truncate(a[0], (int32_t)a[1]); }

int32_t sys_ftruncate(const uint32_t a[6]) { return do_ftruncate((int)a[0], (int32_t)a[1]); }

int32_t sys_truncate64(const uint32_t a[6])
{
	return do_truncate(a[0], (off_t)((uint64_t)a[2] << 32 | a[1]));
}

int32_t sys_ftruncate64(const uint32_t a[6])
{
	return do_ftruncate((int)a[0], (off_t)((uint64_t)a[2] << 32 | a[1]));
}

int32_t sys_fallocate(const uint32_t a[6])
{
	off_t off = (off_t)((uint64_t)a[3] << 32 | a[2]),
	      len = (off_t)((uint64_t)a[5] << 32 | a[4]);
	struct file *f;
	int err;

	if (off < 0 || len <= 0)
		return -EINVAL;
	f = fd_get((int)a[0]);
	if (!f)
		return -EBADF;
	if (!file_writable(f))
		err = -EBADF;
	else if (S_ISFIFO(f->inode->mode))
		err = -ESPIPE;
	else if (S_ISDIR(f->inode->mode))
		err = -EISDIR;
	else if (!S_ISREG(f->inode->mode))
		err = -ENODEV;
	else if (off > INT64_MAX - len)
		err = -EFBIG;
	else
		err = f->inode->ops->fallocate ? f->inode->ops->fallocate(f->inode, a[1], off, len)
					       : -EOPNOTSUPP;
	file_put(f);
	return err;
}

int32_t sys_umask(const uint32_t a[6])
{
	struct fsctx *fs = fs_current();
	uint32_t old = fs->umask;

	fs->umask = a[0] & 0777;
	return (int32_t)old;
}

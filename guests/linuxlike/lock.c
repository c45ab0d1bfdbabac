/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advisory locks: fcntl's, of byte ranges, owned by a descriptor table; flock's, of
 * whole files, owned by an open file. The two kinds do not see each other.
 */
#include "fs.h"

struct lock {
	struct list link; /* inode->locks */
	const void *owner;
	bool flock, write;
	int64_t start, end; /* inclusive */
	pid_t pid;
};

static struct waitq lock_waiters = { LIST_INIT(lock_waiters.head) };

static struct lock *lock_conflict(struct inode *i, const struct lock *want)
{
	list_for_each (l, &i->locks) {
		struct lock *k = list_entry(l, struct lock, link);

		if (k->flock == want->flock && k->owner != want->owner &&
		    (k->write || want->write) && k->start <= want->end && want->start <= k->end)
			return k;
	}
	return NULL;
}

static void lock_free(struct lock *k)
{
	list_del(&k->link);
	kfree(k);
}

/* Take [start, end] away from the owner's locks. spare is used if one must be split. */
static void lock_clear(struct inode *i, const struct lock *range, struct lock **spare)
{
	list_for_each_safe (l, &i->locks) {
		struct lock *k = list_entry(l, struct lock, link);

		if (k->flock != range->flock || k->owner != range->owner || k->end < range->start ||
		    k->start > range->end)
			continue;
		if (k->start < range->start && k->end > range->end) {
			struct lock *rest = *spare;

			*spare = NULL;
			*rest = *k;
			rest->start = range->end + 1;
			k->end = range->start - 1;
			list_add_tail(&i->locks, &rest->link);
			return;
		}
		if (k->start < range->start)
			k->end = range->start - 1;
		else if (k->end > range->end)
			k->start = range->end + 1;
		else
			lock_free(k);
	}
}

static int lock_set(struct inode *i, const struct lock *want, bool unlock, bool wait)
{
	struct lock *k, *spare;

	while (!unlock && lock_conflict(i, want)) {
		if (!wait)
			return -EAGAIN;
		if (waitq_sleep(&lock_waiters, NO_DEADLINE))
			return -ERESTARTSYS;
	}
	k = kmalloc(sizeof(*k));
	spare = kmalloc(sizeof(*spare));
	if (!k || !spare) {
		kfree(k);
		kfree(spare);
		return -ENOLCK;
	}
	lock_clear(i, want, &spare);
	kfree(spare);
	if (unlock) {
		kfree(k);
	} else {
		*k = *want;
		list_add_tail(&i->locks, &k->link);
	}
	waitq_wake(&lock_waiters);
	return 0;
}

static int lock_range(struct file *f, const struct flock64_abi *u, struct lock *k)
{
	int64_t start = u->start, end;

	if (u->whence == SEEK_CUR)
		start += f->pos;
	else if (u->whence == SEEK_END)
		start += f->inode->size;
	else if (u->whence != SEEK_SET)
		return -EINVAL;
	end = u->len == 0 ? INT64_MAX : u->len > 0 ? start + u->len - 1 : start - 1;
	if (u->len < 0)
		start += u->len;
	if (start < 0)
		return -EINVAL;
	if (end < start)
		return -EOVERFLOW;
	*k = (struct lock){ .owner = task_files(current),
			    .write = u->type == F_WRLCK,
			    .start = start,
			    .end = end,
			    .pid = task_pid(current) };
	return 0;
}

static int32_t lock_query(struct file *f, struct lock *want, struct flock64_abi *u)
{
	const struct lock *k = lock_conflict(f->inode, want);

	if (!k) {
		u->type = F_UNLCK;
		return 0;
	}
	u->type = k->write ? F_WRLCK : F_RDLCK;
	u->whence = SEEK_SET;
	u->start = k->start;
	u->len = k->end == INT64_MAX ? 0 : k->end - k->start + 1;
	u->pid = k->pid;
	return 0;
}

static int32_t lock_command(struct file *f, uint32_t cmd, struct flock64_abi *u)
{
	struct lock k;
	int err;

	if (u->type != F_RDLCK && u->type != F_WRLCK && u->type != F_UNLCK)
		return -EINVAL;
	err = lock_range(f, u, &k);
	if (err)
		return err;
	if (cmd == F_GETLK)
		return u->type == F_UNLCK ? -EINVAL : lock_query(f, &k, u);
	if ((u->type == F_RDLCK && !file_readable(f)) || (u->type == F_WRLCK && !file_writable(f)))
		return -EBADF;
	return lock_set(f->inode, &k, u->type == F_UNLCK, cmd == F_SETLKW);
}

int32_t lock_fcntl(struct file *f, uint32_t cmd, uptr_t arg, bool is64)
{
	struct flock64_abi u;
	struct flock_abi s;
	int32_t err;

	if (is64) {
		if (copy_from_user(&u, arg, sizeof(u)))
			return -EFAULT;
		err = lock_command(f, cmd, &u);
		if (!err && cmd == F_GETLK)
			err = copy_to_user(arg, &u, sizeof(u));
		return err;
	}
	if (copy_from_user(&s, arg, sizeof(s)))
		return -EFAULT;
	u = (struct flock64_abi){ s.type, s.whence, s.start, s.len, s.pid };
	err = lock_command(f, cmd, &u);
	if (err || cmd != F_GETLK)
		return err;
	s = (struct flock_abi){ u.type, u.whence, (int32_t)u.start, (int32_t)u.len, u.pid };
	return copy_to_user(arg, &s, sizeof(s));
}

static void lock_drop_owner(struct inode *i, const void *owner)
{
	bool any = false;

	list_for_each_safe (l, &i->locks) {
		struct lock *k = list_entry(l, struct lock, link);

		if (k->owner == owner) {
			lock_free(k);
			any = true;
		}
	}
	if (any)
		waitq_wake(&lock_waiters);
}

void lock_file_closed(struct file *f, struct files *owner) { lock_drop_owner(f->inode, owner); }

void lock_file_released(struct file *f) { lock_drop_owner(f->inode, f); }

int32_t sys_flock(const uint32_t a[6])
{
	struct file *f = fd_get((int)a[0]);
	uint32_t op = a[1] & ~(uint32_t)LOCK_NB;
	struct lock k;
	int32_t ret;

	if (!f)
		return -EBADF;
	k = (struct lock){ .owner = f,
			   .flock = true,
			   .write = op == LOCK_EX,
			   .end = INT64_MAX,
			   .pid = task_pid(current) };
	if (op != LOCK_SH && op != LOCK_EX && op != LOCK_UN)
		ret = -EINVAL;
	else
		ret = lock_set(f->inode, &k, op == LOCK_UN, !(a[1] & LOCK_NB));
	file_put(f);
	return ret;
}

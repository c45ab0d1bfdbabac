/* SPDX-License-Identifier: GPL-2.0-only */
/* mount and umount. */
#include "fs.h"

#define MOUNT_FLAGS \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME)
#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* As the kernel has done since 2.6.30: relatime unless something stricter or laxer is said. */
static uint32_t mount_flags(uint32_t flags)
{
	uint32_t f = flags & MOUNT_FLAGS;

	if (!(flags & (MS_NOATIME | MS_STRICTATIME)))
		f |= MS_RELATIME;
	return f;
}

/* An optional string; "" if the pointer is null. A page in any case. */
static char *user_text(uptr_t p, int *err)
{
	char *page;

	if (p)
		return path_from_user(p, err);
	page = page_alloc();
	*err = page ? 0 : -ENOMEM;
	return page;
}

static int remount(struct path *at, uint32_t flags, const char *options)
{
	struct super *sb = at->mnt->super;
	int err = 0;

	if (at->dentry != at->mnt->root)
		return -EINVAL;
	if (!(flags & MS_BIND) && sb->type->remount)
		err = sb->type->remount(sb, options);
	if (!err)
		at->mnt->flags = mount_flags(flags);
	return err;
}

static int mount_new_fs(struct path *at, uptr_t type, const char *source, uint32_t flags,
			const char *options)
{
	struct fs_type *t;
	char name[32];
	int err;

	if (!type)
		return -EINVAL;
	err = strncpy_from_user(name, type, sizeof(name));
	if (err < 0 && err != -ENAMETOOLONG)
		return err;
	t = err >= 0 ? fs_type_find(name) : NULL;
	if (!t)
		return -ENODEV;
	if (!S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	/* The same file system twice on one spot is refused, as on Linux. */
	if (t->shared && at->mnt->super == t->shared && at->dentry == at->mnt->root)
		return -EBUSY;
	return mount_fs(t, at, *source ? source : "none", mount_flags(flags), options);
}

static int mount_by_path(struct path *at, uptr_t source, uint32_t flags)
{
	struct path from;
	int err = walk_user(AT_FDCWD, source, WALK_FOLLOW, &from);

	if (err)
		return err;
	if (flags & MS_BIND)
		err = mount_bind(&from, at);
	else if (from.dentry != from.mnt->root)
		err = -EINVAL;
	else
		err = mount_move(from.mnt, at);
	path_put(&from);
	return err;
}

static int do_mount(const uint32_t a[6], const char *source, const char *options)
{
	uint32_t flags = a[3];
	struct path at;
	int err;

	if ((flags & 0xffff0000u) == 0xc0ed0000u) /* an old magic number some callers still give */
		flags &= 0xffff;
	if (task_uid(current))
		return -EPERM;
	err = walk_user(AT_FDCWD, a[1], WALK_FOLLOW, &at);
	if (err)
		return err;
	if (flags & MS_REMOUNT)
		err = remount(&at, flags, options);
	else if (flags & (MS_BIND | MS_MOVE))
		err = mount_by_path(&at, a[0], flags);
	else if (flags & PROPAGATION)
		err = at.dentry == at.mnt->root ? 0 : -EINVAL; /* there is one namespace */
	else
		err = mount_new_fs(&at, a[2], source, flags, options);
	path_put(&at);
	return err;
}

int32_t sys_mount(const uint32_t a[6])
{
	int err;
	char *source = user_text(a[0], &err), *options;

	if (!source)
		return err;
	options = user_text(a[4], &err);
	if (options) {
		err = do_mount(a, source, options);
		page_free(options);
	}
	page_free(source);
	return err;
}

int32_t sys_umount2(const uint32_t a[6])
{
	struct path at;
	struct mount *m;
	int err;

	if (a[1] & ~(uint32_t)(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (task_uid(current))
		return -EPERM;
	err = walk_user(AT_FDCWD, a[0], a[1] & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW, &at);
	if (err)
		return err;
	m = at.mnt;
	if (at.dentry != m->root)
		err = -EINVAL;
	else
		err = mount_umount(m, (a[1] & MNT_DETACH) != 0);
	path_put(&at);
	return err;
}

int32_t sys_umount(const uint32_t a[6]) { return sys_umount2((const uint32_t[6]){ a[0], 0 }); }

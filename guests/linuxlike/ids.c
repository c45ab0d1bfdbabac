/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a process is: its numbers, users and groups. */
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"

#define KEEP 0xffffffffu /* -1: leave as it is */

static struct cred *me(void) { return &current->process->cred; }

int32_t sys_getpid(const uint32_t a[6])
{
	(void)a;
	return task_pid(current);
}
int32_t sys_getppid(const uint32_t a[6])
{
	(void)a;
	return task_ppid(current);
}
int32_t sys_gettid(const uint32_t a[6])
{
	(void)a;
	return current->tid;
}
int32_t sys_getuid(const uint32_t a[6])
{
	(void)a;
	return (int32_t)me()->uid;
}
int32_t sys_geteuid(const uint32_t a[6])
{
	(void)a;
	return (int32_t)me()->euid;
}
int32_t sys_getgid(const uint32_t a[6])
{
	(void)a;
	return (int32_t)me()->gid;
}
int32_t sys_getegid(const uint32_t a[6])
{
	(void)a;
	return (int32_t)me()->egid;
}

static bool one_of(uint32_t id, uint32_t x, uint32_t y, uint32_t z)
{
	return id == KEEP || id == x || id == y || id == z;
}

/* setresuid() and all that can be said by it; the file system's id follows the effective one. */
static int set_uids(uint32_t r, uint32_t e, uint32_t s)
{
	struct cred *c = me();

	if (!capable() &&
	    !(one_of(r, c->uid, c->euid, c->suid) && one_of(e, c->uid, c->euid, c->suid) &&
	      one_of(s, c->uid, c->euid, c->suid)))
		return -EPERM;
	c->uid = r == KEEP ? c->uid : r;
	c->euid = e == KEEP ? c->euid : e;
	c->suid = s == KEEP ? c->suid : s;
	c->fsuid = c->euid;
	return 0;
}

static int set_gids(uint32_t r, uint32_t e, uint32_t s)
{
	struct cred *c = me();

	if (!capable() &&
	    !(one_of(r, c->gid, c->egid, c->sgid) && one_of(e, c->gid, c->egid, c->sgid) &&
	      one_of(s, c->gid, c->egid, c->sgid)))
		return -EPERM;
	c->gid = r == KEEP ? c->gid : r;
	c->egid = e == KEEP ? c->egid : e;
	c->sgid = s == KEEP ? c->sgid : s;
	c->fsgid = c->egid;
	return 0;
}

int32_t sys_setuid(const uint32_t a[6])
{
	return capable() ? set_uids(a[0], a[0], a[0]) : set_uids(KEEP, a[0], KEEP);
}

int32_t sys_setgid(const uint32_t a[6])
{
	return capable() ? set_gids(a[0], a[0], a[0]) : set_gids(KEEP, a[0], KEEP);
}

/* The saved id follows the new effective one when the real one is set or they differ. */
int32_t sys_setreuid(const uint32_t a[6])
{
	bool save = a[0] != KEEP || (a[1] != KEEP && a[1] != me()->uid);

	return set_uids(a[0], a[1], save ? (a[1] == KEEP ? me()->euid : a[1]) : KEEP);
}

int32_t sys_setregid(const uint32_t a[6])
{
	bool save = a[0] != KEEP || (a[1] != KEEP && a[1] != me()->gid);

	return set_gids(a[0], a[1], save ? (a[1] == KEEP ? me()->egid : a[1]) : KEEP);
}

int32_t sys_setresuid(const uint32_t a[6]) { return set_uids(a[0], a[1], a[2]); }
int32_t sys_setresgid(const uint32_t a[6]) { return set_gids(a[0], a[1], a[2]); }

static int32_t put3(const uint32_t a[6], uint32_t r, uint32_t e, uint32_t s)
{
	return put_user32(a[0], r) || put_user32(a[1], e) || put_user32(a[2], s) ? -EFAULT : 0;
}

int32_t sys_getresuid(const uint32_t a[6]) { return put3(a, me()->uid, me()->euid, me()->suid); }
int32_t sys_getresgid(const uint32_t a[6]) { return put3(a, me()->gid, me()->egid, me()->sgid); }

int32_t sys_setfsuid(const uint32_t a[6])
{
	uint32_t old = me()->fsuid;

	if (capable() || one_of(a[0], me()->uid, me()->euid, me()->suid))
		me()->fsuid = a[0] == KEEP ? old : a[0];
	return (int32_t)old;
}

int32_t sys_setfsgid(const uint32_t a[6])
{
	uint32_t old = me()->fsgid;

	if (capable() || one_of(a[0], me()->gid, me()->egid, me()->sgid))
		me()->fsgid = a[0] == KEEP ? old : a[0];
	return (int32_t)old;
}

int32_t sys_getgroups(const uint32_t a[6])
{
	const struct cred *c = me();

	if ((int32_t)a[0] < 0 || (a[0] && a[0] < c->ngroups))
		return -EINVAL;
	if (a[0] && copy_to_user(a[1], c->groups, c->ngroups * 4))
		return -EFAULT;
	return (int32_t)c->ngroups;
}

int32_t sys_setgroups(const uint32_t a[6])
{
	uint32_t g[NGROUPS];

	if (!capable())
		return -EPERM;
	if (a[0] > NGROUPS)
		return -EINVAL;
	if (copy_from_user(g, a[1], a[0] * 4))
		return -EFAULT;
	for (uint32_t i = 0; i < a[0]; i++)
		me()->groups[i] = g[i];
	me()->ngroups = a[0];
	return 0;
}

/* --- the first calls' 16-bit ids */

static uint32_t wide(uint32_t id) { return (id & 0xffff) == 0xffff ? KEEP : id & 0xffff; }

int32_t sys_setuid16(const uint32_t a[6]) { return sys_setuid((const uint32_t[6]){ wide(a[0]) }); }
int32_t sys_setgid16(const uint32_t a[6]) { return sys_setgid((const uint32_t[6]){ wide(a[0]) }); }

int32_t sys_setreuid16(const uint32_t a[6])
{
	return sys_setreuid((const uint32_t[6]){ wide(a[0]), wide(a[1]) });
}

int32_t sys_setregid16(const uint32_t a[6])
{
	return sys_setregid((const uint32_t[6]){ wide(a[0]), wide(a[1]) });
}

int32_t sys_setresuid16(const uint32_t a[6])
{
	return set_uids(wide(a[0]), wide(a[1]), wide(a[2]));
}
int32_t sys_setresgid16(const uint32_t a[6])
{
	return set_gids(wide(a[0]), wide(a[1]), wide(a[2]));
}

int32_t sys_getgroups16(const uint32_t a[6])
{
	const struct cred *c = me();
	uint16_t g[NGROUPS];

	if ((int32_t)a[0] < 0 || (a[0] && a[0] < c->ngroups))
		return -EINVAL;
	for (uint32_t i = 0; i < c->ngroups; i++)
		g[i] = c->groups[i] > 0xffff ? 65534 : (uint16_t)c->groups[i];
	if (a[0] && copy_to_user(a[1], g, c->ngroups * 2))
		return -EFAULT;
	return (int32_t)c->ngroups;
}

int32_t sys_setgroups16(const uint32_t a[6])
{
	uint16_t g[NGROUPS];

	if (!capable())
		return -EPERM;
	if (a[0] > NGROUPS)
		return -EINVAL;
	if (copy_from_user(g, a[1], a[0] * 2))
		return -EFAULT;
	for (uint32_t i = 0; i < a[0]; i++)
		me()->groups[i] = g[i];
	me()->ngroups = a[0];
	return 0;
}

static int put3_16(const uint32_t a[6], uint32_t r, uint32_t e, uint32_t s)
{
	uint16_t v[3] = { (uint16_t)r, (uint16_t)e, (uint16_t)s };

	for (int i = 0; i < 3; i++)
		if (copy_to_user(a[i], &v[i], 2))
			return -EFAULT;
	return 0;
}

int32_t sys_getresuid16(const uint32_t a[6])
{
	return put3_16(a, me()->uid, me()->euid, me()->suid);
}
int32_t sys_getresgid16(const uint32_t a[6])
{
	return put3_16(a, me()->gid, me()->egid, me()->sgid);
}

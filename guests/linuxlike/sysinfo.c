/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls about the system as a whole, and small ones about a process. */
#include "loop.h"
#include "lx_errno.h"
#include "mm.h"
#include "syscall.h"
#include "task_struct.h"
#include "uts.h"
#include "uts.h"
#include "vfs.h"
#include <string.h>
#include <tagma/hypercall.h>

#define REBOOT_MAGIC1 0xfee1deadu
#define REBOOT_RESTART 0x01234567u
#define REBOOT_RESTART2 0xa1b2c3d4u
#define REBOOT_HALT 0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_CAD_ON 0x89abcdefu
#define REBOOT_CAD_OFF 0u

char uts_nodename[65] = "tagma", uts_domainname[65] = "(none)";

int32_t sys_uname(const uint32_t a[6])
{
	struct utsname_abi u;

	memset(&u, 0, sizeof(u));
	strlcpy(u.sysname, UTS_SYSNAME, sizeof(u.sysname));
	memcpy(u.nodename, uts_nodename, sizeof(u.nodename));
	strlcpy(u.release, UTS_RELEASE, sizeof(u.release));
	strlcpy(u.version, UTS_VERSION, sizeof(u.version));
	strlcpy(u.machine, ARCH_MACHINE, sizeof(u.machine));
	memcpy(u.domain, uts_domainname, sizeof(u.domain));
	return copy_to_user(a[0], &u, sizeof(u));
}

static int32_t set_name(char name[65], const uint32_t a[6])
{
	char n[65] = "";

	if (!capable())
		return -EPERM;
	if (a[1] > 64)
		return -EINVAL;
	if (copy_from_user(n, a[0], a[1]))
		return -EFAULT;
	memcpy(name, n, sizeof(n));
	return 0;
}

int32_t sys_sethostname(const uint32_t a[6]) { return set_name(uts_nodename, a); }
int32_t sys_setdomainname(const uint32_t a[6]) { return set_name(uts_domainname, a); }

int32_t sys_sysinfo(const uint32_t a[6])
{
	struct sysinfo_abi s;

	memset(&s, 0, sizeof(s));
	s.uptime = (int32_t)(time_ns() / 1000000000);
	load_average(s.loads);
	s.totalram = page_count_total() * PAGE_SIZE;
	s.freeram = page_count_free() * PAGE_SIZE;
	s.procs = (uint16_t)task_count();
	s.mem_unit = 1;
	return copy_to_user(a[0], &s, sizeof(s));
}

/* The pool is ready from the start, so the flags make no difference. */
int32_t sys_getrandom(const uint32_t a[6])
{
	uint8_t buf[256];
	uint32_t done = 0, len = a[1] > 0x2000000 ? 0x2000000 : a[1];

	if (a[2] & ~7u)
		return -EINVAL;
	while (done < len) {
		uint32_t n = len - done < sizeof(buf) ? len - done : sizeof(buf);

		random_bytes(buf, n);
		if (copy_to_user(a[0] + done, buf, n))
			return done ? (int32_t)done : -EFAULT;
		done += n;
	}
	return (int32_t)done;
}

int32_t sys_reboot(const uint32_t a[6])
{
	static const uint32_t magic2[] = { 672274793, 85072278, 369367448, 537993216 };
	bool ok = false;

	for (size_t i = 0; i < 4; i++)
		ok |= a[1] == magic2[i];
	if (!capable())
		return -EPERM;
	if (a[0] != REBOOT_MAGIC1 || !ok)
		return -EINVAL;
	switch (a[2]) {
	case REBOOT_RESTART:
	case REBOOT_RESTART2:
		guest_shutdown(SHUTDOWN_reboot);
	case REBOOT_HALT:
	case REBOOT_POWER_OFF:
		guest_shutdown(SHUTDOWN_poweroff);
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		return 0;
	}
	return -EINVAL;
}

int32_t sys_personality(const uint32_t a[6])
{
	uint32_t old = current->process->personality;

	if (a[0] != 0xffffffffu)
		current->process->personality = a[0];
	return (int32_t)old;
}

/* --- prctl */

enum {
	PR_SET_PDEATHSIG = 1,
	PR_GET_PDEATHSIG,
	PR_GET_DUMPABLE,
	PR_SET_DUMPABLE,
	PR_SET_NAME = 15,
	PR_GET_NAME,
	PR_GET_SECCOMP = 21,
	PR_CAPBSET_READ = 23,
	PR_SET_CHILD_SUBREAPER = 36,
	PR_GET_CHILD_SUBREAPER,
	PR_SET_NO_NEW_PRIVS,
	PR_GET_NO_NEW_PRIVS,
};

static int32_t prctl_name(const uint32_t a[6])
{
	char name[COMM_LEN];
	int len;

	if (a[0] == PR_GET_NAME)
		return copy_to_user(a[1], current->comm, COMM_LEN);
	len = mm_strnlen(current->mm, a[1], COMM_LEN - 1);
	if (len < 0)
		return len;
	len = len > COMM_LEN - 1 ? COMM_LEN - 1 : len;
	memset(name, 0, sizeof(name));
	if (copy_from_user(name, a[1], (size_t)len))
		return -EFAULT;
	memcpy(current->comm, name, COMM_LEN);
	return 0;
}

int32_t sys_prctl(const uint32_t a[6])
{
	struct process *p = current->process;

	switch (a[0]) {
	case PR_SET_PDEATHSIG:
		if (a[1] > NSIG)
			return -EINVAL;
		current->pdeathsig = a[1];
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user32(a[1], current->pdeathsig);
	case PR_GET_DUMPABLE:
		return p->dumpable;
	case PR_SET_DUMPABLE:
		if (a[1] > 1)
			return -EINVAL;
		p->dumpable = (int32_t)a[1];
		return 0;
	case PR_SET_NAME:
	case PR_GET_NAME:
		return prctl_name(a);
	case PR_GET_SECCOMP:
		return 0;
	case PR_CAPBSET_READ:
		return a[1] <= 40 ? 1 : -EINVAL;
	case PR_SET_CHILD_SUBREAPER:
		p->child_subreaper = a[1] != 0;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user32(a[1], (uint32_t)p->child_subreaper);
	case PR_SET_NO_NEW_PRIVS: /* no program gains any by exec here */
		return a[1] == 1 ? 0 : -EINVAL;
	case PR_GET_NO_NEW_PRIVS:
		return 0;
	}
	return -EINVAL;
}

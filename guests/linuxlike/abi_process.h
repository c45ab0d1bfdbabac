/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts of i386 Linux that the process half passes to and from user memory. */
#ifndef LX_ABI_PROCESS_H
#define LX_ABI_PROCESS_H

#include "linux_abi.h"

/* --- clone() */
#define CSIGNAL 0xffu
#define CLONE_VM 0x100u
#define CLONE_FS 0x200u
#define CLONE_FILES 0x400u
#define CLONE_SIGHAND 0x800u
#define CLONE_VFORK 0x4000u
#define CLONE_PARENT 0x8000u
#define CLONE_THREAD 0x10000u
#define CLONE_SYSVSEM 0x40000u
#define CLONE_SETTLS 0x80000u
#define CLONE_PARENT_SETTID 0x100000u
#define CLONE_CHILD_CLEARTID 0x200000u
#define CLONE_DETACHED 0x400000u
#define CLONE_UNTRACED 0x800000u
#define CLONE_CHILD_SETTID 0x1000000u
#define CLONE_IO 0x80000000u

struct clone_args_abi {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/* --- wait() */
#define WNOHANG 1u
#define WUNTRACED 2u
#define WSTOPPED 2u
#define WEXITED 4u
#define WCONTINUED 8u
#define WNOWAIT 0x01000000u
#define WNOTHREAD 0x20000000u
#define WALL 0x40000000u
#define WCLONE 0x80000000u
#define P_ALL 0u
#define P_PID 1u
#define P_PGID 2u

/* --- time */
struct timespec32_abi {
	int32_t sec, nsec;
};
struct timespec64_abi {
	int64_t sec;
	int32_t nsec, pad;
};
struct timeval32_abi {
	int32_t sec, usec;
};
struct itimerval_abi {
	struct timeval32_abi interval, value;
};
struct tms_abi {
	uint32_t utime, stime, cutime, cstime;
};
#define USER_HZ 100u

/* --- memory */
#define PROT_READ 1u
#define PROT_WRITE 2u
#define PROT_EXEC 4u
#define PROT_GROWSDOWN 0x01000000u
#define MAP_SHARED 1u
#define MAP_PRIVATE 2u
#define MAP_SHARED_VALIDATE 3u
#define MAP_TYPE 15u
#define MAP_FIXED 0x10u
#define MAP_ANONYMOUS 0x20u
#define MAP_GROWSDOWN 0x100u
#define MAP_FIXED_NOREPLACE 0x100000u
#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED 2u
#define MADV_DONTNEED 4u

/* --- resources */
#define RLIMIT_CPU 0
#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_CORE 4
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define RLIMIT_MEMLOCK 8
#define RLIMIT_AS 9
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE 12
#define RLIMIT_NICE 13
#define RLIMIT_RTPRIO 14
#define RLIM_NLIMITS 16
#define RLIM64_INFINITY (~0ull)
#define RLIM32_INFINITY 0xffffffffu
struct rlimit32_abi {
	uint32_t cur, max;
};
struct rlimit64_abi {
	uint64_t cur, max;
};

struct rusage_abi {
	struct timeval32_abi utime, stime;
	int32_t maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd,
		msgrcv, nsignals, nvcsw, nivcsw;
};
_Static_assert(sizeof(struct rusage_abi) == 72, "struct rusage of i386");

struct sysinfo_abi {
	int32_t uptime;
	uint32_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	uint16_t procs, pad;
	uint32_t totalhigh, freehigh, mem_unit;
	char rest[8];
};
_Static_assert(sizeof(struct sysinfo_abi) == 64, "struct sysinfo of i386");

struct utsname_abi {
	char sysname[65], nodename[65], release[65], version[65], machine[65], domain[65];
};

/* --- signals */
typedef uint64_t ksigset_t;

struct sigaction_abi {
	uint32_t handler, flags, restorer;
	uint32_t mask[2];
};
struct old_sigaction_abi {
	uint32_t handler, mask, flags, restorer;
};
struct altstack_abi {
	uint32_t sp;
	int32_t flags;
	uint32_t size;
};
#define SS_ONSTACK 1
#define SS_DISABLE 2
#define SS_AUTODISARM ((int32_t)0x80000000)
#define MINSIGSTKSZ 2048u

#define SA_NOCLDSTOP 1u
#define SA_NOCLDWAIT 2u
#define SA_SIGINFO 4u
#define SA_RESTORER 0x04000000u
#define SA_ONSTACK 0x08000000u
#define SA_RESTART 0x10000000u
#define SA_NODEFER 0x40000000u
#define SA_RESETHAND 0x80000000u
#define SIG_DFL 0u
#define SIG_IGN 1u

/* siginfo_t: the union's members that the server fills, by offset. */
struct siginfo_abi {
	int32_t signo, err, code;
	union {
		struct {
			int32_t pid;
			uint32_t uid;
			uint32_t value;
		} rt;
		struct {
			int32_t pid;
			uint32_t uid;
			int32_t status;
			int32_t utime, stime;
		} child;
		struct {
			uint32_t addr;
		} fault;
		uint32_t pad[29];
	};
};
_Static_assert(sizeof(struct siginfo_abi) == 128, "siginfo_t");

#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_TKILL (-6)
#define SI_TIMER (-2)
#define ILL_ILLOPN 2
#define FPE_INTDIV 1
#define FPE_INTOVF 2
#define FPE_FLTDIV 3
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define TRAP_BRKPT 1
#define TRAP_TRACE 2
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

/* --- futex */
#define FUTEX_WAIT 0u
#define FUTEX_WAKE 1u
#define FUTEX_REQUEUE 3u
#define FUTEX_CMP_REQUEUE 4u
#define FUTEX_WAKE_OP 5u
#define FUTEX_WAIT_BITSET 9u
#define FUTEX_WAKE_BITSET 10u
#define FUTEX_PRIVATE 128u
#define FUTEX_CLOCK_REALTIME 256u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_WAITERS 0x80000000u
#define FUTEX_TID_MASK 0x3fffffffu
struct robust_head_abi {
	uint32_t next;
	int32_t offset;
	uint32_t pending;
};

#endif

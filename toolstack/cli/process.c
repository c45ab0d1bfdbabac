/* SPDX-License-Identifier: GPL-2.0-only */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/process.h"

/* Field 22 of /proc/PID/stat, counted behind the name, which may hold anything;
 * field 3 is the state: a zombie runs no more. */
static uint64_t start_time(pid_t pid)
{
	char path[64], buf[1024], state;
	unsigned long long start = 0;
	size_t n;
	FILE *f;
	char *p;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	p = strrchr(buf, ')');
	if (!p ||
	    sscanf(p + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
		   "%*d %*d %*d %llu",
		   &state, &start) != 2 ||
	    state == 'Z')
		return 0;
	return start;
}

struct process process_of(pid_t pid) { return (struct process){ pid, start_time(pid) }; }

bool process_alive(struct process p)
{
	return p.pid > 0 && p.start && start_time(p.pid) == p.start;
}

bool process_signal(struct process p, int sig)
{
	int fd, ret;

	if (p.pid <= 0 || !p.start)
		return false;
	/* The descriptor holds the process; only then is its start time worth comparing. */
	fd = (int)syscall(SYS_pidfd_open, p.pid, 0);
	if (fd < 0)
		return false;
	ret = start_time(p.pid) == p.start ? (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0)
					   : -1;
	close(fd);
	return ret == 0;
}

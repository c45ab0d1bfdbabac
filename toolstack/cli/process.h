/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes named by pid and start time: a recycled pid is somebody else. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	uint64_t start; /* clock ticks after the host's boot; 0: none */
};

struct process process_of(pid_t pid); /* start is 0 if there is none such */
bool process_alive(struct process p);
/* False if it is gone, or if we may not. */
bool process_signal(struct process p, int sig);

#endif

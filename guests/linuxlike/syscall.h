/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LX_SYSCALL_H
#define LX_SYSCALL_H

#include "linux_abi.h"

typedef int32_t syscall_fn(const uint32_t a[6]);

#define SYSCALL(nr, name, handler) syscall_fn handler;
#include "syscalls.def"
#undef SYSCALL

void syscall_handle(void); /* current's registers hold one */
const char *syscall_name(uint32_t nr);

/* A restartable result is in the registers and no signal handler ran: begin again. */
void syscall_finish(void);
/* A handler will run: what the interrupted call returns, or begins again after it. */
void syscall_interrupted(uint32_t sa_flags);

#endif

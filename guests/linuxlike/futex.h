/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LX_FUTEX_H
#define LX_FUTEX_H

#include "linux_abi.h"

struct task;

/* Private: the mm and the address. Shared: the server's page, which all who map it share. */
struct futex_key {
	const void *object;
	uint32_t offset;
};

int futex_wake_addr(uptr_t addr, uint32_t n); /* in current's mm; count */
void futex_forget(struct task *t);	      /* it goes away */
void robust_list_exit(struct task *t);

#endif

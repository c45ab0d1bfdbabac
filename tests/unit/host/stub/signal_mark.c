/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/signal.h>
#include <xen/errno.h>

int signal_mark(struct space *s, vpn_t vpn, struct thread *t)
{
	(void)s;
	(void)vpn;
	(void)t;
	return -XEN_ENOSYS;
}

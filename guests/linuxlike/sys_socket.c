/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets: this server knows no address family, and no descriptor of its is a socket. */
#include "fs.h"

#define CALL_SOCKET 1
#define CALL_SOCKETPAIR 8
#define CALL_LAST 20

int32_t sys_socket(const uint32_t a[6])
{
	(void)a;
	return -EAFNOSUPPORT;
}

/* The one call that i386 had for all of them: a number, and the arguments in memory. */
int32_t sys_socketcall(const uint32_t a[6])
{
	struct file *f;
	uint32_t fd;

	if (a[0] < CALL_SOCKET || a[0] > CALL_LAST)
		return -EINVAL;
	if (copy_from_user(&fd, a[1], sizeof(fd)))
		return -EFAULT;
	if (a[0] == CALL_SOCKET || a[0] == CALL_SOCKETPAIR)
		return -EAFNOSUPPORT;
	f = fd_get((int)fd);
	if (!f)
		return -EBADF;
	file_put(f);
	return -ENOTSOCK;
}

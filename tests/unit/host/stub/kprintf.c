/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/console.h>
#include <stdio.h>

int kprintf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfprintf(stderr, fmt, ap);
	va_end(ap);
	return n;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's own log: a ring that `tagma dmesg` reads, and the UART. */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include <stdarg.h>
#include <hv/types.h>

void console_init(void);
void console_write(const char *s, size_t len);
/* %d %i %u %x %X %p %s %c %%, with l, ll, z, width, precision, - and 0. */
int kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int ksnprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Copy the ring from *pos on; *pos moves. Returns bytes; what was overwritten is skipped. */
size_t console_read(uint64_t *pos, char *buf, size_t len);

long hc_console_io(struct thread *t, uint32_t cmd, uint32_t count, gva_t buf);

#endif

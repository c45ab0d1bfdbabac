/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's own log: a ring that `tagma dmesg` reads, and the UART. */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include <stdarg.h>
#include <hv/types.h>

void console_init(void); /* after option_init */
void console_write(const char *s, size_t len);
/* %d %u %x %p %s %c %%, with l, ll, a width, 0 to fill it; a precision of %s. */
int kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int ksnprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Copy the ring from *pos on; *pos moves. Returns bytes; what was overwritten is skipped. */
size_t console_read(uint64_t *pos, char *buf, size_t len);
uint64_t console_written(void); /* bytes ever */

/* A guest's lines on their way to the log: buffered, so that domains do not mix within a
 * line, and limited in rate, so that none floods the log. Embedded in struct domain. */
struct guest_log {
	char line[120];
	uint32_t len;
	uint32_t tokens;   /* lines it may write now */
	uint64_t refilled; /* ns */
	uint32_t dropped;
};
void console_guest_init(struct domain *d);
void console_guest_flush(struct domain *d);

long hc_console_io(struct thread *t, uint32_t cmd, uint32_t count, gva_t buf);

#endif

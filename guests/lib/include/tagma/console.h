/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The domain's console (Xen's ring; srm at the other end), and the hypervisor's log.
 * printf() and puts() (<stdio.h>) go to the domain's console, or, in a domain that has
 * none, to the log.
 */
#ifndef TAGMA_CONSOLE_H
#define TAGMA_CONSOLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <tagma/arch.h>

void console_init(const struct start_info *si);
bool console_present(void);

/* Without waiting: bytes that the ring took. Call console_notify() when done. */
size_t console_put(const char *buf, size_t len);
size_t console_room(void);
/* Without waiting: bytes read. */
size_t console_get(char *buf, size_t len);
bool console_readable(void);
/* Tell the other end that the ring changed. */
void console_notify(void);

/* All of it, as it is; waits (SCHEDOP_poll) while the ring is full. */
void console_write(const char *buf, size_t len);
/* With \n as \r\n, for people; what printf uses. */
void console_print(const char *buf, size_t len);

/* Called from event_dispatch() when there is input, or room again. */
void console_set_handler(void (*fn)(void *arg), void *arg);

/* The hypervisor's log: emergency lines. */
void hv_write(const char *buf, size_t len);
int hv_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int hv_vprintf(const char *fmt, va_list ap);

#endif

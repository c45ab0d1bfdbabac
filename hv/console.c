/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/guest.h>
#include <hv/thread.h>
#include <string.h>
#include <xen/xen.h>

#define RING_SIZE 32768u /* power of two */
#define WRITE_MAX 1024u	 /* bytes per CONSOLEIO_write: a slow UART must not hold the machine up */

/* A guest may fill no more than its share of the ring and of the UART's time. */
#define RATE_BURST 256u /* lines */
#define RATE_PER_SEC 64u

static char ring[RING_SIZE];
static uint64_t written; /* bytes ever; the ring holds the last RING_SIZE of them */
static bool uart = true;

void console_init(void)
{
	char buf[16];

	/* "console=none" keeps the UART for a guest; the ring goes on. */
	uart = !boot_option("console", buf, sizeof(buf)) || strcmp(buf, "none");
}

void console_write(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		ring[written++ % RING_SIZE] = s[i];
		if (!uart)
			continue;
		if (s[i] == '\n')
			arch_console_putc('\r');
		arch_console_putc(s[i]);
	}
}

size_t console_read(uint64_t *pos, char *buf, size_t len)
{
	uint64_t oldest = written > RING_SIZE ? written - RING_SIZE : 0;
	size_t n = 0;

	*pos = MIN(MAX(*pos, oldest), written);
	for (; n < len && *pos < written; n++)
		buf[n] = ring[(*pos)++ % RING_SIZE];
	return n;
}

uint64_t console_written(void) { return written; }

/* One token a line, refilled with time. */
static bool guest_may_log(struct domain *d)
{
	struct guest_log *log = &d->log;
	uint64_t now = time_ns(), due = (now - log->refilled) / (NSEC_PER_SEC / RATE_PER_SEC);

	if (due) {
		log->tokens = (uint32_t)MIN(log->tokens + due, (uint64_t)RATE_BURST);
		log->refilled = now;
	}
	if (!log->tokens && !d->control) {
		log->dropped++;
		return false;
	}
	if (log->tokens)
		log->tokens--;
	if (log->dropped)
		kprintf("(d%u) ... %u lines dropped\n", d->domid, log->dropped);
	log->dropped = 0;
	return true;
}

void console_guest_init(struct domain *d)
{
	d->log = (struct guest_log){ .tokens = RATE_BURST, .refilled = time_ns() };
}

void console_guest_flush(struct domain *d)
{
	struct guest_log *log = &d->log;

	if (log->len && guest_may_log(d))
		kprintf("(d%u) %.*s\n", d->domid, (int)log->len, log->line);
	log->len = 0;
}

static void guest_putc(struct domain *d, char c)
{
	struct guest_log *log = &d->log;

	if (c == '\n') {
		/* An empty line is a line too. */
		if (!log->len)
			log->line[log->len++] = ' ';
		console_guest_flush(d);
		return;
	}
	if (c == '\r')
		return;
	/* No escape sequences: the log is shown on somebody's terminal. */
	log->line[log->len++] = (c >= ' ' && c <= '~') || c == '\t' ? c : '?';
	if (log->len == sizeof(log->line))
		console_guest_flush(d);
}

long hc_console_io(struct thread *t, uint32_t cmd, uint32_t count, gva_t buf)
{
	char chunk[128];

	if (cmd != CONSOLEIO_write)
		return -XEN_ENOSYS;
	if (count > WRITE_MAX)
		return -XEN_E2BIG;
	while (count) {
		uint32_t n = MIN(count, (uint32_t)sizeof(chunk));

		if (copy_from_guest(t->space, chunk, buf, n, NULL))
			return -XEN_EFAULT;
		for (uint32_t i = 0; i < n; i++)
			guest_putc(t->domain, chunk[i]);
		buf.a += n;
		count -= n;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The domain's console ring, and the hypervisor's log. */
#include <stdio.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <xen/io/console.h>

static volatile struct xencons_interface *ring;
static uint32_t console_port;
static struct {
	void (*fn)(void *arg);
	void *arg;
} handler;

static void console_event(void *arg, uint32_t port)
{
	(void)arg;
	(void)port;
	if (handler.fn)
		handler.fn(handler.arg);
}

void console_init(const struct start_info *si)
{
	if (!si->console.domU.mfn || (si->flags & SIF_INITDOMAIN))
		return;
	ring = (volatile struct xencons_interface *)(si->console.domU.mfn << PAGE_SHIFT);
	console_port = si->console.domU.evtchn;
	if (event_set_handler(console_port, console_event, 0) >= 0)
		event_unmask(console_port);
}

bool console_present(void) { return ring != 0; }

/* Free bytes; the other end is trusted to count no further than we do. */
size_t console_room(void)
{
	size_t used = ring ? ring->out_prod - ring->out_cons : sizeof(ring->out);

	return used < sizeof(ring->out) ? sizeof(ring->out) - used : 0;
}

size_t console_put(const char *buf, size_t len)
{
	size_t room = console_room(), n = len < room ? len : room;
	XENCONS_RING_IDX prod;

	if (!n)
		return 0;
	prod = ring->out_prod;
	for (size_t i = 0; i < n; i++)
		ring->out[MASK_XENCONS_IDX(prod++, ring->out)] = buf[i];
	arch_barrier();
	ring->out_prod = prod;
	return n;
}

bool console_readable(void) { return ring && ring->in_prod != ring->in_cons; }

size_t console_get(char *buf, size_t len)
{
	XENCONS_RING_IDX cons;
	size_t n;

	if (!ring)
		return 0;
	cons = ring->in_cons;
	n = ring->in_prod - cons;
	arch_barrier();
	n = n < len ? n : len;
	for (size_t i = 0; i < n; i++)
		buf[i] = ring->in[MASK_XENCONS_IDX(cons++, ring->in)];
	arch_barrier();
	ring->in_cons = cons;
	return n;
}

void console_notify(void)
{
	if (ring)
		event_send(console_port);
}

void console_write(const char *buf, size_t len)
{
	bool taken = false;

	if (!ring) {
		hv_write(buf, len);
		return;
	}
	while (len) {
		size_t n = console_put(buf, len);

		buf += n;
		len -= n;
		console_notify();
		while (len && !console_room()) {
			event_poll(console_port, 0);
			taken |= event_test_clear(console_port);
		}
	}
	/* The event may also have meant input: give it back to whoever dispatches. */
	if (taken)
		event_raise(console_port);
}

void console_print(const char *buf, size_t len)
{
	while (len) {
		const char *nl = memchr(buf, '\n', len);
		size_t n = nl ? (size_t)(nl - buf) : len;

		console_write(buf, n);
		if (nl) {
			console_write(ring ? "\r\n" : "\n", ring ? 2 : 1);
			n++;
		}
		buf += n;
		len -= n;
	}
}

void console_set_handler(void (*fn)(void *arg), void *arg)
{
	handler.fn = fn;
	handler.arg = arg;
}

void hv_write(const char *buf, size_t len)
{
	while (len) {
		uint32_t n = len < 256 ? (uint32_t)len : 256;

		if (HYPERVISOR_console_io(CONSOLEIO_write, n, buf) < 0)
			return;
		buf += n;
		len -= n;
	}
}

int hv_vprintf(const char *fmt, va_list ap)
{
	char line[256];
	int n = vsnprintf(line, sizeof(line), fmt, ap);

	hv_write(line, strlen(line));
	return n;
}

int hv_printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = hv_vprintf(fmt, ap);
	va_end(ap);
	return n;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tagma/console.h>
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/start.h>
#include <tagma/time.h>
#include <tagma/upcall.h>

#include "srm/srm.h"
#include "srm/uart.h"

#define COM2_PORT 0x2f8u
#define COM2_IRQ 3u
#define UART_TURNS 8 /* before the domains get theirs */
#define TICK_NS (100 * NS_PER_MS)

static uint64_t wake = ~0ull; /* somebody waits for that time */

uint64_t now_ns(void) { return time_ns(); }

void need_time(uint64_t ns)
{
	if (ns < wake)
		wake = ns;
}

void need_tick(void) { need_time(now_ns() + TICK_NS); }

void log_line(const char *fmt, ...)
{
	struct proto_event ev = { .kind = PROTO_EV_LOG };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ev.text, sizeof(ev.text), fmt, ap);
	va_end(ap);
	hv_printf("srm: %s\n", ev.text);
	rpc_event(&ev);
}

static void init_events(void)
{
	int port = event_bind_virq(VIRQ_TIMER, 0, 0);

	if (port < 0)
		log_line("no timer: error %d", -port);
	else
		event_unmask((uint32_t)port);
	domains_init();
	swap_init();
	event_enable();
}

static void init_line(void)
{
	int err = uart_init(COM2_PORT, COM2_IRQ);

	if (err)
		log_line("no control line at port 0x%x: %s", COM2_PORT, strerror(err));
}

/*
 * Wait for the next message, or only look when there is work left. An interrupt is
 * unmasked at once and before the device is served: it is an edge, and one that
 * came while it was masked would be lost.
 */
static void wait(bool busy)
{
	struct ipc m = { .tag = busy ? TAGMA_T_RCV_ZERO : 0 };

	if (!busy && wake != ~0ull)
		time_set_timer(wake);
	wake = ~0ull; /* who still waits says so again */
	if (ipc_receive(&m, TAGMA_ANY))
		return;
	if (ipc_is_kernel(&m, TAGMA_K_EVENT)) {
		event_dispatch();
	} else if (ipc_is_kernel(&m, TAGMA_K_IRQ)) {
		struct ipc unmask = { 0 };

		ipc_send(&unmask, m.sender);
	}
}

void guest_main(struct start_info *si)
{
	trap_init(0);
	image_init();
	init_line();
	init_events();
	if (si->mod_len)
		boot_domains((const void *)si->mod_start, si->mod_len);
	log_line("ready");
	for (;;) {
		unsigned int turns = 0;
		bool busy;

		while (uart_service(line_received) && ++turns < UART_TURNS)
			;
		busy = domains_work();
		wait(busy || turns == UART_TURNS);
	}
}

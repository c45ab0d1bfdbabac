/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: from this domain to itself, by upcall and by message, and to another. */
#include <tagma/event.h>
#include <tagma/hypercall.h>
#include <tagma/ipc.h>
#include <tagma/start.h>
#include <tagma/upcall.h>
#include "bench.h"

static struct series *whole, *entry;
static volatile uint64_t entered;
static struct evtchn_send send_op;
static int ports[2]; /* what is sent to one makes the other pending */

static void received(void *arg, uint32_t port)
{
	(void)arg;
	(void)port;
}

static void channel_open(void)
{
	ports[0] = event_alloc_unbound(DOMID_SELF, received, 0);
	ports[1] = ports[0] < 0
			   ? -1
			   : event_bind_interdomain(DOMID_SELF, (uint32_t)ports[0], received, 0);
	if (ports[1] < 0) {
		bench_fail("an event channel", ports[1]);
		return;
	}
	send_op.port = (uint32_t)ports[1];
	event_unmask((uint32_t)ports[0]);
}

static void channel_close(void)
{
	event_close((uint32_t)ports[1]);
	event_close((uint32_t)ports[0]);
}

static void send(struct stamp *s)
{
	stamp_hypercall(s, __HYPERVISOR_event_channel_op, EVTCHNOP_send, stamp_ptr(&send_op), 0);
	if (s->a)
		bench_fail("send of an event", (int)s->a);
}

/* --- upcall: on the way out of the call that sends */
static void upcall(struct tagma_frame *f)
{
	(void)f;
	entered = arch_cycles();
	event_dispatch();
}

static void send_to_self(const struct bench_case *c)
{
	static struct stamp st;

	(void)c;
	entered = 0;
	count_on();
	send(&st);
	count_off();
	if (!entered)
		bench_fail("no upcall came", 0);
	series_add(entry, st.t0, entered);
	series_add(whole, st.t0, st.t1);
}

static void run_upcall(const struct bench_case *c)
{
	uint32_t n = bench_iterations();
	int err = upcall_init(upcall, 0);

	if (err)
		bench_fail("upcall entry", err);
	channel_open();
	entry = series_open(c->name, "");
	whole = series_open(c->name, "round_trip");
	event_enable();
	bench_loop(send_to_self, c, n);
	event_disable();
	series_close(whole, n);
	series_close(entry, n);
	channel_close();
	trap_init(0); /* no upcalls any more */
}

/* --- message: a lower thread sends, this one waits */
static void sender(void *arg)
{
	(void)arg;
	for (;;)
		send(&client.stamp);
}

static void wait_for_event(const struct bench_case *c)
{
	static struct stamp st;

	(void)c;
	count_on();
	stamp_ipc(&st, 0, TAGMA_NIL, TAGMA_ANY);
	count_off();
	if (stamp_failed(&st) || st.arg[0] != TAGMA_EVENT_ID)
		bench_fail("an event's message", (int)st.a);
	event_dispatch();
	series_add(entry, client.stamp.t0, st.t1);
}

static void run_message(const struct bench_case *c)
{
	const struct party_how how = { .place = c->client, .prio = self_prio() - 1 };
	uint32_t n = bench_iterations();

	channel_open();
	entry = series_open(c->name, "");
	party_start(&client, &how, sender, 0);
	event_enable();
	bench_loop(wait_for_event, c, n);
	event_disable();
	party_stop(&client);
	series_close(entry, n);
	channel_close();
}

/* --- another domain: it waits, and sends each event back */
#define ECHO_PORTS 32u

static void send_back(void *arg, uint32_t port)
{
	(void)arg;
	event_send(port);
}

_Noreturn void bench_echo(uint32_t domid)
{
	int port = event_alloc_unbound(domid, send_back, 0);

	if (port >= 0)
		event_unmask((uint32_t)port);
	for (;;) {
		event_wait();
		event_dispatch();
	}
}

/* From the send to the return from the wait for the answer. */
static void ask(const struct bench_case *c)
{
	static struct stamp there, back;

	(void)c;
	count_on();
	send(&there);
	stamp_hypercall(&back, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0);
	count_off();
	if (!event_dispatch())
		bench_fail("no answer from the other domain", 0);
	series_add2(whole, there.t0, there.t1, back.t0, back.t1);
}

/* Its port is the one of the first that lets us in. */
static void run_interdomain(const struct bench_case *c)
{
	uint32_t domid = (uint32_t)guest_option_u64("echo", DOMID_SELF), n = bench_iterations();
	int port = -1;

	for (uint32_t remote = 1; port < 0 && remote < ECHO_PORTS; remote++)
		port = event_bind_interdomain(domid, remote, received, 0);
	if (port < 0) {
		bench_fail("no channel to the other domain", port);
		return;
	}
	send_op.port = (uint32_t)port;
	event_unmask((uint32_t)port);
	whole = series_open(c->name, "");
	bench_loop(ask, c, n);
	event_disable();
	series_close(whole, n);
	event_close((uint32_t)port);
}

const struct bench_case event_cases[] = {
	{ .name = "event.upcall", .run = run_upcall },
	{ .name = "event.ipc", .run = run_message },
	{ .name = "event.interdomain.round_trip", .run = run_interdomain },
	{ 0 },
};

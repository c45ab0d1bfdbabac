/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking a domain to end, through its control page; the answer may take a while. */
#include <errno.h>
#include <stdio.h>
#include <tagma/arch.h>
#include <tagma/event.h>

#include "srm/srm.h"

#define ANSWER_NS (5000 * NS_PER_MS)

static void shutdown_answer(struct dom *d, int err, const char *what)
{
	char text[PROTO_ERROR];

	if (!d->shutdown.rpc_id)
		return;
	snprintf(text, sizeof(text), "domain %s: shutdown: %s", d->cfg.c.name, what);
	rpc_reply(d->shutdown.rpc_id, d->shutdown.op, err, text);
	d->shutdown.rpc_id = 0;
}

int shutdown_request(struct dom *d, const struct proto_shutdown *s, uint32_t rpc_id, uint16_t op)
{
	uint32_t what = s->reboot ? TAGMA_CONTROL_REBOOT : TAGMA_CONTROL_POWEROFF;

	if (d->paused || d->ended)
		return d->paused ? -EBUSY : -EINVAL;
	shutdown_answer(d, -EBUSY, "overtaken by another request");
	d->shutdown.rpc_id = rpc_id;
	d->shutdown.op = op;
	d->shutdown.deadline = now_ns() + ANSWER_NS;
	d->shutdown.request = TAGMA_CONTROL_REQUEST(what, ++d->request_seq);
	d->control->request = d->shutdown.request;
	arch_barrier();
	event_send(d->control_port);
	return 0;
}

void shutdown_check(struct dom *d)
{
	uint32_t ack;

	if (!d->shutdown.rpc_id)
		return;
	ack = d->control->ack;
	if (ack == d->shutdown.request)
		shutdown_answer(d, 0, "accepted");
	else if (ack == (d->shutdown.request | TAGMA_CONTROL_REFUSED))
		shutdown_answer(d, -EACCES, "the guest refused");
	else if (now_ns() > d->shutdown.deadline)
		shutdown_answer(d, -ETIMEDOUT, "the guest does not answer");
	else
		need_tick();
}

void shutdown_ended(struct dom *d) { shutdown_answer(d, 0, "the domain has ended"); }

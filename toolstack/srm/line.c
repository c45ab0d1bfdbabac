/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of the control line: who gets what comes, and one queue for what goes. */
#include "srm/srm.h"
#include "srm/uart.h"

/* Bulk data leaves this much of the queue to replies. */
#define BULK_ROOM (6 * PROTO_MAX_FRAME)

static struct proto_rx rx;
static uint16_t tx_seq;

const struct proto_rx *line_rx(void) { return &rx; }

static void frame_received(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	(void)arg;
	if (channel == PROTO_CH_RPC)
		rpc_frame(payload, len);
	else if (channel == PROTO_CH_UPLOAD)
		upload_frame(payload, len);
	else if (channel >= PROTO_CH_CONSOLE)
		con_frame(channel - PROTO_CH_CONSOLE, payload, len);
}

void line_received(const uint8_t *data, size_t len)
{
	proto_rx_feed(&rx, data, len, frame_received, 0);
}

bool line_send(uint16_t channel, const void *payload, size_t len)
{
	static uint8_t frame[PROTO_MAX_FRAME];
	size_t n;

	if (uart_room() < PROTO_HEADER + len)
		return false;
	n = proto_frame(frame, channel, tx_seq++, payload, len);
	return uart_send(frame, n);
}

bool line_idle(void) { return uart_room() >= BULK_ROOM; }

/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as they may come from the control line: frames of them, and every message in those. */
#include <string.h>

#include "lib/proto.h"

#define READ(type, fn)                                     \
	do {                                               \
		static struct type m;                      \
		struct pbuf b = pbuf_reader(payload, len); \
		fn(&b, &m);                                \
	} while (0)

static void frame_got(void *arg, uint16_t channel, const uint8_t *payload, size_t len)
{
	(void)arg;
	(void)channel;
	READ(proto_rpc, proto_rpc);
	READ(proto_stream, proto_stream);
	READ(proto_list, proto_list);
	READ(proto_create, proto_create);
	READ(proto_sysinfo, proto_sysinfo);
	READ(proto_counters, proto_counters);
	READ(proto_text, proto_text);
	READ(proto_vcpus, proto_vcpus);
	READ(proto_upload, proto_upload);
	READ(proto_event, proto_event);
	READ(proto_attach, proto_attach);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct proto_rx rx;
	static uint8_t frame[PROTO_MAX_FRAME];
	size_t n = size < PROTO_MAX_PAYLOAD ? size : PROTO_MAX_PAYLOAD;

	proto_rx_reset(&rx);
	proto_rx_feed(&rx, data, size, frame_got, 0);
	/* No fuzzer finds a CRC by chance: the same bytes as a good frame's payload. */
	n = proto_frame(frame, 0, 0, data, n);
	proto_rx_reset(&rx);
	proto_rx_feed(&rx, frame, n, frame_got, 0);
	return 0;
}

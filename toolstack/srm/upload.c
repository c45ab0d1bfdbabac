/* SPDX-License-Identifier: GPL-2.0-only */
/* Images that the host sends. They are taken by a create, or dropped. */
#include <errno.h>
#include <string.h>

#include "srm/srm.h"
#include "srm/xenctl.h"

#define UPLOADS 8
#define WINDOW 65536u
#define ACK_EVERY 8192u
#define AGAIN_NS (100 * NS_PER_MS)

static struct upload {
	uint32_t id; /* 0: free */
	struct image *image;
	uint32_t got, acked;
	uint64_t acked_ns;
} uploads[UPLOADS];
static uint32_t last_id;

static struct upload *upload_find(uint32_t id)
{
	for (int i = 0; id && i < UPLOADS; i++)
		if (uploads[i].id == id)
			return &uploads[i];
	return 0;
}

static struct upload *upload_free_slot(void)
{
	for (int i = 0; i < UPLOADS; i++)
		if (!uploads[i].id)
			return &uploads[i];
	return 0;
}

int upload_open(struct proto_upload *u, struct fit_error *e)
{
	struct upload *up = upload_free_slot();

	if (!u->size || u->size > PROTO_MAX_UPLOAD) {
		fit_fail(e, u->name, "size", u->size ? "more than 64 MB" : "the file is empty");
		return -E2BIG;
	}
	if (!up) {
		fit_fail(e, u->name, 0, "too many uploads at once");
		return -EBUSY;
	}
	up->image = image_new(u->name, u->size);
	if (!up->image) {
		fit_fail(e, u->name, 0, "not enough memory on the machine to receive it");
		return -ENOMEM;
	}
	memcpy(up->image->sha256, u->sha256, sizeof(up->image->sha256));
	up->id = ++last_id ? last_id : ++last_id;
	up->got = up->acked = 0;
	up->acked_ns = 0;
	u->id = up->id;
	u->window = WINDOW;
	return 0;
}

static void upload_close(struct upload *up)
{
	image_put(up->image);
	*up = (struct upload){ 0 };
}

int upload_drop(uint32_t id)
{
	struct upload *up = upload_find(id);

	if (!up)
		return -ESRCH;
	upload_close(up);
	return 0;
}

void upload_drop_all(void)
{
	for (int i = 0; i < UPLOADS; i++)
		if (uploads[i].id)
			upload_close(&uploads[i]);
}

static void upload_ack(uint32_t id, uint32_t pos, int error)
{
	struct proto_stream s = {
		.kind = PROTO_STREAM_ACK,
		.id = id,
		.pos = pos,
		.window = WINDOW,
		.error = (uint16_t)error,
	};
	uint8_t buf[PROTO_STREAM_HEADER];
	struct pbuf b = pbuf_writer(buf, sizeof(buf));

	proto_stream(&b, &s);
	line_send(PROTO_CH_UPLOAD, buf, b.pos);
}

/* The bytes at `pos`, if they are the next ones. */
static void upload_data(struct upload *up, uint64_t pos, const uint8_t *data, size_t len)
{
	size_t skip, n = proto_rx_new(up->got, pos, len, &skip);
	/* A gap, or a repetition: say where we are, but not for each frame of a window. */
	bool again = n == 0 && now_ns() - up->acked_ns > AGAIN_NS;

	if (n > up->image->size - up->got) {
		upload_ack(up->id, up->got, E2BIG);
		upload_close(up);
		return;
	}
	memcpy((uint8_t *)(uintptr_t)up->image->data + up->got, data + skip, n);
	up->got += (uint32_t)n;
	if (again || up->got - up->acked >= ACK_EVERY || (n && up->got == up->image->size)) {
		up->acked = up->got;
		up->acked_ns = now_ns();
		upload_ack(up->id, up->got, 0);
	}
}

void upload_frame(const uint8_t *payload, size_t len)
{
	struct pbuf b = pbuf_reader(payload, len);
	struct proto_stream s;
	struct upload *up;

	proto_stream(&b, &s);
	if (b.bad || s.kind != PROTO_STREAM_DATA)
		return;
	up = upload_find(s.id);
	if (up)
		upload_data(up, s.pos, payload + b.pos, len - b.pos);
	else
		upload_ack(s.id, 0, ESRCH);
}

struct image *upload_take(uint32_t id, struct fit_error *e, int *err)
{
	struct upload *up = upload_find(id);
	struct image *image;

	if (!id)
		return 0;
	if (!up) {
		fit_fail(e, "upload", 0, "no such upload");
		*err = -ESRCH;
		return 0;
	}
	image = image_get(up->image);
	if (up->got != image->size) {
		fit_fail(e, image->name, 0, "truncated: the upload is not complete");
		*err = -EINVAL;
	} else if (image_verify(image, e)) {
		*err = -EINVAL;
	}
	upload_close(up);
	if (*err) {
		image_put(image);
		return 0;
	}
	return image;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending an image to the target. */
#ifndef CLI_UPLOAD_H
#define CLI_UPLOAD_H

#include "cli/client.h"
#include "lib/file.h"

/* Sends all of it; *id is what PROTO_CREATE calls it. name: the file, for messages. */
int upload(struct conn *c, const char *name, const struct blob *data, const uint8_t sha[32],
	   uint32_t *id, struct err *e);

#endif

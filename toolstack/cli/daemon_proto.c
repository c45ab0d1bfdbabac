/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/daemon_proto.h"

void daemon_console(struct pbuf *b, struct daemon_console *m)
{
	pbuf_str(b, m->name, sizeof(m->name));
	pbuf_u32(b, &m->flags);
	pbuf_u32(b, &m->domid);
}

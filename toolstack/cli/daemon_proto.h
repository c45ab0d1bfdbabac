/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a machine's daemon answers itself, in the frames of lib/proto.h.
 *
 * DAEMON_CONSOLE attaches the connection to a console: output then comes on
 * channel PROTO_CH_CONSOLE + domid as plain bytes, input goes the other way the
 * same; a DAEMON_EV_OVER event follows the last byte of a domain that ended.
 */
#ifndef CLI_DAEMON_PROTO_H
#define CLI_DAEMON_PROTO_H

#include "lib/proto.h"

#define DAEMON_CONSOLE 0x4001u	 /* struct daemon_console -> the same, filled in */
#define DAEMON_SUBSCRIBE 0x4002u /* - -> - ; the target's events from now on */
#define DAEMON_STOP 0x4003u	 /* - -> - ; power off, by force if need be; then the end */
#define DAEMON_LOG 0x4004u	 /* string: a domain's name -> string: what srm logged of it last */
#define DAEMON_TIE 0x4005u	 /* - -> - ; the machine ends with this connection */
#define DAEMON_UNTIE 0x4006u	 /* - -> - ; no more */

/* domid: the domain; arg: SHUTDOWN_* + 1 or 0 if it was destroyed; action: enum
 * proto_action; after a restart text is the decimal domid of the successor. */
#define DAEMON_EV_OVER 0x4000u

#define DAEMON_CONSOLE_ALL 1u  /* from the oldest byte kept, not from the first one unseen */
#define DAEMON_CONSOLE_PEEK 2u /* only tell whether there is one: do not attach */
#define DAEMON_CONSOLE_DUMP                                                                      \
	8u		       /* DAEMON_EV_OVER after what is there, be the domain alive or not \
				*/
#define DAEMON_CONSOLE_GONE 4u /* out: the domain has ended */

struct daemon_console {
	char name[PROTO_NAME]; /* or a decimal domid */
	uint32_t flags;
	uint32_t domid; /* out */
};

void daemon_console(struct pbuf *b, struct daemon_console *m);

#endif

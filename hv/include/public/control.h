/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control page: how srm asks a guest to shut down.
 *
 * Tagma has no XenStore, so a native guest's start_info carries this page instead:
 * store_mfn is the page number (of the guest's root space), store_evtchn the event
 * channel to srm. srm writes `request` and sends an event. The guest copies the
 * whole word to `ack` when it will do as asked, or ack = request |
 * TAGMA_CONTROL_REFUSED, and sends an event back. A guest that does not answer within
 * a few seconds is reported to the user. What follows an accepted request is an
 * ordinary SCHEDOP_shutdown.
 */
#ifndef PUBLIC_CONTROL_H
#define PUBLIC_CONTROL_H

#include <stdint.h>

#define TAGMA_CONTROL_MAGIC 0x4c544354u /* "TCTL" */
#define TAGMA_CONTROL_VERSION 1u

#define TAGMA_CONTROL_POWEROFF 1u
#define TAGMA_CONTROL_REBOOT 2u

/* request: what | sequence << 8, so that the same request twice is seen twice; 0: none */
#define TAGMA_CONTROL_WHAT(req) ((req)&0xffu)
#define TAGMA_CONTROL_REQUEST(what, seq) ((uint32_t)(what) | ((uint32_t)(seq)&0x7fffffu) << 8)
#define TAGMA_CONTROL_REFUSED 0x80000000u

struct tagma_control {
	uint32_t magic;
	uint32_t version;
	uint32_t request; /* srm writes */
	uint32_t ack;	  /* the guest writes */
};

#endif

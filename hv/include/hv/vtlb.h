/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual TLB (seed RV-1): page tables and TLBs are caches of the database.
 * A miss fills one entry; anything may be dropped at any time.
 */
#ifndef HV_VTLB_H
#define HV_VTLB_H

#include <hv/types.h>
#include <public/tagma.h>

enum vtlb_result {
	VTLB_FAULT = 0,			       /* nothing mapped there */
	VTLB_PROTECTION = TAGMA_FAULT_PRESENT, /* mapped, without the right wanted */
	VTLB_FILLED = 1,		       /* entered: retry the access */
};

/* want: TAGMA_R, _W or _X, one of them. Of a port only the answer: the arch keeps its own
 * I/O bitmap, and drops a port by arch_io_remove(). */
enum vtlb_result vtlb_miss(struct space *s, vpn_t vpn, uint32_t want);

#endif

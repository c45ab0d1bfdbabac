/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual TLB (seed RV-1): page tables and TLBs are caches of the database.
 * A miss fills one entry; anything may be dropped at any time.
 */
#ifndef HV_VTLB_H
#define HV_VTLB_H

#include <hv/types.h>

enum vtlb_result {
	VTLB_FILLED,	 /* entered: retry the access */
	VTLB_FAULT,	 /* nothing mapped there */
	VTLB_PROTECTION, /* mapped, without the right wanted */
};

/* want: TAGMA_R, _W or _X, one of them. */
enum vtlb_result vtlb_miss(struct space *s, vpn_t vpn, uint32_t want);

#endif

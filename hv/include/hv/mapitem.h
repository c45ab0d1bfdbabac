/* SPDX-License-Identifier: GPL-2.0-only */
/* Mappings handed over in a message: sender and receiver both agree (seed L4-2). */
#ifndef HV_MAPITEM_H
#define HV_MAPITEM_H

#include <hv/types.h>
#include <public/tagma.h>

#define MAPITEM_MAX_PAGES                                                       \
	1024u /* larger regions go by the map hypercall, which can be preempted \
	       */

/*
 * Maps (grants) what `from` has in item.fpage into `to`. The page for the sender's
 * page base+o is window_base + ((item.hint + o) mod window size); a port keeps its
 * number, which must lie in the window. TAGMA_FP_ALL as a window takes ports too.
 *
 * Bounded: at most MAPITEM_MAX_PAGES pages, plus the mappings that they replace.
 * -EMSGSIZE: no window, item larger than the window or than MAPITEM_MAX_PAGES, window of
 *            another kind, or a port outside it;
 * -EINVAL:   malformed flexpage, window or hint, or the sender has nothing there;
 * -EEXIST, -ENOMEM, -EMLINK: as mapdb_map; the pages before it stay mapped.
 */
int map_item(struct space *from, struct space *to, struct tagma_item item, uint32_t window,
	     bool grant);

#endif

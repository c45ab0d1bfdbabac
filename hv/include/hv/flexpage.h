/* SPDX-License-Identifier: GPL-2.0-only */
/* Flexpages, checked: 2^n pages or ports, aligned to their size (seed L4-2). */
#ifndef HV_FLEXPAGE_H
#define HV_FLEXPAGE_H

#include <hv/mapdb.h>
#include <public/tagma.h>

struct flexpage {
	vpn_t first;	 /* with MAPDB_PORT for ports */
	uint32_t nr;	 /* a power of two, up to a whole space */
	uint32_t rights; /* as given, not yet cut down to anything */
};

/* False unless base, size, type and alignment all make sense. */
bool flexpage_decode(uint32_t fp, struct flexpage *f);

static inline bool flexpage_is_port(const struct flexpage *f) { return f->first & MAPDB_PORT; }

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/mapdb.h>
#include <hv/vtlb.h>

enum vtlb_result vtlb_miss(struct space *s, vpn_t vpn, uint32_t want)
{
	struct mapping m = mapdb_lookup(s, vpn);

	if (!m.rights)
		return VTLB_FAULT;
	if (!(m.rights & want))
		return VTLB_PROTECTION;
	if (vpn & MAPDB_PORT) {
		COUNT(io_miss); /* the arch keeps its own I/O bitmap; it drops a port by
				   arch_io_remove */
		return VTLB_FILLED;
	}
	COUNT(vtlb_miss);
	arch_vtlb_enter(s, vpn, m.mfn, m.rights);
	return VTLB_FILLED;
}

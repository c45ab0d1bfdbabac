/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/arch.h>
#include <hv/cpu.h>
#include <hv/mapdb_node.h>
#include <hv/vtlb.h>

enum vtlb_result vtlb_miss(struct space *s, vpn_t vpn, uint32_t want)
{
	struct mapping m = mapping_of(s, vpn);

	if (!(m.rights & want))
		return m.rights ? VTLB_PROTECTION : VTLB_FAULT;
	if (vpn & MAPDB_PORT) {
		COUNT(io_miss);
		return VTLB_FILLED;
	}
	COUNT(vtlb_miss);
	arch_vtlb_enter(s, vpn, m.mfn, m.rights);
	return VTLB_FILLED;
}

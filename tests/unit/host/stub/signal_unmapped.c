/* SPDX-License-Identifier: GPL-2.0-only */
/* Without messaging no frame has message mappings. */
#include <hv/signal.h>

void signal_unmapped(const struct space *s, vpn_t vpn, mfn_t m)
{
	(void)s;
	(void)vpn;
	(void)m;
}

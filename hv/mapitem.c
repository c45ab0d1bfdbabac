/* SPDX-License-Identifier: GPL-2.0-only */
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/flexpage.h>
#include <hv/mapitem.h>

/* Where a page goes: the item and the window agreed on. */
struct agreement {
	struct flexpage src, win;
	uint32_t hint; /* in pages */
};

static int agree(struct agreement *a, struct tagma_item item, uint32_t window)
{
	if (!window)
		return -XEN_EMSGSIZE;
	a->win = (struct flexpage){ .nr = 1u << ARCH_VPN_BITS };
	if (!flexpage_decode(item.fpage, &a->src) ||
	    (window != TAGMA_FP_ALL && !flexpage_decode(window, &a->win)))
		return -XEN_EINVAL;
	if (a->src.nr > MAPITEM_MAX_PAGES)
		return -XEN_EMSGSIZE;
	if (flexpage_is_port(&a->src)) {
		if (window == TAGMA_FP_ALL)
			return 0;
		/* Sizes and alignment: inside if the first one is and it is not larger. */
		if (a->src.nr > a->win.nr || a->src.first - a->win.first >= a->win.nr)
			return -XEN_EMSGSIZE;
		return 0;
	}
	if (flexpage_is_port(&a->win) || a->src.nr > a->win.nr)
		return -XEN_EMSGSIZE;
	if (item.hint & PAGE_MASK)
		return -XEN_EINVAL;
	a->hint = item.hint >> PAGE_SHIFT;
	return 0;
}

static vpn_t target(const struct agreement *a, vpn_t vpn)
{
	if (vpn & MAPDB_PORT)
		return vpn;
	return a->win.first + ((a->hint + (vpn - a->src.first)) & (a->win.nr - 1));
}

static int transfer(struct space *from, vpn_t sv, struct space *to, vpn_t dv, uint32_t rights,
		    bool grant)
{
	struct mapping made;
	int r;

	/* Ends: every round takes mappings of the receiver's away, and nobody adds any. */
	do {
		r = grant ? mapdb_grant(from, sv, to, dv, rights, &made)
			  : mapdb_map(from, sv, to, dv, rights, &made);
	} while (r == MAPDB_RESTART);
	return r;
}

int map_item(struct space *from, struct space *to, struct tagma_item item, uint32_t window,
	     bool grant)
{
	struct agreement a;
	bool any = false;
	vpn_t end, v;
	int r = agree(&a, item, window);

	if (r)
		return r;
	end = a.src.first + a.src.nr;
	for (v = a.src.first; !r && v < end;) {
		r = transfer(from, v, to, target(&a, v), a.src.rights, grant);
		if (r == MAPDB_NOTHING) {
			v = mapdb_next(from, v + 1, end);
			r = 0;
		} else {
			any = true;
			v++;
		}
	}
	arch_vtlb_sync();
	return r || any ? r : -XEN_EINVAL;
}

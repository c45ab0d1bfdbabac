/* SPDX-License-Identifier: GPL-2.0-only */
#include <asm/mm.h>
#include <hv/guest.h>
#include <hv/mapdb_node.h>
#include <string.h>

static size_t page_rest(gva_t va) { return PAGE_SIZE - (size_t)(va.a & PAGE_MASK); }

void *guest_ptr(struct space *s, gva_t va, uint32_t want)
{
	struct mapping m;

	if (va.a >> PAGE_SHIFT >> ARCH_VPN_BITS)
		return NULL;
	m = mapping_of(s, (vpn_t)(va.a >> PAGE_SHIFT));
	if (!(m.rights & want))
		return NULL;
	/* The hardware does not see this access. */
	mapping_touch(m, TAGMA_MAP_ACCESSED | (want == TAGMA_W ? TAGMA_MAP_DIRTY : 0));
	return (char *)frame_ptr(m.mfn) + (va.a & PAGE_MASK);
}

/* One of `to` and `from` is the hypervisor's; the other is NULL: the guest's memory at va. */
static int copy(struct space *s, gva_t va, void *to, const void *from, size_t len, gva_t *bad)
{
	for (size_t done = 0, n; done < len; done += n, va.a += n) {
		char *p = guest_ptr(s, va, to ? TAGMA_R : TAGMA_W);

		if (!p) {
			if (bad)
				*bad = va;
			return -XEN_EFAULT;
		}
		n = MIN(len - done, page_rest(va));
		memcpy(to ? (char *)to + done : p, to ? p : (const char *)from + done, n);
	}
	return 0;
}

int copy_from_guest(struct space *s, void *dst, gva_t src, size_t len, gva_t *bad)
{
	return copy(s, src, dst, NULL, len, bad);
}

int copy_to_guest(struct space *s, gva_t dst, const void *src, size_t len, gva_t *bad)
{
	return copy(s, dst, NULL, src, len, bad);
}

size_t copy_guest_to_guest(struct space *to, gva_t dst, struct space *from, gva_t src, size_t len,
			   bool *fault_dst)
{
	size_t n = MIN(len, MIN(page_rest(src), page_rest(dst)));
	const void *p = guest_ptr(from, src, TAGMA_R);
	void *d = p ? guest_ptr(to, dst, TAGMA_W) : NULL;

	*fault_dst = p && !d;
	if (!d)
		return 0;
	memmove(d, p, n); /* both may show one frame */
	return n;
}

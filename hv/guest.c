/* SPDX-License-Identifier: GPL-2.0-only */
#include <asm/mm.h>
#include <hv/frame.h>
#include <hv/guest.h>
#include <hv/mapdb.h>
#include <public/tagma.h>
#include <string.h>

static size_t page_rest(gva_t va) { return PAGE_SIZE - (size_t)(va.a & PAGE_MASK); }

void *guest_ptr(struct space *s, gva_t va, uint32_t want)
{
	struct mapping m;

	if (va.a >> PAGE_SHIFT >> ARCH_VPN_BITS)
		return NULL;
	m = mapdb_lookup(s, (vpn_t)(va.a >> PAGE_SHIFT));
	if (!(m.rights & want))
		return NULL;
	/* The hardware does not see this access. */
	mapdb_touch(m, TAGMA_MAP_ACCESSED | (want == TAGMA_W ? TAGMA_MAP_DIRTY : 0));
	return (char *)frame_ptr(m.mfn) + (va.a & PAGE_MASK);
}

int copy_from_guest(struct space *s, void *dst, gva_t src, size_t len, gva_t *bad)
{
	char *d = dst;

	while (len) {
		size_t n = MIN(len, page_rest(src));
		const void *p = guest_ptr(s, src, TAGMA_R);

		if (!p) {
			if (bad)
				*bad = src;
			return -XEN_EFAULT;
		}
		memcpy(d, p, n);
		d += n;
		src.a += n;
		len -= n;
	}
	return 0;
}

int copy_to_guest(struct space *s, gva_t dst, const void *src, size_t len, gva_t *bad)
{
	const char *p = src;

	while (len) {
		size_t n = MIN(len, page_rest(dst));
		void *d = guest_ptr(s, dst, TAGMA_W);

		if (!d) {
			if (bad)
				*bad = dst;
			return -XEN_EFAULT;
		}
		memcpy(d, p, n);
		p += n;
		dst.a += n;
		len -= n;
	}
	return 0;
}

size_t copy_guest_to_guest(struct space *to, gva_t dst, struct space *from, gva_t src, size_t len,
			   bool *fault_dst)
{
	size_t n = MIN(len, MIN(page_rest(src), page_rest(dst)));
	const void *p = guest_ptr(from, src, TAGMA_R);
	void *d;

	*fault_dst = false;
	if (!p)
		return 0;
	d = guest_ptr(to, dst, TAGMA_W);
	if (!d) {
		*fault_dst = true;
		return 0;
	}
	memmove(d, p, n); /* both may show one frame */
	return n;
}

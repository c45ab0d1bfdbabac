/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to guest memory by walking the software structures, never by touching
 * guest addresses: the hypervisor takes no faults on behalf of a guest. Read
 * once, check after: the guest can change its memory under us.
 */
#ifndef HV_GUEST_H
#define HV_GUEST_H

#include <hv/types.h>

/* Return 0, or -EFAULT with *bad (if not NULL) the first address that failed. */
int copy_from_guest(struct space *s, void *dst, gva_t src, size_t len, gva_t *bad);
int copy_to_guest(struct space *s, gva_t dst, const void *src, size_t len, gva_t *bad);

/* Host pointer to guest memory up to the end of its page, or NULL. Sets the
 * accessed and, for TAGMA_W, the dirty bit. */
void *guest_ptr(struct space *s, gva_t va, uint32_t want);

/* Space to space, at most one page per call (so, bounded). Returns bytes copied
 * before the first fault; *fault_dst says which side failed. */
size_t copy_guest_to_guest(struct space *to, gva_t dst, struct space *from, gva_t src, size_t len,
			   bool *fault_dst);

#endif

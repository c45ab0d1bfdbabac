/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images in memory. Those that the host sends get pages of the machine's free memory,
 * added to our root space in one of a few slots of address space, and given back after.
 */
#include <stdlib.h>
#include <string.h>
#include <tagma/mem.h>

#include "hv/sha256.h"
#include "srm/srm.h"
#include "srm/xenctl.h"

#define SLOTS 16
#define WARM_SLOTS 4
#define SLOT_SIZE PROTO_MAX_UPLOAD
#define SLOT_BASE 0x40000000u

static bool slot_used[SLOTS];

static uint32_t slot_gpn(int slot)
{
	return (SLOT_BASE + (uint32_t)slot * SLOT_SIZE) >> PAGE_SHIFT;
}

static uint32_t pages_of(uint32_t size) { return (size + PAGE_SIZE - 1) >> PAGE_SHIFT; }

void image_init(void)
{
	/* The hypervisor's tables for a slot stay once they are there: have them from the
	 * start, so that what is free after an upload is what was free before. */
	for (int slot = 0; slot < WARM_SLOTS; slot++)
		if (!xc_populate(DOMID_SELF, slot_gpn(slot), 1))
			xc_release(DOMID_SELF, slot_gpn(slot), 1);
}

struct image *image_at(const char *name, const void *data, uint32_t size)
{
	struct image *i = calloc(1, sizeof(*i));

	if (!i)
		return 0;
	i->refs = 1;
	strlcpy(i->name, name, sizeof(i->name));
	i->data = data;
	i->size = size;
	i->slot = -1;
	return i;
}

struct image *image_new(const char *name, uint32_t size)
{
	struct image *i;
	int slot = 0;

	while (slot < SLOTS && slot_used[slot])
		slot++;
	if (slot == SLOTS || !size || size > SLOT_SIZE)
		return 0;
	if (xc_populate(DOMID_SELF, slot_gpn(slot), pages_of(size)))
		return 0;
	i = image_at(name, (const void *)((uintptr_t)slot_gpn(slot) << PAGE_SHIFT), size);
	if (!i) {
		xc_release(DOMID_SELF, slot_gpn(slot), pages_of(size));
		return 0;
	}
	i->slot = slot;
	slot_used[slot] = true;
	return i;
}

struct image *image_get(struct image *i)
{
	if (i)
		i->refs++;
	return i;
}

void image_put(struct image *i)
{
	if (!i || --i->refs)
		return;
	if (i->slot >= 0) {
		xc_release(DOMID_SELF, slot_gpn(i->slot), pages_of(i->size));
		slot_used[i->slot] = false;
	}
	free(i);
}

int image_verify(struct image *i, struct fit_error *e)
{
	uint8_t sum[SHA256_SIZE];

	if (i->checked)
		return 0;
	sha256(i->data, i->size, sum);
	if (memcmp(sum, i->sha256, sizeof(sum)))
		return fit_fail(e, i->name, "sha256",
				"wrong hash: the data differs from what was announced");
	i->checked = true;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
#include <host.h>
#include <hv/domain.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
#include <string.h>

#define WORLD_DOMAINS 4

static struct domain domains[WORLD_DOMAINS];

void world_init(uint32_t frames, uint32_t nr_nodes)
{
	struct boot_info b;

	host_reset();
	memset(domains, 0, sizeof(domains));
	host_boot_info(&b, frames);
	frame_init(&b);
	space_init_pool(16);
	mapdb_init(nr_nodes);
}

struct domain *world_domain(uint16_t domid, uint32_t max_pages)
{
	struct domain *d = &domains[domid];

	ASSERT(domid < WORLD_DOMAINS && !d->root);
	list_init(&d->link);
	list_init(&d->spaces);
	d->domid = domid;
	d->control = domid == 0;
	d->max_pages = max_pages;
	d->root = space_load(d, SPACE_ROOT, 0);
	ASSERT(d->root);
	return d;
}

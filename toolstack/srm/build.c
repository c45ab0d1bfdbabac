/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A native domain, from its images to its first instruction. Its root space:
 *
 *	0x00100000   kernel, as its ELF file says
 *	             free
 *	             ramdisk, page aligned
 *	end - 6      first stack, 4 pages
 *	end - 2      start_info
 *	end - 1      shared_info          end = 1 MB + its memory
 *	end          console ring         these two are pages of ours, mapped to it: it can
 *	end + 1      control page         neither release nor move them
 *
 * Whatever fails, destroying the new domain takes all of it back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tagma/event.h>
#include <tagma/map.h>
#include <tagma/mem.h>

#include "hv/elf.h"
#include "srm/srm.h"
#include "srm/xenctl.h"

#define WINDOW                                                                           \
	0x00080000u /* where pages of a new domain are seen while it is built: below srm \
		     * itself, within its small space */
#define WINDOW_SIZE (256u << 10)
#define LOCK_PART 64u /* of each pool that one domain may lock */
#define STACK_PAGES 4u
#define TOP_PAGES 2u
#define MIN_PAGES 64u
#define MAX_KB (3u << 20)

struct build {
	struct dom *d;
	uint32_t domid, root;
	uint32_t end;	  /* gpn behind its memory */
	uint32_t ramdisk; /* address, 0: none */
	struct elf_image elf;
	struct fit_error *e;
};

static int build_fail(struct build *b, int err, const char *prop, const char *what)
{
	fit_fail(b->e, b->d->cfg.c.name, prop, what);
	return err;
}

/* Copies to a new domain's memory, through the window. The domain does not run yet. */
static int build_copy(struct build *b, uint32_t addr, const void *data, uint32_t len)
{
	const uint8_t *from = data;

	while (len) {
		uint32_t page = addr & ~(PAGE_SIZE - 1), offset = addr - page;
		uint32_t n = len < WINDOW_SIZE - offset ? len : WINDOW_SIZE - offset;
		uint32_t span = (offset + n + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
		int err = map_pages(b->root, page, TAGMA_SELF, WINDOW, span, TAGMA_RW);

		if (!err)
			memcpy((uint8_t *)WINDOW + offset, from, n);
		flush_pages(TAGMA_SELF, WINDOW, span, TAGMA_RWX, TAGMA_MAP_F_SELF);
		if (err)
			return build_fail(b, err, 0, "cannot map its memory");
		addr += n;
		from += n;
		len -= n;
	}
	return 0;
}

/* Its pages are fresh: what the file lacks is zero already. */
static int place_segment(void *ctx, uint32_t addr, const void *data, uint32_t filesz,
			 uint32_t memsz, struct fit_error *e)
{
	struct build *b = ctx;
	uint64_t limit = (uint64_t)(b->end - TOP_PAGES - STACK_PAGES) << PAGE_SHIFT;

	if (b->ramdisk)
		limit = b->ramdisk;
	if (addr < GUEST_FIRST_GPN << PAGE_SHIFT || (uint64_t)addr + memsz > limit)
		return fit_fail(e, b->d->cfg.c.name, "memory", "too little for its kernel");
	return build_copy(b, addr, data, filesz) ? -1 : 0;
}

static int build_memory(struct build *b)
{
	const struct proto_create *c = &b->d->cfg.c;
	uint32_t pages = c->mem_kb / (PAGE_SIZE / 1024), kb = pages * (PAGE_SIZE / 1024);
	struct tagma_machine m = { 0 };
	struct tagma_domain_setup setup = {
		.domid = b->domid,
		.top_prio = c->prio,
		.cpu_percent = c->cap,
		.colours = c->colours,
		.flags = c->prio > SRM_PRIO ? TAGMA_DOMAIN_F_LOCKED : 0,
	};
	struct tagma_domain_info info = { .domid = b->domid };
	uint64_t free_kb = xc_free_kb(), kept = swap_kb();
	char text[80];

	free_kb -= free_kb < kept ? free_kb : kept;
	b->end = b->d->top_gpn = GUEST_FIRST_GPN + pages;
	snprintf(text, sizeof(text), "%u KB wanted, %llu KB are free", kb,
		 (unsigned long long)free_kb);
	if (kb > free_kb)
		return build_fail(b, -ENOMEM, "memory", text);
	/* A little of each pool for everyone: as many domains as fit may lock at most half. */
	HYPERVISOR_tagma_debug(TAGMA_DEBUG_machine, &m);
	setup.lock_spaces = m.nr_spaces / LOCK_PART;
	setup.lock_threads = m.nr_threads / LOCK_PART;
	setup.lock_mappings = m.nr_mappings / LOCK_PART;
	if (HYPERVISOR_tagma_domain(TAGMA_DOMAIN_setup, &setup) == -ENOSPC)
		setup.lock_spaces = setup.lock_threads = setup.lock_mappings = 0;
	if (HYPERVISOR_tagma_domain(TAGMA_DOMAIN_setup, &setup) == -ENOSPC)
		setup.flags = 0;
	if (HYPERVISOR_tagma_domain(TAGMA_DOMAIN_setup, &setup))
		return build_fail(b, -EINVAL, "llc-colors", "this machine has no such colours");
	if (xc_max_mem(b->domid, kb) || xc_populate(b->domid, GUEST_FIRST_GPN, pages))
		return build_fail(b, -ENOMEM, "memory", text);
	if (HYPERVISOR_tagma_domain(TAGMA_DOMAIN_info, &info))
		return build_fail(b, -ESRCH, 0, "went away while it was built");
	b->root = info.root_space;
	return 0;
}

static int build_images(struct build *b)
{
	const struct image *k = b->d->cfg.kernel, *r = b->d->cfg.ramdisk;
	struct fit_error e;

	if (r) {
		uint32_t pages = (r->size + PAGE_SIZE - 1) / PAGE_SIZE;

		if (pages + TOP_PAGES + STACK_PAGES > b->end - GUEST_FIRST_GPN)
			return build_fail(b, -ENOMEM, "memory", "too little for its ramdisk");
		b->ramdisk = (b->end - TOP_PAGES - STACK_PAGES - pages) << PAGE_SHIFT;
	}
	if (elf_open(&b->elf, k->data, k->size, ARCH_ELF_MACHINE, &e))
		return build_fail(b, -ENOEXEC, "kernel", e.text);
	if (!b->elf.hypercall_page)
		return build_fail(b, -ENOEXEC, "kernel", "its notes name no hypercall page");
	if (elf_load(&b->elf, place_segment, b, b->e))
		return -ENOMEM;
	return r ? build_copy(b, b->ramdisk, r->data, r->size) : 0;
}

/* A page of ours that the domain sees at `gpn`. */
static void *build_shared_page(struct build *b, uint32_t gpn)
{
	void *page = page_alloc_zero();

	if (!page)
		return 0;
	if (map_pages(TAGMA_SELF, (uint32_t)(uintptr_t)page, b->root, gpn << PAGE_SHIFT, PAGE_SIZE,
		      TAGMA_RW)) {
		page_put(page);
		return 0;
	}
	return page;
}

/* An event channel between the domain and us: its port at once, ours in *mine. */
static int build_channel(struct build *b, uint32_t *mine, uint32_t *its)
{
	struct evtchn_alloc_unbound op = { .dom = (domid_t)b->domid, .remote_dom = 0 };
	int port = (int)HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	if (port)
		return port;
	/* No handler: any event wakes the loop, and that looks after all domains. */
	port = event_bind_interdomain(b->domid, op.port, 0, 0);
	if (port < 0)
		return port;
	event_unmask((uint32_t)port);
	*mine = (uint32_t)port;
	*its = op.port;
	return 0;
}

static int build_channels(struct build *b, struct start_info *si)
{
	struct dom *d = b->d;
	struct tagma_control *control;

	d->con.page = build_shared_page(b, b->end);
	control = build_shared_page(b, b->end + 1);
	d->control = control;
	if (!d->con.page || !control)
		return build_fail(b, -ENOMEM, 0, "no memory for its console");
	control->magic = TAGMA_CONTROL_MAGIC;
	control->version = TAGMA_CONTROL_VERSION;
	si->console.domU.mfn = b->end;
	si->store_mfn = b->end + 1;
	if (build_channel(b, &d->con.port, &si->console.domU.evtchn) ||
	    build_channel(b, &d->control_port, &si->store_evtchn))
		return build_fail(b, -ENOSPC, 0, "no event channel for its console");
	return 0;
}

static int build_start(struct build *b)
{
	const struct proto_create *c = &b->d->cfg.c;
	uint32_t si_addr = (b->end - 2) << PAGE_SHIFT;
	struct tagma_domain_start start = {
		.domid = b->domid,
		.ip = b->elf.entry,
		.sp = si_addr,
		.start_info = si_addr,
		.shared_info = (b->end - 1) << PAGE_SHIFT,
		.hypercall_page = b->elf.hypercall_page,
		.prio = c->prio,
	};
	struct start_info si = {
		.magic = "xen-3.0-tagma",
		.nr_pages = b->end - GUEST_FIRST_GPN,
		.shared_info = start.shared_info,
		.mod_start = b->ramdisk,
		.mod_len = b->ramdisk ? b->d->cfg.ramdisk->size : 0,
	};
	int err = build_channels(b, &si);

	if (err)
		return err;
	memcpy(si.cmd_line, c->cmdline, strlen(c->cmdline) + 1);
	err = build_copy(b, si_addr, &si, sizeof(si));
	if (err)
		return err;
	err = (int)HYPERVISOR_tagma_domain(TAGMA_DOMAIN_start, &start);
	return err ? build_fail(b, err, 0, strerror(err)) : 0;
}

static int build_check(struct build *b)
{
	const struct proto_create *c = &b->d->cfg.c;

	if (c->vcpus != 1)
		return build_fail(b, -EINVAL, "vcpus", "this version runs domains with 1 only");
	if (c->mem_kb < MIN_PAGES * (PAGE_SIZE / 1024) || c->mem_kb > MAX_KB)
		return build_fail(b, -EINVAL, "memory", "must be from 256 KB to 3 GB");
	if (c->cap > 100)
		return build_fail(b, -EINVAL, "cap", "must be 100 percent at most");
	if (c->prio > SRM_MAX_PRIO)
		return build_fail(b, -EINVAL, "priority", "must be 254 at most");
	return 0;
}

int build_domain(struct dom *d, uint32_t wanted_domid, struct fit_error *e)
{
	struct build b = { .d = d, .domid = wanted_domid, .e = e };
	int err = build_check(&b);

	if (err)
		return err;
	err = wanted_domid && dom_find_any(wanted_domid) ? -EEXIST : xc_create(&b.domid);
	if (err)
		return build_fail(&b, err, wanted_domid ? "domid" : 0,
				  err == -EEXIST ? "is in use" : "no room for another domain");
	d->domid = b.domid;
	err = build_memory(&b);
	if (!err)
		err = build_images(&b);
	if (!err)
		err = build_start(&b);
	return err;
}

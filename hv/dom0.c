/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domain 0, the resource manager, from the boot image. Its root space:
 *
 *      0x00100000  its ELF file's segments
 *                  free; the first stack grows down from the end of this
 *      end - 2     shared_info
 *      end - 1     start_info           end = 1 MB + its memory
 *      end         the boot image
 */
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/domain.h>
#include <hv/elf.h>
#include <hv/fit.h>
#include <hv/mapdb.h>
#include <hv/panic.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/foreign/x86_32.h>

#define FIRST_GPN 0x100u
#define DEFAULT_KB (8u * 1024) /* cleared at boot: each MB costs a quarter million instructions */
#define MAX_KB (1024u * 1024)
#define PRIO 200u
#define TOP_PRIO 255u
#define DOM0_LOCKS 96u /* what it maps of others: a window of 64 pages, a few for each domain */

static struct fit fit;

/* One clear line; what was wrong lies in the boot image, not in us: no backtrace. */
static _Noreturn void refuse(const struct fit_error *e)
{
	kprintf("boot: %s\n", e->text);
	machine_stop();
}

void domain0_open(const struct boot_info *b)
{
	struct fit_error e;

	if (!b->image.len) {
		fit_fail(&e, "boot image", NULL, "none was loaded; give one as the first module");
		refuse(&e);
	}
	if (fit_open(&fit, arch_phys_ptr(b->image.base), (size_t)b->image.len, &e))
		refuse(&e);
}

const char *domain0_options(void) { return fit_bootargs(&fit); }

static mfn_t page_of(const struct domain *d, uint32_t addr)
{
	return domain_physmap_get(d, addr >> PAGE_SHIFT);
}

/* Its pages are fresh, so that what the file lacks is zero already. */
static int place_segment(void *ctx, uint32_t addr, const void *data, uint32_t filesz,
			 uint32_t memsz, struct fit_error *e)
{
	const struct domain *d = ctx;
	const uint8_t *from = data;

	for (uint32_t done = 0, n; done < memsz; done += n) {
		mfn_t m = page_of(d, addr + done);
		uint32_t offset = (addr + done) & PAGE_MASK;

		n = MIN(memsz - done, PAGE_SIZE - offset);
		if (!mfn_ok(m))
			return fit_fail(e, "domain 0", "kernel", "does not fit into its memory");
		if (done < filesz)
			memcpy((uint8_t *)frame_ptr(m) + offset, from + done,
			       MIN(n, filesz - done));
	}
	return 0;
}

static void load_kernel(struct domain *d, const struct fit_domain *fd, struct elf_image *elf)
{
	struct fit_image img;
	struct fit_error e;

	/* The others are checked by domain 0, when it builds from them. */
	if (fit_image(&fit, fd->kernel, &img, &e) || fit_image_verify(&fit, &img, &e) ||
	    elf_open(elf, img.data, img.size, ARCH_ELF_MACHINE, &e) ||
	    elf_load(elf, place_segment, d, &e))
		refuse(&e);
}

static uint32_t memory_pages(const struct fit_domain *fd)
{
	uint64_t kb = fd->memory_kb ? fd->memory_kb : DEFAULT_KB;

	if (kb < 64 || kb > MAX_KB || kb / 4 > frame_count_free()) {
		kprintf("boot: domain 0: memory: %llu KB, but %llu KB are free\n",
			(unsigned long long)kb, (unsigned long long)frame_count_free() * 4);
		machine_stop();
	}
	return (uint32_t)(kb / 4);
}

/*
 * Page i of the boot image becomes gpn. Whole pages change hands; one that holds
 * something else beside the image, or is not RAM to us, is copied.
 */
static int give_image_page(struct domain *d, uint32_t gpn, const struct boot_region *r, uint32_t i)
{
	paddr_t start = (r->base & ~(paddr_t)PAGE_MASK) + (paddr_t)i * PAGE_SIZE;
	paddr_t from = MAX(start, r->base), to = MIN(start + PAGE_SIZE, r->base + r->len);
	mfn_t m = { (uint32_t)(start >> PAGE_SHIFT) };
	int err;

	if (to - from == PAGE_SIZE && frame_adopt(m, d->domid)) {
		d->nr_pages++;
		return domain_physmap_set(d, gpn, m);
	}
	err = domain_populate(d, gpn);
	if (err)
		return err;
	memcpy((uint8_t *)frame_ptr(domain_physmap_get(d, gpn)) + (from - start),
	       arch_phys_ptr(from), (size_t)(to - from));
	return 0;
}

static uint32_t image_pages(const struct boot_region *r)
{
	return (uint32_t)(((r->base & PAGE_MASK) + r->len + PAGE_MASK) >> PAGE_SHIFT);
}

static void give_image(struct domain *d, uint32_t gpn, const struct boot_region *r)
{
	for (uint32_t i = 0; i < image_pages(r); i++)
		if (give_image_page(d, gpn + i, r, i))
			panic("no memory for the boot image");
}

static void fill_start_info(struct domain *d, uint32_t end, const struct boot_region *image,
			    const struct fit_domain *fd)
{
	struct start_info_x86_32 *si = frame_ptr(domain_physmap_get(d, end - 1));

	if (strlen(fd->bootargs) >= sizeof(si->cmd_line)) {
		kprintf("boot: domain 0: bootargs: too long\n");
		machine_stop();
	}
	ksnprintf(si->magic, sizeof(si->magic), "xen-3.0-tagma");
	si->nr_pages = end - FIRST_GPN;
	si->shared_info = (end - 2) << PAGE_SHIFT;
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	si->mod_start = (end << PAGE_SHIFT) + (uint32_t)(image->base & PAGE_MASK);
	si->mod_len = (uint32_t)image->len;
	memcpy(si->cmd_line, fd->bootargs, strlen(fd->bootargs) + 1);
}

static void populate(struct domain *d, uint32_t end)
{
	for (uint32_t gpn = FIRST_GPN; gpn < end; gpn++)
		if (domain_populate(d, gpn))
			panic("no memory for domain 0");
}

/* The rest of the machine's memory is its own to give to others, or to use for a while. */
static struct domain *make_domain(void)
{
	int err;
	struct domain *d = domain_create(frame_total(), &err);

	if (d) {
		d->top_prio = TOP_PRIO;
		d->lock_quota[LOCK_MAPPING] = MAX(mapdb_size() / 8, DOM0_LOCKS);
		memset(d->irq_allowed, 0xff, sizeof(d->irq_allowed));
		return d;
	}
	panic("domain 0 can not be created: error %d", err);
}

void domain0_build(const struct boot_info *b)
{
	struct fit_domain fd;
	struct elf_image elf;
	struct fit_error e;
	struct domain *d;
	uint32_t pages, end;
	int err;

	if (fit_domain0(&fit, &fd, &e))
		refuse(&e);
	pages = memory_pages(&fd);
	end = FIRST_GPN + pages;
	d = make_domain();
	populate(d, end);
	load_kernel(d, &fd, &elf);
	fill_start_info(d, end, &b->image, &fd);
	give_image(d, end, &b->image);

	err = domain_start(d, &(struct tagma_domain_start){
				      .ip = elf.entry,
				      .sp = (end - 2) << PAGE_SHIFT,
				      .start_info = (end - 1) << PAGE_SHIFT,
				      .shared_info = (end - 2) << PAGE_SHIFT,
				      .hypercall_page = elf.hypercall_page,
				      .prio = PRIO,
			      });
	if (err)
		panic("domain 0 can not be started: error %d", err);
	kprintf("domain 0 (%s, %u KB) starts after %u us\n", fd.kernel, pages * 4,
		(uint32_t)(time_ns() / NSEC_PER_USEC));
	domain_unpause(d);
}

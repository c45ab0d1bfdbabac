/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames. The table of records covers mfn 0 up to the highest RAM frame and lies in
 * RAM itself. Free frames hang on one doubly linked list per colour, through child[]:
 * a contiguous run can be taken out of their middle at boot.
 */
#include <asm/mm.h>
#include <hv/arch.h>
#include <hv/console.h>
#include <hv/frame.h>
#include <hv/panic.h>
#include <string.h>

#define MAX_COLOURS 64u

struct frame *frame_table;
static uint32_t nr_frames; /* records: highest RAM mfn + 1 */
static uint32_t nr_ram, nr_free, nr_hv;
static uint32_t nr_colours;
static uint32_t free_head[MAX_COLOURS]; /* 0 none */
static uint64_t nonempty;		/* bit c: free_head[c] is not 0 */
static uint32_t next_colour;		/* where the next allocation starts to look */

struct frame *frame_of(mfn_t m)
{
	if (m.n == 0 || m.n >= nr_frames || frame_table[m.n].owner == FRAME_OWNER_NONE)
		return NULL;
	return frame_at(m);
}

mfn_t frame_mfn(const void *p) { return (mfn_t){ (uint32_t)(arch_ptr_phys(p) >> PAGE_SHIFT) }; }

uint32_t frame_colour(mfn_t m) { return m.n & (nr_colours - 1); }

uint32_t frame_nr_colours(void) { return nr_colours; }

static void list_push(uint32_t n)
{
	uint32_t c = frame_colour((mfn_t){ n });
	struct frame *f = &frame_table[n];

	f->child[0] = free_head[c];
	f->child[1] = 0;
	if (f->child[0])
		frame_table[f->child[0]].child[1] = n;
	free_head[c] = n;
	nonempty |= 1ull << c;
	f->owner = FRAME_OWNER_FREE;
	nr_free++;
}

static void list_take(uint32_t n, uint16_t owner)
{
	uint32_t c = frame_colour((mfn_t){ n });
	struct frame *f = &frame_table[n];

	if (f->child[1])
		frame_table[f->child[1]].child[0] = f->child[0];
	else
		free_head[c] = f->child[0];
	if (f->child[0])
		frame_table[f->child[0]].child[1] = f->child[1];
	if (!free_head[c])
		nonempty &= ~(1ull << c);
	*f = (struct frame){ .gpn = GPN_NONE, .owner = owner };
	nr_free--;
	nr_hv += owner == FRAME_OWNER_HV;
}

mfn_t frame_alloc(uint16_t owner, uint64_t colours)
{
	uint64_t can = nonempty & (colours ? colours : ~0ull);
	uint64_t ahead = can & (~0ull << next_colour);
	uint32_t c, n;

	if (!can)
		return MFN_NONE;
	/* Colours in turn, so that an owner's frames spread over all it may have. */
	c = (uint32_t)__builtin_ctzll(ahead ? ahead : can);
	next_colour = (c + 1) % nr_colours;
	n = free_head[c];
	list_take(n, owner);
	memset(frame_ptr((mfn_t){ n }), 0, PAGE_SIZE);
	return (mfn_t){ n };
}

void frame_free(mfn_t m)
{
	struct frame *f = frame_of(m);

	ASSERT(f && f->owner != FRAME_OWNER_FREE);
	ASSERT(!f->child[0] && !f->child[1] && f->pins == 0 && f->gpn == GPN_NONE);
	nr_hv -= f->owner == FRAME_OWNER_HV;
	f->flags = 0;
	list_push(m.n);
}

/* The highest run of free frames: low memory is left to those who need it low. */
void *frame_alloc_hv(uint32_t nr)
{
	uint32_t run = 0;

	for (uint32_t n = nr_frames; nr && n-- > 1;) {
		run = frame_table[n].owner == FRAME_OWNER_FREE ? run + 1 : 0;
		if (run < nr)
			continue;
		for (uint32_t i = 0; i < nr; i++)
			list_take(n + i, FRAME_OWNER_HV);
		memset(frame_ptr((mfn_t){ n }), 0, (size_t)nr * PAGE_SIZE);
		return frame_ptr((mfn_t){ n });
	}
	panic("no %u contiguous frames for the hypervisor's tables (%u frames are free)", nr,
	      nr_free);
}

uint32_t frame_count_free(void) { return nr_free; }

uint32_t frame_total(void) { return nr_ram; }

uint32_t frame_limit(void) { return nr_frames; }

uint32_t frame_count(uint16_t owner)
{
	uint32_t count = 0;

	for (uint32_t n = 1; n < nr_frames; n++)
		count += frame_table[n].owner == owner;
	return count;
}

static bool check_list(uint32_t c, uint32_t *seen)
{
	uint32_t prev = 0;

	for (uint32_t n = free_head[c]; n; prev = n, n = frame_table[n].child[0]) {
		if (n >= nr_frames || frame_table[n].owner != FRAME_OWNER_FREE ||
		    frame_colour((mfn_t){ n }) != c || frame_table[n].child[1] != prev ||
		    ++*seen > nr_free) {
			kprintf("frame_check: free list %u is broken at %x\n", c, n);
			return false;
		}
	}
	return !!(nonempty >> c & 1) == !!free_head[c];
}

bool frame_check(void)
{
	uint32_t hv = frame_count(FRAME_OWNER_HV), free = frame_count(FRAME_OWNER_FREE);
	uint32_t ram = nr_frames - 1 - frame_count(FRAME_OWNER_NONE), listed = 0;

	for (uint32_t c = 0; c < MAX_COLOURS; c++)
		if (!check_list(c, &listed))
			return false;
	if (ram == nr_ram && free == nr_free && hv == nr_hv && listed == nr_free)
		return true;
	kprintf("frame_check: RAM %u/%u free %u/%u listed %u hypervisor %u/%u\n", ram, nr_ram, free,
		nr_free, listed, hv, nr_hv);
	return false;
}

/* --- boot */

static uint64_t region_end(const struct boot_region *r) { return r->base + r->len; }

/* Does [base, end) touch a reserved region? Then *below is where that one starts. */
static bool reserved(const struct boot_info *b, paddr_t base, paddr_t end, paddr_t *below)
{
	for (uint32_t i = 0; i < b->nr_reserved; i++) {
		const struct boot_region *r = &b->reserved[i];

		if (r->len && base < region_end(r) && end > r->base) {
			*below = r->base;
			return true;
		}
	}
	return false;
}

/* A place for the table itself: as high in RAM as it fits. */
static paddr_t place_table(const struct boot_info *b, uint64_t size)
{
	for (uint32_t i = b->nr_ram; i-- > 0;) {
		const struct boot_region *r = &b->ram[i];
		paddr_t end = region_end(r), below;

		while (end >= size && end - size >= r->base && end - size >= PAGE_SIZE) {
			if (!reserved(b, end - size, end, &below))
				return end - size;
			end = below & ~(paddr_t)PAGE_MASK;
		}
	}
	panic("no room for a table of %u frames", nr_frames);
}

static void init_colours(void)
{
	uint32_t size, ways, line;
	uint64_t colours;

	arch_cache_geometry(&size, &ways, &line);
	size = (uint32_t)MIN(boot_option_u64("llc-size", size), UINT32_MAX);
	ways = (uint32_t)MIN(boot_option_u64("llc-ways", ways), UINT32_MAX);
	colours = ways ? size / ways / PAGE_SIZE : 1;
	for (nr_colours = 1; nr_colours < MAX_COLOURS && nr_colours * 2 <= colours;)
		nr_colours *= 2;
}

static void set_owner(paddr_t base, paddr_t end, uint16_t owner)
{
	uint64_t n = base >> PAGE_SHIFT, last = (end + PAGE_MASK) >> PAGE_SHIFT;

	for (; n < MIN(last, nr_frames); n++)
		frame_table[n].owner = owner;
}

void frame_init(const struct boot_info *b)
{
	uint64_t top = 0, size;
	paddr_t table;

	for (uint32_t i = 0; i < b->nr_ram; i++)
		top = MAX(top, region_end(&b->ram[i]) >> PAGE_SHIFT);
	nr_frames = (uint32_t)MIN(top, UINT32_MAX);
	nr_ram = nr_free = nr_hv = next_colour = 0;
	nonempty = 0;
	memset(free_head, 0, sizeof(free_head));
	init_colours();
	size = ((uint64_t)nr_frames * sizeof(struct frame) + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
	table = place_table(b, size);
	frame_table = arch_phys_ptr(table);
	for (uint32_t n = 0; n < nr_frames; n++)
		frame_table[n] = (struct frame){ .gpn = GPN_NONE, .owner = FRAME_OWNER_NONE };
	for (uint32_t i = 0; i < b->nr_ram; i++)
		set_owner(b->ram[i].base, region_end(&b->ram[i]), FRAME_OWNER_FREE);
	for (uint32_t i = 0; i < b->nr_reserved; i++)
		if (b->reserved[i].len)
			set_owner(b->reserved[i].base, region_end(&b->reserved[i]),
				  FRAME_OWNER_NONE);
	set_owner(table, table + size, FRAME_OWNER_HV);
	/* Downwards, so that lists start at low addresses. Frame 0 is nobody's: it means none. */
	for (uint32_t n = nr_frames; n-- > 1;) {
		nr_ram += frame_table[n].owner != FRAME_OWNER_NONE;
		nr_hv += frame_table[n].owner == FRAME_OWNER_HV;
		if (frame_table[n].owner == FRAME_OWNER_FREE)
			list_push(n);
	}
}

bool frame_adopt(mfn_t m, uint16_t owner)
{
	if (m.n == 0 || m.n >= nr_frames || frame_table[m.n].owner != FRAME_OWNER_NONE)
		return false;
	frame_table[m.n] = (struct frame){ .gpn = GPN_NONE, .owner = owner };
	nr_ram++;
	return true;
}

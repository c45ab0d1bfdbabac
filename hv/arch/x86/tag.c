/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * space -> tag: under which name the TLB keeps a space's entries, and so what has to be
 * flushed when CR3 is loaded.
 *
 * A tag is the value to load, PCID and all, and the generation of PCIDs in which it is
 * good. Nothing is ever flushed for
 * the sake of a space that does not run: its tag is forgotten, it gets a fresh one
 * when it is loaded next, and the first load of a tag flushes whatever the TLB still
 * has under that PCID. So both "this space's entries are stale" and "so may be those of all
 * spaces" are one assignment, and a PCID that comes round again is clean.
 *
 * Without PCIDs the only tag is "what is loaded", and every load flushes.
 */
#include <asm/internal.h>
#include <hv/console.h>
#include <string.h>

#define PCID_MAX 4095u
#define CR3_KEEP (1ull << 63) /* do not flush what the TLB has under this PCID */
#define CPUID_PCID (1u << 17)
#define CPUID_INVPCID (1u << 10)

static bool have_pcid, have_invpcid;
uint64_t tag_generation = 1;
static uint32_t last_pcid;

void tag_init(void)
{
	char opt[8] = "";
	bool able = cpuid(1, 0).c & CPUID_PCID;

	boot_option("pcid", opt, sizeof(opt));
	if (*opt && strcmp(opt, "on") && strcmp(opt, "off"))
		kprintf("option pcid: on or off, not \"%s\"\n", opt);
	if (!strcmp(opt, "on") && !able)
		kprintf("option pcid: this CPU has none\n");
	have_pcid = able && strcmp(opt, "off");
	have_invpcid = have_pcid && cpuid(0, 0).a >= 7 && (cpuid(7, 0).b & CPUID_INVPCID);
	if (have_pcid)
		write_cr4(read_cr4() | CR4_PCIDE); /* CR3 has PCID 0, as it must here */
	kprintf("tags: %s%s\n", have_pcid ? "PCID" : "none, a page-table switch flushes the TLB",
		have_invpcid ? " with INVPCID" : "");
}

bool tag_in_hardware(void) { return have_pcid; }

static bool tag_good(const struct tag *tag) { return tag->generation == tag_generation; }

static struct tag tag_fresh(paddr_t root)
{
	if (!have_pcid)
		return (struct tag){ tag_generation, root };
	if (last_pcid == PCID_MAX)
		tag_forget_all();
	return (struct tag){ tag_generation, root | ++last_pcid };
}

void tag_load(struct tag *tag, paddr_t root)
{
	COUNT(cr3_load);
	if (tag_good(tag))
		this_cpu()->counter[COUNTER_tag_kept] += have_pcid;
	else
		*tag = tag_fresh(root);
	/* From where it is kept: so a simulator sees whose it is. A fresh one flushes. */
	write_cr3(*(volatile uint64_t *)&tag->cr3);
	if (have_pcid)
		tag->cr3 |= CR3_KEEP;
}

void tag_forget(struct tag *tag) { tag->generation = 0; }

void tag_forget_all(void)
{
	tag_generation += have_pcid;
	last_pcid = 0;
}

void tag_forget_page(struct tag *tag, unsigned long va)
{
	const struct {
		uint64_t pcid, va;
	} what = { tag->cr3 & PCID_MAX, va };

	if (!have_pcid || !tag_good(tag))
		return;
	if (have_invpcid)
		__asm__ volatile("invpcid %0, %1" : : "m"(what), "r"(0ul) : "memory");
	else
		tag_forget(tag);
}

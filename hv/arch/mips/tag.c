/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * space -> tag: under which ASID the TLBs keep a space's entries.
 *
 *     generation | ASID (8 bits)       0: no tag
 *
 * A tag is good while its generation is the current one. When all ASIDs of a generation
 * are given away, a new one begins: both TLBs forget everything, and spaces get fresh tags as
 * they run. ASID 0 is nobody's. They are not given away in order: the software TLB
 * mixes them into its index, and far-apart ones keep spaces that are laid out alike apart.
 */
#include <asm/internal.h>
#include <hv/space.h>

#define ASIDS 256u
#define ASID_STEP 0x9du /* odd: all of them come before one comes again */

static uint64_t generation = 1;
static uint32_t given; /* of this generation */

bool tag_good(const struct space *s) { return s->arch.tag / ASIDS == generation; }

uint32_t tag_asid(struct space *s)
{
	if (!tag_good(s)) {
		if (given == ASIDS - 1) {
			generation++;
			given = 0;
			vtlb_drop_all();
		}
		given++;
		s->arch.tag = generation * ASIDS | (given * ASID_STEP) % ASIDS;
	}
	return (uint32_t)s->arch.tag % ASIDS;
}

void tag_forget(struct space *s) { s->arch.tag = 0; }

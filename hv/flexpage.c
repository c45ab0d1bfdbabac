/* SPDX-License-Identifier: GPL-2.0-only */
#include <hv/flexpage.h>

bool flexpage_decode(uint32_t fp, struct flexpage *f)
{
	uint32_t log2 = TAGMA_FP_LOG2(fp);
	bool port = TAGMA_FP_TYPE(fp) == TAGMA_FP_PORT;

	if (TAGMA_FP_TYPE(fp) != TAGMA_FP_MEM && !port)
		return false;
	if (fp & 8u) /* between rights and type: reserved */
		return false;
	if (port ? log2 > 16 : log2 < PAGE_SHIFT || log2 > 32)
		return false;
	if (port && (fp & 0xf000u))
		return false;
	f->first = port ? MAPDB_PORT | TAGMA_FP_FIRST_PORT(fp) : TAGMA_FP_BASE(fp) >> PAGE_SHIFT;
	f->nr = 1u << (port ? log2 : log2 - PAGE_SHIFT);
	f->rights = TAGMA_FP_RIGHTS(fp);
	return (f->first & (f->nr - 1)) == 0;
}

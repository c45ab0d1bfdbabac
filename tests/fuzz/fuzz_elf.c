/* SPDX-License-Identifier: GPL-2.0-only */
/* libFuzzer: any bytes as a guest kernel. Segments are placed into nothing, but read whole. */
#include <stdint.h>
#include <stdlib.h>
#include <hv/elf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int place(void *ctx, uint32_t addr, const void *data, uint32_t filesz, uint32_t memsz,
		 struct fit_error *e)
{
	uint32_t *top = ctx;
	const uint8_t *p = data;
	volatile uint8_t sum = 0;

	(void)e;
	for (uint32_t i = 0; i < filesz; i++)
		sum = (uint8_t)(sum + p[i]);
	/* Ascending, disjoint, and never wrapping. */
	if (addr < *top || filesz > memsz || addr + memsz < addr)
		abort();
	*top = addr + memsz;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image img;
	struct fit_error e;
	uint32_t top = 0;

	if (elf_open(&img, data, size, ELF_MACHINE_386, &e))
		return 0;
	if (img.entry < img.lo || img.entry >= img.hi || elf_load(&img, place, &top, &e))
		abort();
	return 0;
}

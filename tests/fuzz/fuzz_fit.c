/* SPDX-License-Identifier: GPL-2.0-only */
/* libFuzzer: any bytes as a boot image. All that the hypervisor and srm would read is read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <hv/fit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_image(const struct fit *f, const char *name)
{
	struct fit_error e;
	struct fit_image img;

	if (fit_image(f, name, &img, &e))
		return;
	/* The data lies inside what was given. */
	if ((const uint8_t *)img.data < (const uint8_t *)f->fdt ||
	    (const uint8_t *)img.data + img.size > (const uint8_t *)f->fdt + f->size)
		abort();
	(void)fit_image_verify(f, &img, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = aligned_alloc(8, (size + 8) & ~(size_t)7);
	struct fit_domain d;
	struct fit_error e;
	struct fit f;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (!fit_open(&f, copy, size, &e)) {
		(void)strlen(fit_bootargs(&f));
		(void)fit_domain0(&f, &d, &e);
		for (int node = -1; (node = fit_next_domain(&f, node)) >= 0;) {
			if (fit_domain(&f, node, &d, &e))
				continue;
			check_image(&f, d.kernel);
			check_image(&f, d.ramdisk);
		}
	}
	free(copy);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot loader told us, whichever it was. */
#ifndef HV_BOOT_H
#define HV_BOOT_H

#include <hv/types.h>

#define BOOT_MAX_REGIONS 64
#define BOOT_MAX_CMDLINE 512

struct boot_region {
	paddr_t base;
	uint64_t len;
};

struct boot_info {
	const char *loader; /* "multiboot 1", "multiboot 2", ... */
	char cmdline[BOOT_MAX_CMDLINE];
	uint32_t nr_ram; /* usable, page aligned inwards, sorted, disjoint */
	struct boot_region ram[BOOT_MAX_REGIONS];
	uint32_t nr_reserved; /* hypervisor image, boot image, firmware's leftovers */
	struct boot_region reserved[BOOT_MAX_REGIONS];
	struct boot_region image; /* the FIT; len 0 if none came */
};

/* The portable boot order; never returns. Called by arch on the boot stack with the
 * direct map up, exceptions caught, interrupts off, struct cpu of this CPU zeroed. */
_Noreturn void hv_main(struct boot_info *b);

/* Option of the command line: "name=value" or "name". NULL if absent; value is
 * NUL-terminated in buf. */
const char *boot_option(const char *name, char *buf, size_t size);
/* Takes k, m, g; logs what it can't read. */
uint64_t boot_option_u64(const char *name, uint64_t def);

void option_init(const char *cmdline); /* kept, not copied */
const char *option_cmdline(void);
void option_report(void); /* names the words of the command line that nobody asked for */

#endif

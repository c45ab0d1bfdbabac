/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest kernel starts with. When guest_main() runs, memory, console and events
 * work, and event delivery is still off (event_enable()). */
#ifndef TAGMA_START_H
#define TAGMA_START_H

#include <stdbool.h>
#include <stddef.h>
#include <tagma/arch.h>

/* The guest kernel's own; returning from it powers the domain off. */
void guest_main(struct start_info *si);

extern struct start_info *start_info;
extern struct shared_info *shared_info;

/* Options of the command line: "name=value" words. */
const char *guest_cmdline(void);
/* Copies the value of `name` ("" for a bare word); false if it is not there. */
bool guest_option(const char *name, char *buf, size_t size);
/* Its value as a number, or def if absent or not a number. */
uint64_t guest_option_u64(const char *name, uint64_t def);

extern char _start[], _end[]; /* of the kernel's image, bss included */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#include <host.h>

/* The command line is a table: host_set_option(). */
uint64_t boot_option_u64(const char *name, uint64_t def) { return host_option(name, def); }

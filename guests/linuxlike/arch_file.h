/* SPDX-License-Identifier: GPL-2.0-only */
/* What the file half asks of the processor's side, x86/. */
#ifndef LX_ARCH_FILE_H
#define LX_ARCH_FILE_H

#include <stdint.h>

struct seq;

uint32_t arch_entropy(void); /* a word no one can predict wholly: a random instruction, or time */
void arch_cpuinfo(struct seq *s); /* /proc/cpuinfo in Linux's format for this architecture */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Where guests/lib runs on the host: no hypercalls, pages as in the guest. */
#ifndef TAGMA_ARCH_H
#define TAGMA_ARCH_H

#include <stdint.h>
#include <xen/xen.h>
#include <public/tagma.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u

uint32_t arch_ipc(uint32_t tag, uint32_t dest, uint32_t from, uint32_t w[3], uint32_t *sender);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of public/tagma.h that assembler needs; arch.c asserts that they agree. */
#define ASM_TAGMA_DOMAIN 52
#define ASM_TAGMA_DOMAIN_iret 4

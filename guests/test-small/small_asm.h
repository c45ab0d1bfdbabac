/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALL_ASM_H
#define SMALL_ASM_H

#define ASM_IPC 48		      /* __HYPERVISOR_tagma_ipc; main.c checks both */
#define ASM_IPC_TWO (ASM_IPC | 0x200) /* with TAGMA_T_WORDS(2) */

#define ASM_SECRET 0x81cd81cd
#define ASM_PAGES 1024 /* of a small space here */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMALL_ASM_H
#define SMALL_ASM_H

#define ASM_IPC 48 /* __HYPERVISOR_tagma_ipc; main.c checks it */

#endif

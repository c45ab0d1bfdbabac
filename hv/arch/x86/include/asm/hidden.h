/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before everything: all symbols are our own, so none needs the GOT. */
#ifndef __ASSEMBLER__
#pragma GCC visibility push(hidden)
#endif

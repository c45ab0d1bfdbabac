/* SPDX-License-Identifier: GPL-2.0-only */
/* libfdt's headers include it and use nothing of it; there is no C library for this processor. */

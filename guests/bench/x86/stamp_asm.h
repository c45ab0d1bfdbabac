/* SPDX-License-Identifier: GPL-2.0-only */
/* Offsets of struct stamp for stamp.S; stamp.h asserts that they agree. */
#define STAMP_T0 0
#define STAMP_T1 8
#define STAMP_A 16
#define STAMP_ARG0 20
#define STAMP_ARG1 24
#define STAMP_ARG2 28
#define STAMP_ARG3 32
#define STAMP_ARG4 36
#define STAMP_TARGET 40

#define MARK_START 0x74000001
#define MARK_STOP 0x74000002
#define MARK_HYPERVISOR 0x74000003

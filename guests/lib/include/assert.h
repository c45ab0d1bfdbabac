/* SPDX-License-Identifier: GPL-2.0-only */
#undef assert
#ifdef NDEBUG
#define assert(e) ((void)0)
#else
#define assert(e) ((e) ? (void)0 : assert_fail(#e, __FILE__, __LINE__))
#endif
#ifndef ASSERT_H
#define ASSERT_H
_Noreturn void assert_fail(const char *what, const char *file, int line);
#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that run as a guest: one line a check ("ok 3 - name" or "not ok 3 - name"), the
 * plan ("1..3") at the end, then the domain ends: SHUTDOWN_poweroff if all passed,
 * SHUTDOWN_crash otherwise.
 */
#ifndef TAGMA_TEST_H
#define TAGMA_TEST_H

#include <stdbool.h>

/* Returns `pass`, so that a test can stop where nothing after it makes sense. */
bool test_check(bool pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Shows both values if they differ. */
bool test_equal(long got, long want, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void test_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
unsigned int test_failures(void);
_Noreturn void test_done(void);

#endif

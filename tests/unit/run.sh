#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs unit test programs, given one a word with its arguments; a line per test, then the sum.
# A program that dies or prints no result counts as one failure.
passed=0 failed=0
for program; do
	out=$(timeout "${UNIT_TIMEOUT:-600}" $program 2>&1)
	rc=$?
	printf '%s\n' "$out"
	p=$(printf '%s\n' "$out" | grep -c '^\[       OK \]')
	# cmocka names a failed test twice, and counts them in a line of its own.
	f=$(printf '%s\n' "$out" | grep -E '^\[  FAILED  \] [A-Za-z_][A-Za-z0-9_]*$' | sort -u | wc -l)
	[ "$rc" -ne 0 ] && [ "$f" -eq 0 ] && f=1 && printf 'ERROR: %s: exit status %d\n' "$program" "$rc"
	[ "$((p + f))" -eq 0 ] && f=1 && printf 'ERROR: %s: no results\n' "$program"
	passed=$((passed + p)) failed=$((failed + f))
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Lines (not blank, not comment) and bytes of the hypervisor; portable against arch.
set -eu
lines() { cat /dev/null "$@" | awk '
	/^[ \t]*$/ { next }
	/^[ \t]*\/\*.*\*\/[ \t]*$/ { next }
	/^[ \t]*\/\*/ { c = 1 }
	c { if (/\*\//) c = 0; next }
	/^[ \t]*\/\// { next }
	{ n++ }
	END { print n + 0 }'; }
core=$(lines $(git ls-files -co --exclude-standard 'hv/*.[chS]' 'hv/*.def' | grep -v '^hv/arch/'))
printf '%-28s %6s\n' part lines
printf '%-28s %6d\n' 'portable core' "$core"
for a in hv/arch/*; do
	n=$(lines $(git ls-files -co --exclude-standard "$a/*.[chS]" "$a/*.lds"))
	printf '%-28s %6d   core : arch = %s\n' "$a" "$n" \
		"$(awk -v a="$core" -v b="$n" 'BEGIN { printf "%.1f : 1", a / (b ? b : 1) }')"
done
[ $# -eq 0 ] || size "$@"

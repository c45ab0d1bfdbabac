#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The whole test suite: unit tests, a smoke of each fuzzer, system tests, checks.
# Each part reports "N passed, N failed" into build/test/; the last line adds them up.
set -u
cd "$(dirname "$0")/.."
out=build/test
rm -rf "$out"
mkdir -p "$out"
passed=0 failed=0

count() { # count PART PASSED FAILED
	passed=$((passed + $2)) failed=$((failed + $3))
	printf '== %s: %d passed, %d failed\n' "$1" "$2" "$3"
}

part() { # part NAME COMMAND...: a part that is one test by itself
	name=$1
	shift
	printf '== %s: %s\n' "$name" "$*"
	if "$@" >"$out/$name.log" 2>&1; then
		count "$name" 1 0
	else
		# What failed may stand far above the end: others were at work in parallel.
		grep -nE '[Ee]rror|\*\*\*' "$out/$name.log" | head -n 20
		tail -n 40 "$out/$name.log"
		count "$name" 0 1
	fi
}

part build make -j2 all test-system-needs

echo '== unit'
make --no-print-directory test-unit >"$out/unit.log" 2>&1
line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$out/unit.log" | tail -n 1)
if [ -n "$line" ]; then
	count unit "$(echo "$line" | sed 's/ passed.*//')" "$(echo "$line" | sed 's/.*passed, //; s/ failed.*//')"
	case $line in *', 0 failed'*) ;; *) grep -E 'FAILED|ERROR|runtime error' "$out/unit.log" | head -n 40 ;; esac
else
	tail -n 40 "$out/unit.log"
	count unit 0 1
fi

part fuzz-smoke make --no-print-directory fuzz-smoke
part check make --no-print-directory check

echo '== system'
timeout -k 10 2400 /usr/bin/python3 -m pytest -p no:cacheprovider -v --tb=short --junitxml="$out/system.xml" \
	--ignore=tests/system/test_mips.py tests/system 2>&1 |
	tee "$out/system.log"
if [ -s "$out/system.xml" ]; then
	# shellcheck disable=SC2046  # two numbers
	count system $(/usr/bin/python3 - "$out/system.xml" <<'EOF'
import sys, xml.etree.ElementTree as t
s = t.parse(sys.argv[1]).getroot()
s = s if s.tag == "testsuite" else s[0]
bad = int(s.get("failures")) + int(s.get("errors"))
print(int(s.get("tests")) - bad - int(s.get("skipped")), bad)
EOF
)
else
	count system 0 1
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

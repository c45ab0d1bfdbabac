#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Static checks; prints what is wrong and nothing else, exits 1 if anything is.
set -u
cd "$(dirname "$0")/.."
bad=0
fail() { echo "check: $*" >&2; bad=1; }
tracked() { git ls-files -co --exclude-standard -- "$@"; }
gcc_inc='-std=gnu11 -D__XEN_TOOLS__ -D_GNU_SOURCE'
hv_inc="$gcc_inc -Ihv/include -Ihv/arch/x86/include -Ibuild/x86/hv/include"
guest_inc="$gcc_inc -Iguests/lib/include -Iguests/lib/x86/include -Ihv/include -Iguests/linuxlike"

step() { [ -t 2 ] && echo "check: $*" >&2; return 0; }

step format
# shellcheck disable=SC2046
clang-format --dry-run -Werror $(tracked '*.c' '*.h') 2>&1 | grep error: | head -n 20 |
	grep . && fail 'format: run clang-format -i on these'

step 'headers alone'
for h in $(tracked 'hv/include/*.h'); do
	echo "#include \"$h\"" | gcc $hv_inc -ffreestanding -fsyntax-only -Wall -Werror -x c - || fail "$h does not compile alone"
done
for h in $(tracked 'guests/lib/include/*.h' 'guests/linuxlike/*.h' 'guests/rtos/*.h'); do
	echo "#include \"$PWD/$h\"" | i686-linux-gnu-gcc $guest_inc -nostdinc -isystem build/x86/xeninc \
		-isystem "$(i686-linux-gnu-gcc -print-file-name=include)" -ffreestanding -fsyntax-only \
		-Wall -Werror -x c - || fail "$h does not compile alone"
done
for h in $(tracked 'toolstack/cli/*.h' 'toolstack/lib/*.h'); do
	echo "#include \"$PWD/$h\"" | gcc $gcc_inc -Itoolstack -Ihv/include -fsyntax-only -Wall -Werror -x c - ||
		fail "$h does not compile alone"
done

step layers
# The core is resolved against arch at link time: no #if on an architecture, no weak symbols.
grep -nE '^\s*#\s*(if|ifdef|ifndef|elif).*(__x86_64__|__i386__|__mips|X86|MIPS)' \
	$(tracked 'hv/*.c' 'hv/include/hv/*.h' | grep -v '^hv/arch/') && fail 'architecture #if in the portable core'
grep -nE '__attribute__\(\(weak|#pragma weak' $(tracked 'hv/*.[ch]') && fail 'weak symbols in the hypervisor'
grep -nE '#include\s*["<](hv/arch/|\.\./arch)' $(tracked 'hv/*.[ch]') && fail 'arch reached by path'
grep -nE '#include\s*<hv/' $(tracked 'guests/*.[ch]') | grep -v 'hypercalls.def' && fail 'a guest includes private hypervisor headers'
for f in $(tracked '*.c' '*.h' '*.S' '*.sh' '*.py' '*.mk' '*.def'); do
	head -n 3 "$f" | grep -q SPDX-License-Identifier || fail "$f: no SPDX line"
done

step abi
cp docs/abi.md build/abi.check && tools/gen-abi hv/hypercalls.def build/abi.check &&
	cmp -s docs/abi.md build/abi.check || fail 'docs/abi.md is behind hv/hypercalls.def: run make abi'

step sparse
for f in $(tracked 'hv/*.c' | grep -v -e asm-offsets -e hv/arch/mips); do
	sparse $hv_inc -ffreestanding -Wno-decl -m64 "$f" 2>&1 | grep -E 'error|warning' &&
		fail "sparse: $f"
done

step cppcheck
cppcheck_for() { # cppcheck_for ARCH FILES...
	arch=$1
	shift
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability \
		--suppress=missingInclude --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
		-D__GNUC__ -Ihv/include "-Ihv/arch/$arch/include" -j2 "$@" || fail "cppcheck for $arch"
}
# shellcheck disable=SC2046
cppcheck_for x86 $(tracked 'hv/*.c' 'guests/*.c' 'toolstack/*.c' ':!hv/arch/mips')
# shellcheck disable=SC2046
cppcheck_for mips $(tracked 'hv/arch/mips/*.c')

step 'clang build'
make --no-print-directory -j2 LLVM=1 hv guests >build/check-clang.log 2>&1 || {
	tail -n 30 build/check-clang.log
	fail 'the clang build'
}

if scripts/setup.sh --mips --check 2>/dev/null; then # an x86 build does without
	step 'MIPS build'
	make --no-print-directory -j2 mips >build/check-mips.log 2>&1 || {
		tail -n 30 build/check-mips.log
		fail 'the MIPS build'
	}
fi
exit $bad
